/** Signing what leaves: both keys of a domain, oversigned, and verified by our own verifier and by others. */
import { expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { SignedMessage } from "../../src/filter/authentication/sign.ts";
import { Signing } from "../../src/filter/signing.ts";
import { crlf, verified } from "./signatures.ts";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2_048 });
const ed25519 = generateKeyPairSync("ed25519");

const RECORDS = {
  "r._domainkey.home.example": `v=DKIM1; k=rsa; p=${rsa.publicKey.export({ type: "spki", format: "der" }).toString("base64")}`,
  "e._domainkey.home.example": `v=DKIM1; k=ed25519; p=${ed25519.publicKey.export({ type: "spki", format: "der" }).subarray(-32).toString("base64")}`,
};

const LETTER = crlf(`From: Ann Archer <ann@home.example>
To: bob@office.example,
 carol@office.example
Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=
Date: Mon, 23 Nov 2026 10:00:00 +0000
Message-ID: <1@home.example>

Dear Bob,  

this  is	a letter.


`);

/** Signs with both keys and gives the message as it leaves. */
async function signed(message: string, pieces = 100_000): Promise<string> {
  const outgoing = new SignedMessage();
  const octets = Buffer.from(message, "latin1");
  for (let at = 0; at < octets.length; at += pieces) outgoing.write(octets.subarray(at, at + pieces));
  const domain = outgoing.end() ?? "";
  const at = Date.UTC(2026, 10, 23);
  const fields = await Promise.all([
    outgoing.sign({ domain, selector: "r", algorithm: "rsa-sha256", key: rsa.privateKey }, at),
    outgoing.sign({ domain, selector: "e", algorithm: "ed25519-sha256", key: ed25519.privateKey }, at),
  ]);
  return fields.join("") + message;
}

const resultsOf = async (message: string) =>
  (await verified(message, RECORDS)).dkim.map(({ algorithm, result }) => `${algorithm} ${result}`);

const HOLD = ["rsa-sha256 pass", "ed25519-sha256 pass"];
const BROKEN = ["rsa-sha256 fail", "ed25519-sha256 fail"];

test("what is signed holds, whatever pieces it came in, and with white space changed on the way", async () => {
  expect(await resultsOf(await signed(LETTER))).toEqual(HOLD);
  const message = await signed(LETTER, 3);
  expect(await resultsOf(message)).toEqual(HOLD);
  expect(await resultsOf(message.replace("this  is\ta letter.", "this is a  letter. "))).toEqual(HOLD);
  expect(await resultsOf(`X-Seen: yes\r\n${message}\r\n\r\n`)).toEqual(HOLD);
  for (const line of message.split("\r\n")) expect(line.length).toBeLessThan(79);
});

test("a field that is changed, removed or added breaks it", async () => {
  const message = await signed(LETTER);
  expect(await resultsOf(message.replace("Dear Bob", "Dear Bo"))).toEqual(BROKEN);
  expect(await resultsOf(message.replace("ann@home.example>\r\nTo", "eve@home.example>\r\nTo"))).toEqual(BROKEN);
  expect(await resultsOf(message.replace(/Date: .*\r\n/, ""))).toEqual(BROKEN);
  for (const name of ["From", "To", "Subject", "Reply-To", "Cc", "Content-Type", "Message-ID"]) {
    expect(await resultsOf(`${name}: somebody@else.example\r\n${message}`)).toEqual(BROKEN);
  }
});

test("messages without a body, or without one author", async () => {
  expect(await resultsOf(await signed("From: ann@home.example\r\n\r\n"))).toEqual(HOLD);
  expect(await resultsOf(await signed("From: ann@home.example\r\n"))).toEqual(HOLD);
  for (const from of [
    "From: a@x.example\r\nFrom: b@y.example\r\n",
    "From: a@x.example, b@y.example\r\n",
    "To: x@y.example\r\n",
  ]) {
    const outgoing = new SignedMessage();
    outgoing.write(Buffer.from(`${from}\r\nHi`));
    expect(outgoing.end()).toBeUndefined();
  }
});

test("what is sent on is sealed, set upon set, and the chain holds until somebody changes it", async () => {
  const host = "mail.home.example; spf=pass smtp.mfrom=ann@away.example";
  const seal = async (message: string, chain: "none" | "pass") => {
    const outgoing = new SignedMessage();
    outgoing.write(Buffer.from(message, "latin1"));
    outgoing.end();
    const signer = { domain: "home.example", selector: "r", algorithm: "rsa-sha256", key: rsa.privateKey } as const;
    return (await outgoing.seal(signer, { chain, results: host }, Date.now())) + message;
  };
  const once = await seal(await signed(LETTER), "none");
  const twice = await seal(`Received: from x by y; Mon, 23 Nov 2026 10:00:00 +0000\r\n${once}`, "pass");
  for (const [message, sets] of [
    [once, 1],
    [twice, 2],
  ] as const) {
    const { dkim, arc } = await verified(message, RECORDS);
    expect(dkim.map(({ result }) => result)).toEqual(["pass", "pass"]);
    expect(arc).toMatchObject({ result: "pass", oldestPass: 0, sealers: Array(sets).fill("home.example") });
    expect(arc.results).toEqual(Array(sets).fill(host));
  }
  const changed = await verified(twice.replace("Dear Bob", "Dear Bo"), RECORDS);
  expect(changed.arc.result).toBe("fail");
  const forged = await verified(twice.replace("spf=pass", "spf=none"), RECORDS);
  expect(forged.arc.result).toBe("fail");
  // A chain that is not what was found is left alone.
  expect(await seal(once, "none")).toBe(once);
  expect(await seal(LETTER, "pass")).toBe(LETTER);
});

test("the key is that of the author's domain, or of the nearest one above it; a key that fails keeps no mail back", async () => {
  const faults: unknown[] = [];
  const key = { id: 1, selector: "e", algorithm: "ed25519-sha256", key: ed25519.privateKey } as const;
  const fieldsFor = async (from: string, known = key) => {
    const active = (name: string) => (name === "home.example" ? [known] : []);
    const outgoing = await new Signing({ active }, (fault) => faults.push(fault)).begin();
    outgoing.write(Buffer.from(`From: ${from}\r\n\r\nHi\r\n`));
    return await outgoing.fields();
  };
  expect(await fieldsFor("Ann <ann@home.example>")).toMatch(/d=home\.example;\s+s=e;/);
  expect(await fieldsFor("MAILER-DAEMON@mail.HOME.example")).toContain("d=home.example;");
  for (const other of ["ann@nothome.example", "ann@example", "ann", "", "ann@[192.0.2.1]"])
    expect(await fieldsFor(other)).toBe("");
  expect(faults).toEqual([]);
  expect(await fieldsFor("ann@home.example", { ...key, key: "no key" as never })).toBe("");
  expect(faults.length).toBe(1);
});
