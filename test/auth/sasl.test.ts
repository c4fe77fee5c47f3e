import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import fc from "fast-check";
import type { SaslContext } from "../../src/auth/auth.ts";
import { openAuth, PASSWORD } from "./open.ts";

let opened: Awaited<ReturnType<typeof openAuth>>;

beforeEach(async () => {
  opened = await openAuth();
});
afterEach(() => opened.close());

const CONTEXT: SaslContext = { service: "imap", remote: "192.0.2.1", secure: true };
const BINDING = new Uint8Array(32).fill(9);

/**
 * One exchange: what the client sends (null: no initial response; a function: made from the latest challenge), and in words
 * what the server says to each.
 */
async function dialogue(
  mechanism: string,
  sends: (string | null | ((challenge: string) => string))[],
  context: Partial<SaslContext> = {},
): Promise<string[]> {
  const exchange = opened.auth.saslServer(mechanism, { ...CONTEXT, ...context });
  const said: string[] = [];
  let challenge = "";
  for (const send of sends) {
    const text = typeof send === "function" ? send(challenge) : send;
    const step = await exchange.step(text === null ? null : Buffer.from(text));
    if ("challenge" in step) {
      challenge = Buffer.from(step.challenge).toString();
      said.push(`+ ${challenge}`);
    } else {
      const success = step.success === undefined ? "" : ` ${Buffer.from(step.success).toString().slice(0, 2)}`;
      said.push(step.done.ok ? `OK ${step.done.login.user.login}${success}` : `NO ${step.done.reason}`);
    }
  }
  return said;
}

describe("PLAIN", () => {
  test("takes the password with or without initial response", async () => {
    expect(await dialogue("plain", [`\0anna\0${PASSWORD}`])).toEqual(["OK anna"]);
    expect(await dialogue("PLAIN", [null, `\0anna\0${PASSWORD}`])).toEqual(["+ ", "OK anna"]);
    expect(await dialogue("PLAIN", ["\0anna\0wrong"])).toEqual(["NO credentials"]);
  });

  test("lets a login act as itself, by any of its names, and as nobody else (RFC 4616 §2)", async () => {
    expect(await dialogue("PLAIN", [`anna\0anna\0${PASSWORD}`])).toEqual(["OK anna"]);
    expect(await dialogue("PLAIN", [`anna@example.test\0anna\0${PASSWORD}`])).toEqual(["OK anna"]);
    expect(await dialogue("PLAIN", [`admin\0anna\0${PASSWORD}`])).toEqual(["NO permission"]);
    expect(await dialogue("PLAIN", [`nobody\0anna\0${PASSWORD}`])).toEqual(["NO permission"]);
    expect(await dialogue("PLAIN", ["admin\0anna\0wrong"])).toEqual(["NO credentials"]);
  });

  test("refuses what is malformed", async () => {
    for (const message of ["", "anna", "anna\0x", "\0anna\0", "\0\0x", "a\0b\0c\0d", "x".repeat(9000)]) {
      expect([message.slice(0, 10), await dialogue("PLAIN", [message])]).toEqual([
        message.slice(0, 10),
        ["NO malformed"],
      ]);
    }
    const step = await opened.auth.saslServer("PLAIN", CONTEXT).step(new Uint8Array([0, 0xff, 0, 0x61]));
    expect(step).toMatchObject({ done: { ok: false, reason: "malformed" } });
    expect(opened.auth.lockout.list()[0]).toMatchObject({ kind: "address", why: "protocol" });
  });

  test("is not taken over an open connection, nor asked for", async () => {
    expect(await dialogue("PLAIN", [null], { secure: false })).toEqual(["NO plaintext"]);
    expect(await dialogue("LOGIN", [null], { secure: false })).toEqual(["NO plaintext"]);
  });
});

describe("LOGIN", () => {
  test("asks for name and password", async () => {
    expect(await dialogue("LOGIN", [null, "anna", PASSWORD])).toEqual(["+ Username:", "+ Password:", "OK anna"]);
    expect(await dialogue("LOGIN", ["anna", PASSWORD])).toEqual(["+ Password:", "OK anna"]);
    expect(await dialogue("LOGIN", ["anna", "wrong"])).toEqual(["+ Password:", "NO credentials"]);
    expect(await dialogue("LOGIN", [null, ""])).toEqual(["+ Username:", "NO malformed"]);
  });
});

/** The client's side of SCRAM, made independently of the code under test. */
function scramClient(user: string, password: string, header = "n,,", binding = new Uint8Array(0)) {
  const bare = `n=${user},r=clientnonce`;
  let expected = "";
  return {
    first: `${header}${bare}`,
    final: (serverFirst: string) => {
      const [, nonce = "", salt = "", rounds = ""] = /^r=([^,]*),s=([^,]*),i=(\d+)$/.exec(serverFirst) ?? [];
      const salted = pbkdf2Sync(password, Buffer.from(salt, "base64"), Number(rounds), 32, "sha256");
      const key = createHmac("sha256", salted).update("Client Key").digest();
      const stored = createHash("sha256").update(key).digest();
      const without = `c=${Buffer.concat([Buffer.from(header), binding]).toString("base64")},r=${nonce}`;
      const said = `${bare},${serverFirst},${without}`;
      const signature = createHmac("sha256", stored).update(said).digest();
      const serverKey = createHmac("sha256", salted).update("Server Key").digest();
      expected = `v=${createHmac("sha256", serverKey).update(said).digest("base64")}`;
      return `${without},p=${Buffer.from(key.map((octet, i) => octet ^ (signature[i] ?? 0))).toString("base64")}`;
    },
    expected: () => expected,
  };
}

describe("SCRAM-SHA-256", () => {
  test("lets in who knows the password, over an open connection too, and proves the server", async () => {
    const client = scramClient("anna", PASSWORD);
    const said = await dialogue("SCRAM-SHA-256", [client.first, client.final, ""], { secure: false });
    expect(said[0]).toMatch(/^\+ r=clientnonce[A-Za-z0-9+/]{24},s=[A-Za-z0-9+/=]{24},i=4096$/);
    expect(said.slice(1)).toEqual([`+ ${client.expected()}`, "OK anna"]);
  });

  test("begins with an empty challenge where there is no initial response", async () => {
    const client = scramClient("anna@example.test", PASSWORD);
    const said = await dialogue("SCRAM-SHA-256", [null, client.first, client.final, ""]);
    expect([said[0], said[3]]).toEqual(["+ ", "OK anna"]);
  });

  test("sends its proof with success where the protocol can", async () => {
    const client = scramClient("anna", PASSWORD);
    const said = await dialogue("SCRAM-SHA-256", [client.first, client.final], { successData: true });
    expect(said[1]).toBe("OK anna v=");
  });

  test("refuses a wrong password and counts it", async () => {
    const client = scramClient("anna", "wrong");
    expect((await dialogue("SCRAM-SHA-256", [client.first, client.final]))[1]).toBe("NO credentials");
    expect(opened.auth.lockout.list().map(({ name, why }) => `${name} ${why}`)).toEqual([
      "192.0.2.1 login",
      "anna login",
    ]);
  });

  test("treats an unknown user like a known one: a stable salt, the same refusal", async () => {
    const firsts: string[] = [];
    for (const name of ["nobody", "NOBODY", "nobody@example.test", "anna", "ANNA"]) {
      const client = scramClient(name, PASSWORD.toUpperCase());
      const said = await dialogue("SCRAM-SHA-256", [client.first, client.final], {
        remote: `192.0.2.${firsts.length + 10}`,
      });
      expect([name, said[1]]).toEqual([name, "NO credentials"]);
      firsts.push(said[0]?.replace(/r=[^,]*,/, "") ?? "");
    }
    expect(firsts[1]).toBe(firsts[0] ?? "");
    expect(firsts[2]).toBe(firsts[0] ?? "");
    expect(firsts[4]).toBe(firsts[3] ?? "");
    expect(firsts[3]).not.toBe(firsts[0] ?? "");
    expect(firsts[0]).toMatch(/^\+ s=[A-Za-z0-9+/=]{24},i=4096$/);
  });

  test("asks for service permission, state and the right to act like any other way in", async () => {
    const client = scramClient("anna", PASSWORD);
    expect((await dialogue("SCRAM-SHA-256", [client.first, client.final], { service: "ftp" }))[1]).toBe(
      "NO permission",
    );
    const other = scramClient("anna", PASSWORD, "n,a=admin,");
    expect((await dialogue("SCRAM-SHA-256", [other.first, other.final]))[1]).toBe("NO permission");
    await opened.directory.users.update("anna", { enabled: false });
    expect((await dialogue("SCRAM-SHA-256", [client.first, client.final]))[1]).toBe("NO disabled");
  });

  test("has no keys for users of an external database, not even old ones", async () => {
    await opened.directory.users.update("anna", { external: { directory: "office", id: "" } });
    const client = scramClient("anna", PASSWORD);
    expect((await dialogue("SCRAM-SHA-256", [client.first, client.final]))[1]).toBe("NO credentials");
  });

  test("cannot be finished twice or out of order", async () => {
    const client = scramClient("anna", "wrong");
    expect(await dialogue("SCRAM-SHA-256", [client.first, "nonsense", ""])).toEqual([
      expect.stringMatching(/^\+ r=/),
      "NO malformed",
      "NO malformed",
    ]);
    expect(await dialogue("SCRAM-SHA-256", [client.first, null])).toEqual([
      expect.stringMatching(/^\+ r=/),
      "NO malformed",
    ]);
  });

  test("nothing a client sends is a fault or a login", async () => {
    const messages = fc.array(
      fc.oneof(fc.string({ maxLength: 40 }), fc.constantFrom("n,,n=anna,r=x", "c=biws,r=x,p=AAAA", null)),
      {
        minLength: 1,
        maxLength: 4,
      },
    );
    const mechanisms = fc.constantFrom("PLAIN", "LOGIN", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS", "ANONYMOUS");
    let n = 0;
    await fc.assert(
      fc.asyncProperty(mechanisms, messages, async (mechanism, sends) => {
        n++;
        const said = await dialogue(mechanism, sends, {
          remote: `10.${n >> 8}.${n & 255}.1`,
          channelBinding: () => BINDING,
        });
        for (const answer of said) expect(answer).toMatch(/^(\+ |NO (malformed|credentials|mechanism)$)/s);
      }),
      { numRuns: 200 },
    );
  });
});

describe("SCRAM-SHA-256-PLUS", () => {
  const bound = { channelBinding: () => BINDING };

  test("binds the login to the TLS connection", async () => {
    const client = scramClient("anna", PASSWORD, "p=tls-exporter,,", BINDING);
    expect((await dialogue("SCRAM-SHA-256-PLUS", [client.first, client.final, ""], bound))[2]).toBe("OK anna");
    const between = scramClient("anna", PASSWORD, "p=tls-exporter,,", new Uint8Array(32));
    expect((await dialogue("SCRAM-SHA-256-PLUS", [between.first, between.final], bound))[1]).toBe("NO credentials");
  });

  test("is there only with a binding, and its hiding is noticed", async () => {
    expect(await dialogue("SCRAM-SHA-256-PLUS", [null])).toEqual(["NO mechanism"]);
    expect(await dialogue("SCRAM-SHA-256", [scramClient("anna", PASSWORD, "y,,").first], bound)).toEqual([
      "NO credentials",
    ]);
  });
});

test("an unknown mechanism is refused", async () => {
  expect(await dialogue("CRAM-MD5", [null])).toEqual(["NO mechanism"]);
  expect(await dialogue("", [null])).toEqual(["NO mechanism"]);
});
