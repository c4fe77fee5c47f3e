/** Verifying DKIM signatures: published messages, forms of header and body, and what strangers try. */
import { describe, expect, test } from "bun:test";
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import fc from "fast-check";
import { BodyHashes } from "../../src/filter/authentication/body-hashes.ts";
import { signatureVerifier } from "../../src/filter/authentication/dkim.ts";
import { processorMs } from "../timing.ts";
import { RFC6376, RFC8463, verified } from "./signatures.ts";

describe("published messages", () => {
  test("RFC 6376 appendix A.2 holds, in pieces of any size", async () => {
    for (const pieces of [1, 7, 64, 100_000]) {
      const { dkim, arc } = await verified(RFC6376.message, RFC6376.records, { pieces });
      expect(dkim).toEqual([
        {
          result: "pass",
          domain: "example.com",
          identity: "joe@football.example.com",
          selector: "brisbane",
          algorithm: "rsa-sha256",
          signature: "AuUoFEfD",
          testing: false,
          sentence: "Signed by example.com, and unchanged since.",
        },
      ]);
      expect(arc.result).toBe("none");
    }
  });

  test("RFC 8463 appendix A holds with Ed25519 and with RSA", async () => {
    const { dkim } = await verified(RFC8463.message, RFC8463.records);
    expect(dkim.map(({ result, algorithm }) => `${algorithm} ${result}`)).toEqual([
      "ed25519-sha256 pass",
      "rsa-sha256 pass",
    ]);
  });
});

describe("forms of body and header", () => {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const raw = publicKey.export({ type: "spki", format: "der" }).subarray(-32).toString("base64");
  const records = { "k._domainkey.signer.example": `v=DKIM1; k=ed25519; p=${raw}` };

  /** Signs by the letter of RFC 6376 §3.7, with a form of the body that the test gives. */
  function signed(fields: string, body: string, hashed: string, tags = "c=relaxed/simple"): string {
    const bh = createHash("sha256").update(hashed, "latin1").digest("base64");
    const own = `DKIM-Signature: v=1; a=ed25519-sha256; d=signer.example; s=k; h=from; bh=${bh}; ${tags}; b=`;
    const from = /^from:[ \t]*(.*?)[ \t]*\r\n/im.exec(fields)?.[1] ?? "";
    const data = createHash("sha256")
      .update(`from:${from}\r\ndkim-signature:${own.slice(own.indexOf(":") + 1).trim()}`)
      .digest();
    return `${own}${sign(null, data, privateKey).toString("base64")}\r\n${fields}\r\n${body}`;
  }

  const resultOf = async (message: string, pieces?: number) =>
    (await verified(message, records, pieces === undefined ? {} : { pieces })).dkim.map(({ result }) => result);

  /** RFC 6376 §3.4.3 to §3.4.5: a body, and what of it is hashed. */
  const BODIES: readonly [form: "simple" | "relaxed", body: string, hashed: string][] = [
    ["simple", "", "\r\n"],
    ["simple", "\r\n\r\n", "\r\n"],
    ["simple", "a", "a\r\n"],
    ["simple", " C \r\nD \t E\r\n\r\n\r\n", " C \r\nD \t E\r\n"],
    ["simple", "a\r\n\r\nb\r", "a\r\n\r\nb\r\r\n"],
    ["simple", "a\n\r\n", "a\n\r\n"],
    ["relaxed", "", ""],
    ["relaxed", "\r\n \r\n\t\r\n", ""],
    ["relaxed", " C \r\nD \t E\r\n\r\n\r\n", " C\r\nD E\r\n"],
    ["relaxed", "a  ", "a\r\n"],
    ["relaxed", "a \rb\r\n", "a \rb\r\n"],
    ["relaxed", "a\r\n\r\n\r\nb", "a\r\n\r\n\r\nb\r\n"],
  ];

  test("are those of the standard, however the octets come", async () => {
    for (const [form, body, hashed] of BODIES) {
      const message = signed("From: a@signer.example\r\n", body, hashed, `c=relaxed/${form}`);
      for (const pieces of [1, 2, 3, 1_000]) {
        expect({ form, body, results: await resultOf(message, pieces) }).toEqual({ form, body, results: ["pass"] });
      }
    }
  });

  test("with any body and any pieces, what is hashed at once and in pieces is the same", async () => {
    const octets = fc.array(fc.constantFrom("\r\n", "\r", "\n", " ", "\t", "a", "bc"), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(
        octets,
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom("simple", "relaxed"),
        async (parts, size, form) => {
          const body = Buffer.from(parts.join(""));
          const hashOf = (pieces: number) => {
            const bodies = new BodyHashes();
            const hash = bodies.want(form as "simple" | "relaxed");
            for (let at = 0; at < body.length; at += pieces) bodies.write(body.subarray(at, at + pieces));
            bodies.end();
            return hash.digest()?.toString("hex");
          };
          expect(hashOf(size)).toBe(hashOf(1_000));
        },
      ),
      { numRuns: 300 },
    );
  });

  test("l= says how much was signed: with more behind it the signature does not count, with less it is broken", async () => {
    const message = (body: string) => signed("From: a@signer.example\r\n", body, "12345\r\n", "c=relaxed/simple; l=7");
    expect(await resultOf(message("12345\r\n"))).toEqual(["pass"]);
    const { dkim } = await verified(message("12345\r\nand what was put behind\r\n"), records);
    expect(dkim[0]?.result).toBe("policy");
    expect(dkim[0]?.sentence).toContain("the last 25 octets of the body were not signed.");
    const long = signed("From: a@signer.example\r\n", "12\r\n", "12\r\n", "c=relaxed/simple; l=500");
    expect(await resultOf(long)).toEqual(["fail"]);
    for (const l of ["-1", "x", "1e3", "9".repeat(40), ""]) {
      expect(await resultOf(signed("From: a@signer.example\r\n", "x", "x\r\n", `l=${l}`))).toEqual(["neutral"]);
    }
  });

  test("what i=, t=, x=, q=, c= and h= say is held to", async () => {
    const from = "From: a@signer.example\r\n";
    const bad: readonly [tags: string, result: string][] = [
      ["i=@other.example", "permerror"],
      ["i=@notsigner.example", "permerror"],
      ["x=1000", "policy"],
      ["t=2000; x=1000", "neutral"],
      [`t=${Math.floor(Date.now() / 1_000) + 100_000}`, "policy"],
      ["q=dns/other", "neutral"],
      ["c=loose/loose", "neutral"],
      ["v=1", "neutral"], // twice
      ["nonsense", "neutral"],
    ];
    for (const [tags, result] of bad)
      expect([tags, ...(await resultOf(signed(from, "x", "x\r\n", tags)))]).toEqual([tags, result]);
    expect(await resultOf(signed(from, "x", "x\r\n", "c=relaxed/simple; i=b@mail.signer.example"))).toEqual(["pass"]);
    const withoutFrom = signed(from, "x", "x\r\n").replace("h=from", "h=to");
    expect(await resultOf(withoutFrom)).toEqual(["permerror"]);
  });
});

describe("strangers", () => {
  const { message, records } = RFC8463;
  const keyAt = "brisbane._domainkey.football.example.com";
  const first = async (text: string, known: Readonly<Record<string, string>> = records) =>
    (await verified(text, known)).dkim[0];

  test("with thousands of signatures get the first ten verified, and little time", async () => {
    const one = message.slice(0, message.indexOf("DKIM-Signature: v=1; a=rsa"));
    const many = one.repeat(500) + message;
    const { dkim } = await verified(many, records);
    expect(dkim.length).toBe(20);
    expect(dkim.slice(0, 10).every(({ result }) => result === "pass")).toBe(true);
    expect(dkim.slice(10).every(({ result }) => result === "policy")).toBe(true);
    const spent = processorMs();
    for (let i = 0; i < 20; i++) await verified(one.repeat(500) + message, records);
    expect(processorMs() - spent).toBeLessThan(2_000);
  });

  test("with long runs of white space cost no more than their octets", async () => {
    const space = " ".repeat(40_000);
    const runs = [
      `b=${space}x`,
      `h=${space}from${space}:${space}x`,
      `${space}x`,
      `v=1;${space};`,
      `i${space}=${space}1x`,
    ];
    const fields = ["DKIM-Signature", "ARC-Seal", "ARC-Message-Signature", "ARC-Authentication-Results"];
    const spent = processorMs();
    for (const run of runs) await verified(fields.map((name) => `${name}: ${run}\r\n`).join("") + message, records);
    expect(processorMs() - spent).toBeLessThan(1_000);
  });

  test("with a header without end are not verified, and their body is not kept", async () => {
    const { dkim, arc } = await verified(`X-Long: ${"x".repeat(300_000)}\r\n${message}`, records);
    expect(dkim).toEqual([]);
    expect(arc.result).toBe("none");
  });

  test("with keys that are too short, too long, broken or of another kind are told so", async () => {
    const rsa = (bits: number) =>
      generateKeyPairSync("rsa", { modulusLength: bits })
        .publicKey.export({ type: "spki", format: "der" })
        .toString("base64");
    // A modulus of 16,384 bits that nobody needs to have made.
    const huge = Buffer.concat([
      Buffer.from("3082080a0282080100", "hex"),
      Buffer.alloc(2_048, 0xa5),
      Buffer.from("0203010001", "hex"),
    ]);
    const cases: readonly [record: string, result: string][] = [
      [`k=rsa; p=${rsa(512)}`, "policy"],
      [`k=rsa; p=${huge.toString("base64")}`, "policy"],
      [`k=rsa; p=${"A".repeat(3_000)}`, "policy"],
      ["k=ed25519; p=AAAA", "permerror"],
      ["k=ed25519; p=", "permerror"],
      ["k=ed25519", "permerror"],
      ["k=dsa; p=AAAA", "permerror"],
      ["v=DKIM2; k=ed25519; p=AAAA", "permerror"],
      ["k=ed25519; v=DKIM1; p=AAAA", "permerror"],
      [`${records[keyAt]}; h=sha1`, "permerror"],
      [`${records[keyAt]}; s=tlsrpt`, "permerror"],
      [records["test._domainkey.football.example.com"], "permerror"],
      ["<html>not a record</html>", "permerror"],
      ["", "permerror"],
    ];
    for (const [record, result] of cases) {
      expect([record.slice(0, 30), (await first(message, { [keyAt]: record }))?.result]).toEqual([
        record.slice(0, 30),
        result,
      ]);
    }
    const testing = await first(message, { [keyAt]: `${records[keyAt]}; t=y:s` });
    expect(testing).toMatchObject({ result: "pass", testing: true });
  });

  test("who write fields into tags write none into ours", async () => {
    const told = await first(
      message
        .replace("d=football.example.com", 'd=football.example.com\r\n\tdmarc=pass (evil"')
        .replace("i=@football", 'i="); dkim=pass @football'),
    );
    expect(told?.result).not.toBe("pass");
    expect(JSON.stringify(told)).not.toMatch(/[\\();]/);
  });

  test("whose name servers do not answer lead to a temporary failure, in bounded time", async () => {
    const verifier = signatureVerifier({ resolver: { txt: () => new Promise(() => {}) }, patienceMs: 20 });
    await verifier.write(Buffer.from(message));
    expect((await verifier.end()).dkim.map(({ result }) => result)).toEqual(["temperror", "temperror"]);
  });

  test("whatever they send, nothing throws", async () => {
    const piece = fc.constantFrom(
      ...[
        "DKIM-Signature:",
        "ARC-Seal:",
        "ARC-Message-Signature:",
        "ARC-Authentication-Results:",
        "From: a@b.c",
        "\r\n",
        " ",
        ";",
      ],
      ...[
        "i=1",
        "i=2",
        "a=rsa-sha256",
        "a=ed25519-sha256",
        "b=AAAA",
        "bh=AAAA",
        "d=football.example.com",
        "s=brisbane",
        "h=from",
      ],
      ...["c=relaxed/relaxed", "cv=none", "cv=pass", "l=1", "v=1", "\r\n\r\n", "\u00e9", "\0"],
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 60 }), async (pieces) => {
        const { dkim, arc } = await verified(pieces.join(""), records);
        for (const { result } of dkim) expect(result).not.toBe("pass");
        expect(arc.result).not.toBe("pass");
      }),
      { numRuns: 500 },
    );
  });
});
