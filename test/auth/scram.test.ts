import { describe, expect, test } from "bun:test";
import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import fc from "fast-check";
import { makeScramKeys } from "../../src/auth/password.ts";
import { offerOfNobody, type ScramOffer, type ScramOptions, ScramServer } from "../../src/auth/scram.ts";
import { Refusal } from "../../src/refusal.ts";

const SALT = Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64");
const KEYS = await makeScramKeys("pencil", 4096, SALT);
const BINDING = new Uint8Array(32).fill(7);
const bytes = (text: string) => Buffer.from(text);

/** One password's keys as an exchange wants them. */
function offer({ salt, iterations, ...key }: typeof KEYS): ScramOffer {
  return { salt, iterations, keys: [key] };
}

function server(options: Partial<ScramOptions> = {}): ScramServer {
  return new ScramServer({ plus: false, binding: undefined, keysFor: () => offer(KEYS), ...options });
}

/** The client's final message, made independently of the code under test. */
function clientFinal(password: string, bare: string, serverFirst: string, binding: Uint8Array): string {
  const [, nonce = "", salt = "", rounds = ""] = /^r=([^,]*),s=([^,]*),i=(\d+)$/.exec(serverFirst) ?? [];
  const salted = pbkdf2Sync(password, Buffer.from(salt, "base64"), Number(rounds), 32, "sha256");
  const clientKey = createHmac("sha256", salted).update("Client Key").digest();
  const stored = createHash("sha256").update(clientKey).digest();
  const without = `c=${Buffer.from(binding).toString("base64")},r=${nonce}`;
  const signature = createHmac("sha256", stored).update(`${bare},${serverFirst},${without}`).digest();
  return `${without},p=${Buffer.from(clientKey.map((octet, i) => octet ^ (signature[i] ?? 0))).toString("base64")}`;
}

describe("SCRAM-SHA-256", () => {
  test("goes as in RFC 7677 §3", () => {
    const exchange = server({ nonce: "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0" });
    expect(exchange.first(bytes("n,,n=user,r=rOprNGfwEbeRWgbNEkqO"))).toBe(
      "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
    );
    expect(exchange.login).toBe("user");
    const final =
      "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
    expect(exchange.final(bytes(final))).toMatchObject({
      proven: true,
      answer: "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
    });
  });

  test("says no to another password, another nonce and another binding", () => {
    const bare = "n=user,r=abc";
    const attempt = (change: (final: string) => string, password = "pencil") => {
      const exchange = server();
      const first = exchange.first(bytes(`n,,${bare}`));
      return exchange.final(bytes(change(clientFinal(password, bare, first, bytes("n,,")))));
    };
    expect(attempt((final) => final).proven).toBe(true);
    expect(attempt((final) => final, "Pencil")).toEqual({ proven: false, answer: "e=invalid-proof" });
    expect(attempt((final) => final.replace("r=abc", "r=abd"))).toEqual({ proven: false, answer: "e=other-error" });
    expect(attempt((final) => final.replace("c=biws", "c=eSws"))).toEqual({
      proven: false,
      answer: "e=channel-bindings-dont-match",
    });
    expect(attempt((final) => final.replace(/p=.*/, "p=AAAA")).proven).toBe(false);
    expect(attempt((final) => final.replace(/p=.*/, "p=")).proven).toBe(false);
  });

  test("reads escaped names, the identity to act as and extensions", () => {
    const exchange = server();
    exchange.first(bytes("n,a=b=3Dc,n=a=2Cb=3D,r=xyz,ext=1"));
    expect([exchange.login, exchange.authorization]).toEqual(["a,b=", "b=c"]);
    const bare = "n=user,r=abc,ext=1";
    const other = server();
    const first = other.first(bytes(`n,a=user,${bare}`));
    expect(other.final(bytes(clientFinal("pencil", bare, first, bytes("n,a=user,")))).proven).toBe(true);
  });

  test("refuses what is malformed", () => {
    const wrong = [
      "",
      "n",
      "n,,",
      "n,,n=,r=x",
      "n,,n=user",
      "n,,n=user,r=",
      "n,,n=a=2Db,r=x",
      "n,,n=a=,r=x",
      "x,,n=user,r=x",
    ];
    for (const message of [
      ...wrong,
      "n,,m=1,n=user,r=x",
      "p=tls-exporter,,n=user,r=x",
      "n,,n=user,r=ä",
      "n,,n=user,r=a\0",
    ]) {
      expect([message, kind(() => server().first(bytes(message)))]).toEqual([message, "invalid"]);
    }
    expect(kind(() => server().first(new Uint8Array([0xff, 0xfe])))).toBe("invalid");
    expect(kind(() => server().first(bytes(`n,,n=${"a".repeat(5000)},r=x`)))).toBe("invalid");
    expect(kind(() => server().final(bytes("c=biws,r=x,p=AAAA")))).toBe("invalid");
    for (const message of ["", "c=biws,r=abc", "c=bi*s,r=abc,p=AAAA", "c=biws,r=abc,p=A"]) {
      const exchange = server({ nonce: "" });
      exchange.first(bytes("n,,n=user,r=abc"));
      expect([message, kind(() => exchange.final(bytes(message)))]).toEqual([message, "invalid"]);
    }
  });

  test("nothing a client sends is a fault", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), fc.string({ maxLength: 60 }), (first, final) => {
        const exchange = server();
        expect(["", "invalid", "credentials"]).toContain(kind(() => exchange.first(bytes(`n,,n=${first},r=x`))));
        expect(["", "invalid"]).toContain(kind(() => exchange.final(bytes(`c=biws,r=${final}`))));
      }),
    );
  });

  test("takes every password and salt", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ minLength: 1 }),
        fc.uint8Array({ minLength: 8, maxLength: 32 }),
        async (password, salt) => {
          const keys = await makeScramKeys(password, 4096, Buffer.from(salt));
          const exchange = server({ keysFor: () => offer(keys) });
          const bare = "n=user,r=abc";
          const first = exchange.first(bytes(`n,,${bare}`));
          expect(exchange.final(bytes(clientFinal(password, bare, first, bytes("n,,")))).proven).toBe(true);
        },
      ),
      { numRuns: 20 },
    );
  });
});

describe("SCRAM-SHA-256-PLUS", () => {
  const plus = { plus: true, binding: BINDING };
  const bare = "n=user,r=abc";

  test("binds to the TLS connection (RFC 9266)", () => {
    const header = "p=tls-exporter,,";
    const exchange = server(plus);
    const first = exchange.first(bytes(header + bare));
    const bound = Buffer.concat([bytes(header), BINDING]);
    expect(exchange.final(bytes(clientFinal("pencil", bare, first, bound))).proven).toBe(true);
  });

  test("notices somebody in between, who has another TLS connection", () => {
    const header = "p=tls-exporter,,";
    const exchange = server(plus);
    const first = exchange.first(bytes(header + bare));
    const bound = Buffer.concat([bytes(header), new Uint8Array(32).fill(8)]);
    expect(exchange.final(bytes(clientFinal("pencil", bare, first, bound))).answer).toBe(
      "e=channel-bindings-dont-match",
    );
  });

  test("needs a binding, and the one that was offered", () => {
    for (const header of ["n,,", "y,,", "p=tls-unique,,", "p=tls-server-end-point,,"]) {
      expect([header, kind(() => server(plus).first(bytes(header + bare)))]).toEqual([header, "credentials"]);
    }
  });

  test("a client that could bind and was told we cannot is refused (RFC 5802 §6)", () => {
    expect(kind(() => server({ binding: BINDING }).first(bytes(`y,,${bare}`)))).toBe("credentials");
    expect(kind(() => server({ binding: BINDING }).first(bytes(`n,,${bare}`)))).toBe("");
    expect(kind(() => server({ binding: undefined }).first(bytes(`y,,${bare}`)))).toBe("");
  });
});

test("nobody has a stable salt of his own, and keys that nothing fits", () => {
  const secret = new Uint8Array(32).fill(1);
  const one = offerOfNobody("ghost", secret, 4096);
  expect(offerOfNobody("ghost", secret, 4096).salt).toBe(one.salt);
  expect(offerOfNobody("other", secret, 4096).salt).not.toBe(one.salt);
  expect(offerOfNobody("ghost", secret, 4096).keys).not.toEqual([...one.keys]);
  expect([one.salt.length, one.keys[0]?.storedKey.length]).toEqual([KEYS.salt.length, KEYS.storedKey.length]);
});

/** The kind of refusal a work ends with; "" if it goes through. */
function kind(work: () => unknown): string {
  try {
    work();
    return "";
  } catch (error) {
    if (error instanceof Refusal) return error.kind;
    throw error;
  }
}
