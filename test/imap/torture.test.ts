/**
 * Messages as nobody should send them, appended to the executable and to Dovecot: what is said of a message agrees with its
 * octets, and with what Dovecot says of it but for the differences that docs/decisions/message-structure.md gives reasons for.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { Gatepost, PASSWORD } from "../harness.ts";
import { checkBody, checkEnvelope, readFetch, type Value } from "../mime/imap-grammar.ts";
import { type Torture, tortureMessages } from "../mime/torture.ts";
import { Client } from "./client.ts";
import { Dovecot } from "./dovecot.ts";
import { reasonFor } from "./dovecot-differences.ts";

/** What is asked for in one FETCH. */
const ITEMS_AT_ONCE = 60;
/** Parts of one message that are looked at. */
const MOST_PARTS = 100;

/** A part as BODYSTRUCTURE tells of it. */
interface Listed {
  readonly path: string;
  readonly octets: number;
  /** Of text and of messages. */
  readonly lines: number | undefined;
  readonly isMessage: boolean;
}

let server: Gatepost;
let client: Client;
let dovecot: Dovecot;
/** Those that are kept: a message has at least one octet. */
const messages = tortureMessages().filter(({ bytes }) => bytes.length > 0);

beforeAll(async () => {
  [server, dovecot] = await Promise.all([Gatepost.start({ users: ["anna"] }), Dovecot.start()]);
  client = await Client.open({ port: server.port(143) });
  await client.ok(`LOGIN anna ${PASSWORD}`);
  await fill(client);
});
afterAll(async () => {
  client.dialogue.destroy();
  await server.remove();
  dovecot.remove();
});

/** Appends them all to a new folder and opens it: message 1 is the first of them. */
async function fill(session: Client): Promise<void> {
  await session.ok("CREATE Torture");
  for (const { name, bytes } of messages) {
    const said = await session.append("Torture", bytes);
    if (!said.startsWith("OK")) throw new Error(`${name}: ${said}`);
  }
  await session.ok("EXAMINE Torture");
}

type Values = ReadonlyMap<string, Value>;

/** Items of a message with their values. */
async function fetch(session: Client, number: number, items: readonly string[]): Promise<Values> {
  const values = new Map<string, Value>();
  for (let at = 0; at < items.length; at += ITEMS_AT_ONCE) {
    const responses = await session.ok(`FETCH ${number} (${items.slice(at, at + ITEMS_AT_ONCE).join(" ")})`);
    for (const response of responses.filter((it) => it.startsWith(`${number} FETCH `))) {
      for (const [label, value] of readFetch(response)) values.set(label, value);
    }
  }
  return values;
}

/** The parts that have octets of their own, with their section numbers (RFC 9051 §6.4.5.1). */
function partsOf(body: Value, path: readonly number[] = [], isWhole = true): Listed[] {
  if (!Array.isArray(body)) throw new Error("a body is a list");
  const children = body.findIndex((member) => !Array.isArray(member));
  if (children > 0)
    return body.slice(0, children).flatMap((child, index) => partsOf(child, [...path, index + 1], false));
  const own = isWhole ? [...path, 1] : path;
  const isMessage = body[0] === "message" && Array.isArray(body[8]);
  const lines = isMessage ? body[9] : body[0] === "text" ? body[7] : undefined;
  const part = { path: own.join("."), octets: Number(body[6]), lines: lines as number | undefined, isMessage };
  return isMessage ? [part, ...partsOf(body[8] as Value, own)] : [part];
}

function sectionsOf({ path, isMessage }: Listed): string[] {
  const sections = [`BODY.PEEK[${path}]`, `BODY.PEEK[${path}.MIME]`, `BODY.PEEK[${path}]<1.7>`];
  return isMessage ? [...sections, `BODY.PEEK[${path}.HEADER]`, `BODY.PEEK[${path}.TEXT]`] : sections;
}

const WHOLE = [
  ...["RFC822.SIZE", "ENVELOPE", "BODY.PEEK[]", "BODY.PEEK[HEADER]", "BODY.PEEK[TEXT]", "BODY.PEEK[]<3.17>"],
  ...["BODY.PEEK[HEADER.FIELDS (SUBJECT TO DATE)]", "BODY.PEEK[HEADER.FIELDS.NOT (SUBJECT TO DATE)]"],
];

/** NUL, which no literal may hold, is sent as 128. */
const sendable = (octets: string) => octets.replaceAll("\0", "\x80");

function expectAgreement({ name, bytes }: Torture, values: Values, parts: readonly Listed[]): void {
  const wrong = (what: string) => new Error(`${name}: ${what}`);
  const text = (label: string) => String(values.get(label));
  const whole = sendable(bytes.toString("latin1"));
  if (values.get("RFC822.SIZE") !== bytes.length || text("BODY[]") !== whole) throw wrong("the whole");
  if (text("BODY[HEADER]") + text("BODY[TEXT]") !== whole) throw wrong("header and text");
  if (text("BODY[]<3>") !== whole.slice(3, 20)) throw wrong("a piece of the whole");
  let ends = 0;
  for (const { path, octets, lines, isMessage } of parts) {
    const body = text(`BODY[${path}]`);
    if (body.length !== octets) throw wrong(`${path} has ${body.length} octets, not ${octets}`);
    if (lines !== undefined && body.split("\n").length - 1 !== lines) throw wrong(`${path} has not ${lines} lines`);
    if (text(`BODY[${path}]<1>`) !== body.slice(1, 8)) throw wrong(`a piece of ${path}`);
    const inner = `${text(`BODY[${path}.HEADER]`)}${text(`BODY[${path}.TEXT]`)}`;
    if (isMessage && inner !== body) throw wrong(`header and text of ${path}`);
    // Where it stands: behind its header, after the part before it.
    const at = whole.indexOf(text(`BODY[${path}.MIME]`) + body, ends);
    if (at < 0) throw wrong(`${path} does not stand in the message`);
    if (!isMessage) ends = at;
  }
}

test("what BODYSTRUCTURE says agrees with the octets of every part", async () => {
  let parts = 0;
  for (const [index, torture] of messages.entries()) {
    const structure = (await fetch(client, index + 1, ["BODYSTRUCTURE"])).get("BODYSTRUCTURE") as Value;
    checkBody(structure, true);
    const listed = partsOf(structure).slice(0, MOST_PARTS);
    const values = await fetch(client, index + 1, [...WHOLE, ...listed.flatMap(sectionsOf)]);
    checkEnvelope(values.get("ENVELOPE") as Value);
    expectAgreement(torture, values, listed);
    parts += listed.length;
  }
  expect(parts).toBeGreaterThan(1500);
});

/** Without what means the same: case, the order of parameters, US-ASCII where nothing is said, one language as a list. */
function essence(value: Value | undefined): Value | undefined {
  if (typeof value === "string") return value.toLowerCase();
  if (!Array.isArray(value)) return value;
  const words = value.map((member) => essence(member) as Value);
  if (words.some((word) => typeof word !== "string")) return words;
  if (words.length === 1) return words[0];
  const pairs = words.flatMap((word, index) => (index % 2 === 0 ? [`${word}=${words[index + 1]}`] : [])).sort();
  const telling = pairs.filter((pair) => pair !== "charset=us-ascii");
  return telling.length > 0 ? telling : null;
}

/** Generated messages are many kinds of strange at once: of these only what needs no structure is compared. */
const isGenerated = (name: string) => /^(generated|damaged)/.test(name);

test("Dovecot says the same, or there is a reason", async () => {
  let other = await dovecot.enter();
  await fill(other);
  const differing: string[] = [];
  for (const [index, { name }] of messages.entries()) {
    const structure = (await fetch(client, index + 1, ["BODYSTRUCTURE"])).get("BODYSTRUCTURE") as Value;
    const parts = isGenerated(name) ? [] : partsOf(structure).slice(0, MOST_PARTS).flatMap(sectionsOf);
    const items = isGenerated(name) ? WHOLE : [...WHOLE, "BODYSTRUCTURE", ...parts];
    const ours = await fetch(client, index + 1, items);
    const theirs = await fetch(other, index + 1, items).catch(async () => {
      // It ends the session where its own notes on a message do not agree with the octets.
      other = await dovecot.enter();
      await other.ok("EXAMINE Torture");
      return new Map<string, Value>();
    });
    const differs = [...ours].filter(([label, value]) => !Bun.deepEquals(essence(value), essence(theirs.get(label))));
    if (differs.length > 0) differing.push(name);
  }
  other.dialogue.destroy();
  expect(differing).toEqual(messages.map(({ name }) => name).filter((name) => reasonFor(name) !== undefined));
}, 60_000);

test("what Dovecot decodes for BINARY, we decode to the same octets", async () => {
  const encoded = messages.flatMap(({ name }, index) =>
    /^encoding: (BASE64|quoted|7bit|8bit)/.test(name) ? [index + 1] : [],
  );
  let compared = 0;
  for (const number of encoded) {
    const items = ["BINARY.PEEK[1]", "BINARY.SIZE[1]"];
    const ours = await fetch(client, number, items);
    expect(String(ours.get("BINARY[1]"))).toHaveLength(Number(ours.get("BINARY.SIZE[1]")));
    // What it cannot decode it refuses, or ends the session.
    const other = await dovecot.enter();
    await other.ok("EXAMINE Torture");
    const theirs = await fetch(other, number, items).catch(() => undefined);
    other.dialogue.destroy();
    if (theirs === undefined) continue;
    expect(ours).toEqual(theirs);
    compared++;
  }
  expect(compared).toBeGreaterThan(30);
});
