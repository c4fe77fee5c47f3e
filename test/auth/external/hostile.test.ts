/** A directory server that answers nonsense, too much, or never: the house stays up, and the login is put off. */
import { afterEach, expect, test } from "bun:test";
import { databaseSchema, PRESETS } from "../../../src/auth/external/database.ts";
import { DirectoryAway } from "../../../src/auth/external/link.ts";
import { People } from "../../../src/auth/external/people.ts";
import { Turns } from "../../../src/turns.ts";

let stop: (() => void) | undefined;
afterEach(() => stop?.());

/** BER: a tag, a definite length, a value. */
function ber(tag: number, ...parts: (Uint8Array | string)[]): Buffer {
  const value = Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
  const long = value.length > 127;
  return Buffer.concat([
    long ? Uint8Array.of(tag, 0x82, value.length >> 8, value.length & 255) : Uint8Array.of(tag, value.length),
    value,
  ]);
}

const id = (n: number) => ber(2, Uint8Array.of(n));
const done = (tag: number) => ber(tag, ber(10, Uint8Array.of(0)), ber(4), ber(4));
const entry = (n: number, dn: string, uid: string) =>
  ber(0x30, id(n), ber(0x64, ber(4, dn), ber(0x30, ber(0x30, ber(4, "uid"), ber(0x31, ber(4, uid))))));

/** A server that answers each request with what `answer` says for its message id. */
function serve(answer: (n: number) => Uint8Array): People {
  const server = Bun.listen({
    ...{ hostname: "127.0.0.1", port: 0 },
    // The library numbers its messages from 2; each request here is small enough to come in one piece.
    socket: { data: (socket, octets) => void socket.write(answer(octets[4] ?? 0)) },
  });
  const properties = databaseSchema.parse({
    ...PRESETS.openldap,
    ...{ servers: [`ldap://127.0.0.1:${server.port}`], plaintext: "loopback", timeoutSeconds: 1, connectSeconds: 1 },
  });
  const options = { properties, bindPassword: "", isLan: () => true, now: Date.now, onChange: () => undefined };
  const people = new People(options, new Turns());
  stop = () => {
    people.close();
    server.stop(true);
  };
  return people;
}

async function why(promise: Promise<unknown>): Promise<string> {
  return await promise.then(
    () => "answered",
    (error: unknown) => (error instanceof DirectoryAway ? error.why : `a fault: ${error}`),
  );
}

test.each([
  ["another protocol", Buffer.from("220 mail.example.test ESMTP\r\n")],
  ["a message without end", Uint8Array.of(0x30, 0x80, 0, 0)],
  ["a length of four gigaoctets", Uint8Array.of(0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 2, 1, 2)],
  ["a length that would be negative", Uint8Array.of(0x30, 0x84, 0x80, 0, 0, 0, 2, 1, 2)],
  ["lengths of lengths", Uint8Array.of(0x30, 0x8f, ...new Uint8Array(15))],
  ["a message of nothing", Uint8Array.of(0x30, 0)],
  ["a message that is cut short inside", ber(0x30, id(2), Uint8Array.of(0x64, 0x7f, 4, 0x7f))],
  ["an operation that does not exist", ber(0x30, id(2), ber(0x7e, "x"))],
  ["an answer to nobody's question", ber(0x30, id(99), done(0x65))],
  ["the kind of answer that was not asked for", ber(0x30, id(2), done(0x61)).subarray(0, 5)],
  ["random octets", Buffer.from(Array.from({ length: 4000 }, (_, i) => (i * 7919) & 255))],
])("%s is no answer", async (_what, octets) => {
  expect(await why(serve(() => octets).byLogin("anna"))).toMatch(/in time|closed|LDAP|malformed|too large/);
});

test("thousands of small messages in one piece do no harm", async () => {
  const people = serve(() => Buffer.concat(Array.from({ length: 20_000 }, () => ber(0x30, id(99), done(0x65)))));
  expect(await why(people.byLogin("anna"))).toContain("in time");
});

test("a server that never ends its answer is left", async () => {
  const flood = Buffer.concat(Array.from({ length: 500 }, (_, i) => entry(2, `uid=u${i},dc=x`, `u${i}`)));
  const server = Bun.listen({
    ...{ hostname: "127.0.0.1", port: 0 },
    socket: {
      data: (socket) => pour(socket),
      drain: (socket) => pour(socket),
    },
  });
  let poured = 0;
  const pour = (socket: { write(octets: Uint8Array): number }) => {
    for (let taken = 1; taken > 0; poured += taken) taken = socket.write(flood.subarray(poured % flood.length));
  };
  const properties = databaseSchema.parse({
    ...PRESETS.openldap,
    ...{ servers: [`ldap://127.0.0.1:${server.port}`], plaintext: "loopback", timeoutSeconds: 20, connectSeconds: 1 },
  });
  const options = { properties, bindPassword: "", isLan: () => true, now: Date.now, onChange: () => undefined };
  const people = new People(options, new Turns());
  stop = () => {
    people.close();
    server.stop(true);
  };
  expect(await why(people.byLogin("anna"))).toContain("too much");
  // 8 MB were read; the rest lies in the buffers between the two.
  expect(poured).toBeLessThan(24 << 20);
});

test("attributes named like parts of objects are attributes", async () => {
  const strange = (n: number) =>
    ber(
      0x30,
      id(n),
      ber(
        0x64,
        ber(4, "uid=anna,dc=x"),
        ber(
          0x30,
          ber(0x30, ber(4, "__proto__"), ber(0x31, ber(4, "x"))),
          ber(0x30, ber(4, "uid"), ber(0x31, ber(4, "anna"))),
        ),
      ),
    );
  const people = serve((n) => Buffer.concat([strange(n), ber(0x30, id(n), done(0x65))]));
  expect(await people.byLogin("anna")).toMatchObject({ login: "anna", dn: "uid=anna,dc=x" });
  expect(({} as Record<string, unknown>).x).toBeUndefined();
});

test("a login name with controls, or very long ones, from a server stay one line and short", async () => {
  const people = serve((n) => Buffer.concat([entry(n, "uid=a,dc=x", "a\r\nb\u2028c"), ber(0x30, id(n), done(0x65))]));
  expect((await people.byLogin("a"))?.login).toBe("a b c");
});
