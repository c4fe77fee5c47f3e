/**
 * Commands made by the grammar, and commands that were valid before octets of them changed. What follows the grammar is never
 * answered with a complaint about it; whatever comes is answered in responses that follow it themselves, and nothing goes wrong inside.
 * `GATEPOST_FUZZ` makes so many times as many.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { findCommand } from "../../src/services/imap/commands/table.ts";
import { type CommandText, GrammarError, LiteralPending, Parser } from "../../src/services/imap/parse.ts";
import { No } from "../../src/services/imap/refusals.ts";
import { Dialogue } from "../dialogue.ts";
import { processorMs } from "../timing.ts";
import type { Client } from "./client.ts";
import { House, message, PASSWORD } from "./house.ts";

const TIMES = Number(process.env.GATEPOST_FUZZ ?? 1);

let house: House;
beforeAll(async () => {
  house = await House.build();
  await house.deliver(["one", "two", "three", "four"].map((subject) => message(subject)));
});
afterEach(() => expect(house.faults.splice(0)).toEqual([]));
afterAll(async () => await house.close());

const join = (...parts: fc.Arbitrary<string>[]) => fc.tuple(...parts).map((texts) => texts.join(""));
const maybe = (part: fc.Arbitrary<string>) => fc.option(part, { nil: "" });
const some = (part: fc.Arbitrary<string>, max = 4, between = " ") =>
  fc.array(part, { minLength: 1, maxLength: max }).map((parts) => parts.join(between));
const listed = (part: fc.Arbitrary<string>, max = 4) => some(part, max).map((parts) => `(${parts})`);
const word = (...words: string[]) => fc.constantFrom(...words);
/** A word in any mixture of cases. */
const anyCase = (part: fc.Arbitrary<string>) =>
  fc
    .tuple(part, fc.nat())
    .map(([text, bits]) =>
      [...text].map((char, at) => ((bits >> (at % 20)) & 1 ? char.toLowerCase() : char.toUpperCase())).join(""),
    );

const literal = (text: string, mark = "") => `${mark}{${Buffer.byteLength(text)}+}\r\n${text}`;
const quoted = (text: string) => `"${text.replace(/["\\]/g, "\\$&")}"`;
const plain = fc.string({ unit: fc.constantFrom(...'abcXYZ019 .@-_()[]{}*%\\"é'), minLength: 1, maxLength: 12 });
const text = fc.oneof(
  plain.map(quoted),
  plain.map((each) => literal(each)),
  word("abc", "x.y", "]z", "a+b", "NILs"),
);
/** Folders that may exist or not; what they are called is their own name. */
const folder = fc.oneof(
  word("INBOX", "inbox", "Drafts", "Trash", "Fuzz", "Fuzz/deep"),
  word("Sent", "Fuzz", "a b", "&AOk-t&AOk-").map(quoted),
  word("Archive", "été", "x").map((name) => literal(name)),
);
const number = fc.nat(3).map((n) => String(n + 1));
const range = fc.oneof(number, word("*"), join(number, word(":"), fc.oneof(number, word("*"))));
const set = fc.oneof(some(range, 4, ","), word("$", "1:*"));
const flag = word("\\Seen", "\\deleted", "\\FLAGGED", "\\Answered", "\\Draft", "$Forwarded", "Work");
const flags = fc.oneof(listed(flag), word("()"));
const date = word("1-Feb-1994", "31-dec-2020", '"7-Mar-2001"');
const dateTime = word('" 7-Feb-1994 21:52:25 -0800"', '"17-Jul-1996 02:44:25 +0000"');
const part = word("", "1", "1.2", "2.1.3");
const section = fc.oneof(
  part,
  word("HEADER", "TEXT", "1.MIME", "1.HEADER", "2.TEXT"),
  join(word("HEADER.FIELDS ", "1.HEADER.FIELDS.NOT "), listed(text)),
);
const partial = maybe(word("<0.10>", "<5.1>", "<999999.4294967295>"));
const fetchItem = fc.oneof(
  anyCase(
    word("FLAGS", "UID", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY", "BODYSTRUCTURE", "MODSEQ", "PREVIEW"),
  ),
  word("RFC822", "RFC822.HEADER", "RFC822.TEXT", "PREVIEW (LAZY)", "EMAILID", "THREADID", "SAVEDATE"),
  join(word("BODY[", "BODY.PEEK["), section, word("]"), partial),
  join(word("BINARY[", "BINARY.PEEK["), part, word("]"), partial),
  join(word("BINARY.SIZE["), part, word("]")),
);
const { key } = fc.letrec<{ key: string }>((tie) => ({
  key: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    anyCase(word("ALL", "SEEN", "UNSEEN", "DELETED", "RECENT", "NEW", "OLD", "DRAFT", "ANSWERED", "UNFLAGGED")),
    join(word("SUBJECT ", "FROM ", "TO ", "BODY ", "TEXT ", "CC ", "BCC "), text),
    join(word("HEADER X-Y ", "HEADER subject "), text),
    join(word("BEFORE ", "ON ", "SINCE ", "SENTBEFORE ", "SENTON ", "SENTSINCE "), date),
    join(word("LARGER ", "SMALLER ", "YOUNGER ", "OLDER "), number),
    join(word("KEYWORD ", "UNKEYWORD "), word("Work", "$Label1")),
    join(word("UID "), set),
    range,
    join(word("NOT "), tie("key")),
    join(word("OR "), tie("key"), word(" "), tie("key")),
    fc.array(tie("key"), { minLength: 1, maxLength: 3 }).map((keys) => `(${keys.join(" ")})`),
  ),
}));
const program = join(
  maybe(word("RETURN (ALL) ", "RETURN () ", "RETURN (MIN MAX COUNT) ", "RETURN (SAVE) ")),
  maybe(word("CHARSET UTF-8 ")),
  some(key),
);
const mail = fc.oneof(
  word(message("fuzz")).map((each) => literal(each)),
  word(message("fuzz")).map((each) => literal(each, "~")),
  join(
    word("CATENATE ("),
    some(
      fc.oneof(
        word(`TEXT ${literal("a: b\r\n\r\n")}`),
        word("URL /INBOX/;UID=1", 'URL "/INBOX/;UID=2/;SECTION=1"', `URL ${literal("/INBOX/;UID=3/;SECTION=HEADER")}`),
      ),
    ),
    word(")"),
  ),
);
const appended = join(maybe(join(flags, word(" "))), maybe(join(dateTime, word(" "))), mail);
const uid = maybe(word("UID ", "uid "));
const modifier = maybe(word(" (CHANGEDSINCE 3)", " (changedsince 9223372036854775807)"));
const condition = maybe(word(" (UNCHANGEDSINCE 0)", " (UNCHANGEDSINCE 12)"));
const criteria = listed(word("ARRIVAL", "reverse DATE", "SUBJECT", "DISPLAYFROM", "REVERSE SIZE", "cc"));
const entries = fc.oneof(word("/private/comment", "/shared/comment"), word("(/private/comment /shared/vendor/x)"));
const source = word(
  "selected",
  "inboxes",
  "personal",
  "subscribed",
  "mailboxes INBOX",
  "mailboxes (INBOX Fuzz)",
  "subtree Fuzz",
);
const events = word(
  "(MessageNew MessageExpunge)",
  "(MessageNew MessageExpunge FlagChange)",
  "NONE",
  "(MailboxName SubscriptionChange)",
  "(MailboxMetadataChange ServerMetadataChange)",
);

/** What came after the first standards: sorting, several folders, annotations, quota, rights, news. */
const extended = fc.oneof(
  join(
    uid,
    word("SORT "),
    maybe(word("RETURN (COUNT PARTIAL 1:2) ", "RETURN () ", "RETURN (UPDATE (UID BINARY.PEEK[1]) COUNT) ")),
    criteria,
    word(" UTF-8 "),
    some(key),
  ),
  join(uid, word("THREAD REFERENCES UTF-8 ", "thread OrderedSubject US-ASCII "), some(key)),
  join(word("ESEARCH IN ("), source, word(") RETURN (COUNT) ", ") "), some(key)),
  join(word("GETMETADATA ", "GETMETADATA (MAXSIZE 10 DEPTH infinity) "), folder, word(" "), entries),
  join(word("SETMETADATA "), folder, word(" (/private/comment "), fc.oneof(word("NIL"), plain.map(quoted)), word(")")),
  join(word("GETQUOTAROOT ", "SUBSCRIBE "), folder),
  join(word("SETACL ", "DELETEACL "), folder, word(" -ben")).map((text) =>
    text.startsWith("SET") ? `${text} +lr` : text,
  ),
  join(word("LISTRIGHTS "), folder, word(" ben", ' "anyone"', " nobody")),
  join(
    word("NOTIFY SET ", "NOTIFY SET STATUS "),
    some(join(word("(personal ", "(inboxes ", "(subtree Fuzz "), events, word(")")), 2),
  ),
  join(
    word("NOTIFY SET (selected"),
    maybe(word("-delayed")),
    word(" (MessageNew (FLAGS BINARY.PEEK[1] BODY.PEEK[TEXT]<0.9>) MessageExpunge))"),
  ),
  word(
    'GETQUOTA "Mailbox"',
    'SETQUOTA "Mailbox" (STORAGE 10)',
    "NOTIFY NONE",
    'RENAME Fuzz "Fuzz b"',
    "DELETE Fuzz/deep",
  ),
  word("SELECT INBOX (CONDSTORE)", "EXAMINE INBOX", "ENABLE QRESYNC", 'SETMETADATA "" (/private/comment ~{2+}\r\nab)'),
);

/** Commands as the grammar has them; none of them ends the session or leaves the folder. */
const command = fc.oneof(
  extended,
  join(
    ...[uid, word("FETCH "), set, word(" "), fc.oneof(fetchItem, listed(fetchItem, 6), word("ALL", "FULL", "fast"))],
    modifier,
  ),
  join(uid, word("SEARCH "), program),
  join(
    uid,
    word("STORE "),
    set,
    condition,
    word(" FLAGS ", " +FLAGS ", " -flags.silent "),
    fc.oneof(flags, some(flag)),
  ),
  join(uid, word("COPY "), set, word(" "), folder),
  join(word("APPEND "), folder, word(" "), some(appended, 3)),
  join(word("UID REPLACE ", "REPLACE "), number, word(" "), folder, word(" "), appended),
  join(
    word("STATUS "),
    folder,
    word(" "),
    listed(word("MESSAGES", "uidnext", "UIDVALIDITY", "UNSEEN", "SIZE", "DELETED")),
  ),
  join(word('LIST "" ', "LIST x "), fc.oneof(word('"*"', "%", "INBOX*", '""'), listed(word("a*", '"%/b"')))),
  join(word("LIST (SUBSCRIBED) "), text, word(" * RETURN (CHILDREN)", ' "%" RETURN (STATUS (MESSAGES) SPECIAL-USE)')),
  join(word("CREATE ", "SUBSCRIBE ", "UNSUBSCRIBE ", "MYRIGHTS ", "GETACL "), folder),
  join(word("LSUB "), text, word(" *")),
  join(
    word("ID "),
    fc.oneof(
      word("NIL", '("name" NIL)'),
      fc.tuple(text).map(() => '("os" "x")'),
    ),
  ),
  word("NOOP", "CHECK", "CAPABILITY", "NAMESPACE", "ENABLE CONDSTORE", "noop"),
);

/** Runs `check` over the lines of a session, literals left out. */
function responses(said: string): string[] {
  const lines: string[] = [];
  for (let rest = said, line = ""; rest !== ""; ) {
    const end = rest.indexOf("\r\n");
    if (end < 0) return [...lines, line + rest];
    line += rest.slice(0, end);
    rest = rest.slice(end + 2);
    const size = /\{(\d+)\}$/.exec(line)?.[1];
    if (size !== undefined) {
      line += "…";
      rest = Buffer.from(rest, "latin1").subarray(Number(size)).toString("latin1");
    } else {
      lines.push(line);
      line = "";
    }
  }
  return lines;
}

const entry = `l LOGIN ann "${PASSWORD}"\r\ns SELECT INBOX\r\n`;

/** Copies of everything to where it is would otherwise make millions of messages. */
async function prune(): Promise<void> {
  for (const { id, exists } of house.mailstore.folders(house.user("ann").primaryMailbox)) {
    if (exists < 200) continue;
    const view = await house.mailstore.open(id);
    const many = [...view.uids].slice(4);
    view.close();
    await house.mailstore.expunge(id, many);
  }
}

async function session(sent: Buffer): Promise<string[]> {
  const dialogue = await Dialogue.open({ port: house.port() });
  dialogue.sendRaw(sent);
  dialogue.end();
  return responses(await dialogue.closed());
}

describe("by grammar", () => {
  test(
    "what follows it is never said not to",
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(command, { minLength: 5, maxLength: 20 }), async (commands) => {
          const sent = commands.map((each, at) => `t${at} ${each}\r\n`).join("");
          const lines = await session(Buffer.from(entry + sent));
          await prune();
          const tagged = lines.filter((line) => /^t\d+ /.test(line));
          for (const [at, line] of tagged.entries()) {
            const told = line.replace(/^t\d+ /, "");
            const fine = /^(OK|NO) /.test(told) || /^BAD (There (are|is)|\$ means) /.test(told);
            expect([commands[at], line, fine]).toEqual([commands[at], line, true]);
          }
          expect(tagged).toHaveLength(commands.length);
        }),
        { numRuns: 60 * TIMES },
      );
    },
    60_000 * TIMES,
  );
});

/** How octets change on their way. */
const mutation = fc.record({
  at: fc.nat(),
  kind: fc.constantFrom("flip", "drop", "insert", "double", "cut", "swap"),
  octet: fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('(){}[]"\\%*+~\r\n\0 <>$,:0919'))),
});
type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never;

function mutated(octets: Buffer, { at, kind, octet }: Mutation): Buffer {
  const place = octets.length === 0 ? 0 : at % octets.length;
  const [before, after] = [octets.subarray(0, place), octets.subarray(place)];
  switch (kind) {
    case "flip":
      return Buffer.concat([before, Buffer.from([octet]), after.subarray(1)]);
    case "drop":
      return Buffer.concat([before, after.subarray(1 + (octet % 8))]);
    case "insert":
      return Buffer.concat([before, Buffer.from([octet]), after]);
    case "double":
      return Buffer.concat([before, after.subarray(0, octet), after]);
    case "cut":
      return before;
    case "swap":
      return Buffer.concat([after, before]);
  }
}

const BEFORE_LOGIN = [
  "CAPABILITY",
  `LOGIN ann ${literal("wrong")}`,
  `LOGIN "ann" "wrong"`,
  "AUTHENTICATE PLAIN AGFubgB3cm9uZw==",
  "AUTHENTICATE SCRAM-SHA-256 biwsbj1hbm4scj1hYmM=",
  `ID ("name" ${literal("x")})`,
  "STARTTLS",
  "NOOP",
];
const damaged = (valid: fc.Arbitrary<string>) =>
  fc
    .tuple(valid, fc.array(mutation, { minLength: 1, maxLength: 4 }))
    .map(([each, mutations]) => mutations.reduce(mutated, Buffer.from(each)));

/** Sends damaged commands; what comes back is in order. */
async function endures(commands: readonly Buffer[], prefix: string): Promise<void> {
  const lines = commands.flatMap((each, at) => [Buffer.from(`t${at} `), each, Buffer.from("\r\n")]);
  const said = await session(Buffer.concat([Buffer.from(prefix), ...lines]));
  expect(said[0]).toStartWith("* OK [CAPABILITY");
  // Tags come back as they were read, also those of lines that damage made.
  await prune();
  for (const line of said) expect(line).toMatch(/^(\* |\+ |[^\s(){%*"\\+]+ (OK|NO|BAD) )[^\r\n\0]*$/);
  expect(house.faults).toEqual([]);
}

describe("by mutation", () => {
  for (const [when, valid, prefix] of [
    ["before login", fc.constantFrom(...BEFORE_LOGIN), ""],
    ["after login", command, entry],
  ] as const) {
    test(
      `whatever comes ${when} is answered, and harms nobody`,
      async () => {
        await fc.assert(
          fc.asyncProperty(fc.array(damaged(valid), { minLength: 1, maxLength: 15 }), (all) => endures(all, prefix)),
          { numRuns: 80 * TIMES },
        );
        const client: Client = await house.select();
        await client.ok("FETCH 1:* (FLAGS ENVELOPE)");
        client.dialogue.destroy();
      },
      60_000 * TIMES,
    );
  }
});

describe("the parser alone", () => {
  /** Reads the syntax of what may be a command; complaints are all it may come to. */
  function read(commandText: CommandText): void {
    const p = new Parser(commandText);
    try {
      p.tag();
      p.space();
      const found = findCommand(p);
      const enabled = { qresync: true, condstore: true, has: () => false };
      const fake = { enabled, rev2: false, settings: { maxMessageSize: 1_000 } };
      found.syntax(p, fake as unknown as Parameters<typeof found.syntax>[1]);
      p.end();
    } catch (thrown) {
      const complaint = thrown instanceof GrammarError || thrown instanceof LiteralPending || thrown instanceof No;
      if (!complaint) throw thrown;
    }
  }

  test(
    "reads lines of any octets",
    () => {
      fc.assert(
        fc.property(damaged(command), fc.uint8Array({ maxLength: 40 }), (line, more) => {
          const [first = Buffer.alloc(0), ...rest] = line.toString("latin1").split("\r\n");
          read({
            lines: [Buffer.from(`t ${first}`, "latin1"), ...rest.map((each) => Buffer.from(each, "latin1"))],
            literals: rest.map(() => more),
          });
        }),
        { numRuns: 4_000 * TIMES },
      );
    },
    60_000 * TIMES,
  );

  test("takes time in proportion to what comes", () => {
    const long = 200_000;
    for (const line of [
      `UID FETCH ${"1,".repeat(long / 2)}1 FLAGS`,
      `SEARCH ${"(".repeat(long)}`,
      `SEARCH ${"NOT ".repeat(long / 4)}ALL`,
      `SEARCH ${"OR ".repeat(long / 3)}ALL`,
      `FETCH 1 (${"BODY[1] ".repeat(long / 8)}FLAGS)`,
      `FETCH 1 BODY[${"1.".repeat(long / 2)}1]`,
      `LIST "" "${"%*".repeat(long / 2)}"`,
      `STORE 1 FLAGS (${"\\Seen ".repeat(long / 6)}x)`,
      `ID ("${"\\\\".repeat(long / 2)}" NIL)`,
      `SELECT "${"&AOk-".repeat(long / 5)}"`,
      `APPEND x ${"(".repeat(long)}`,
      `LOGIN ${"a".repeat(long)} {`,
      `NOOP${" ".repeat(long)}x`,
    ]) {
      const text = { lines: [Buffer.from(`t ${line}`)], literals: [] };
      const before = processorMs();
      read(text);
      expect([line.slice(0, 20), processorMs() - before < 400]).toEqual([line.slice(0, 20), true]);
    }
  });
});

describe("what is taken before login", () => {
  test("literals are refused beyond their limit, one by one and together, and not read for ever", async () => {
    const client = await house.dial();
    expect(await client.fails("LOGIN {4097}")).toMatch(/^NO \[TOOBIG\]|^BAD/);
    const piece = `${literal("x".repeat(900))} `;
    client.dialogue.sendRaw(`many LOGIN ${piece.repeat(5)}\r\n`);
    expect((await client.answer("many")).tagged).toMatch(/^NO \[TOOBIG\]|^BAD/);
    const flood = await house.dial();
    flood.dialogue.sendRaw("f LOGIN ");
    const sent = Buffer.from(piece.repeat(50));
    // The session ends long before all of this is read.
    for (let n = 0; n < 90; n++) await flood.dialogue.sendAll(sent).catch(() => {});
    await flood.dialogue.closed();
    client.dialogue.destroy();
  });
});
