/** Rules read from scripts and written into them: what a form shows, and what stays as it was written. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  type Action,
  type Condition,
  moveBlock,
  putRule,
  type Rule,
  readRules,
  removeBlock,
  ruleSchema,
  textOf,
} from "../../src/sieve/rules/rules.ts";
import { compile } from "../../src/sieve/sieve.ts";
import { processorMs } from "../timing.ts";
import { brief, sieve } from "./harness.ts";

/** Texts with everything that has a meaning somewhere in a script. */
const word = fc
  .array(fc.constantFrom("a", "b", "É", "*", "?", "\\", '"', "#", "{", "}", ";", "]", " x", "/*", "*/", "."), {
    minLength: 1,
    maxLength: 6,
  })
  .map((pieces) => pieces.join(""))
  .filter((text) => text.trim() !== "");
const values = fc.array(word, { minLength: 1, maxLength: 3 });
const fields = fc.array(fc.constantFrom("subject", "from", "to", "list-id", "x-a"), { minLength: 1, maxLength: 3 });
const addressFields = fc.array(fc.constantFrom("from", "to", "cc"), { minLength: 1, maxLength: 3 });
const not = fc.boolean();
/** A pattern that is not only a beginning or an end. */
const patterns = values.map((all) => all.map((one) => `?${one.replaceAll("\\", "")}?`));
const compared = fc.oneof(
  fc.record({ comparison: fc.constantFrom("is", "contains", "begins", "ends"), values }),
  fc.record({ comparison: fc.constant("matches"), values: patterns }),
  fc.record({ comparison: fc.constant("regex"), values: fc.constant(["^a+b", "(x|y)"]) }),
);
const part = fc.constantFrom("all", "localpart", "domain", "user", "detail");
const kind = <T extends string>(test: T) => fc.constant(test);
const condition = fc.oneof(
  fc.tuple(fc.record({ test: kind("header"), fields, not }), compared).map(([a, b]) => ({ ...a, ...b })),
  fc
    .tuple(fc.record({ test: kind("address"), fields: addressFields, part, not }), compared)
    .map(([a, b]) => ({ ...a, ...b })),
  fc.tuple(fc.record({ test: kind("body"), not }), compared).map(([a, b]) => ({ ...a, ...b })),
  fc.record({ test: kind("exists"), fields, not }),
  fc.record({ test: kind("size"), over: fc.boolean(), octets: fc.nat(3_000_000), not }),
  fc.record({ test: kind("attachment"), not }),
  fc.record({ test: kind("priority"), level: fc.constantFrom("high", "low"), not }),
  fc.record({
    test: kind("date"),
    part: kind("weekday"),
    comparison: kind("is"),
    values: fc.constant(["0", "6"]),
    not,
  }),
  fc.record({ test: kind("spam"), atLeast: fc.integer({ min: 1, max: 10 }), not }),
  fc.record({ test: kind("known"), not }),
) as fc.Arbitrary<Condition>;
const text = fc.array(fc.oneof(word, fc.constantFrom("\n", ".\n", "\n.")), { minLength: 1, maxLength: 5 });
const prose = text.map((all) => all.join("").replace(/\s+$/, "")).filter((one) => one !== "");
const action = fc.oneof(
  fc.record({ do: kind("file"), folder: word, copy: fc.boolean(), create: fc.boolean() }),
  fc.record({
    do: kind("flag"),
    how: fc.constantFrom("add", "set", "remove"),
    flags: fc.constant(["\\Seen", "$Label1"]),
  }),
  fc.record({ do: kind("redirect"), address: fc.constant("bob@example.org"), copy: fc.boolean() }),
  fc.record({ do: kind("reject"), reason: prose, early: fc.boolean() }),
  fc.record(
    { do: kind("reply"), text: prose, subject: word, days: fc.nat(30), addresses: values, handle: word },
    { requiredKeys: ["do", "text"] },
  ),
  fc.record({ do: fc.constantFrom("keep", "discard", "stop") }),
) as fc.Arbitrary<Action>;
const rule: fc.Arbitrary<Rule> = fc.record({
  name: word.map((one) => one.trim()),
  enabled: fc.boolean(),
  join: fc.constantFrom("all", "any"),
  conditions: fc.array(condition, { maxLength: 4 }),
  actions: fc.array(action, { minLength: 1, maxLength: 4 }),
});

/** As it is read back: every message is no matter of all or any. */
const settled = (one: Rule): Rule => ({ ...one, join: one.conditions.length === 0 ? "all" : one.join });
const scriptOf = (rules: readonly Rule[], start = "") =>
  rules.reduce((script, one, at) => putRule(readRules(script), at, one, "insert"), start);
const rulesOf = (script: string) => readRules(script).blocks.map((block) => block.rule);

const MAIL = `From: Ann <ann@example.com>
To: me@example.net
Subject: a*b "x É
List-Id: <b.example>

a b
`;

describe("any rules", () => {
  test("come back as they were written, and mean the same when written again", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(rule, { minLength: 1, maxLength: 4 }), async (rules) => {
        const script = scriptOf(rules);
        const read = rulesOf(script);
        expect(read).toEqual(rules.map(settled));
        for (const one of rules) expect(ruleSchema.parse(one)).toEqual(one);
        const again = scriptOf(read as Rule[]);
        expect(again).toBe(script);
        const more = { onList: () => true, spamPercent: 70 };
        expect(brief(await sieve(again, MAIL, more))).toEqual(brief(await sieve(script, MAIL, more)));
      }),
      { numRuns: 150 },
    );
  });

  test("do what their model says", async () => {
    const simple = fc.record({
      ...{ enabled: fc.boolean(), join: fc.constantFrom("all", "any"), folder: fc.constantFrom("A", "B", "C") },
      conditions: fc.array(
        fc.record({ not, comparison: fc.constantFrom("is", "contains", "begins", "ends"), value: word }),
        { maxLength: 3 },
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(simple, { maxLength: 4 }), word, async (rules, subject) => {
        const seen = subject.trim();
        const folders: string[] = [];
        for (const { enabled, join, conditions, folder } of rules) {
          const held = conditions.map((one) => holds(one.comparison, seen, one.value) !== one.not);
          const does = held.length === 0 || (join === "all" ? held.every(Boolean) : held.some(Boolean));
          if (enabled && does && !folders.includes(folder)) folders.push(folder);
        }
        const script = scriptOf(
          rules.map(({ folder, conditions, ...one }) => ({
            ...{ ...one, name: "x", actions: [{ do: "file", folder, copy: false, create: false }] },
            join: one.join as "all" | "any",
            conditions: conditions.map(({ value, comparison, ...test }) => ({
              ...{ ...test, test: "header", fields: ["subject"], values: [value] },
              comparison: comparison as "is",
            })),
          })),
          "# none",
        );
        const done = brief(await sieve(script, `From: a@b.example\nSubject: ${seen}\n\nx\n`));
        expect(done).toEqual(folders.length === 0 ? ["keep"] : folders.map((folder) => `fileinto ${folder}`));
      }),
      { numRuns: 150 },
    );
  });
});

function holds(comparison: string, text: string, value: string): boolean {
  const [a, b] = [text, value].map((one) => one.replace(/[A-Z]/g, (letter) => letter.toLowerCase())) as [
    string,
    string,
  ];
  if (comparison === "is") return a === b;
  if (comparison === "contains") return a.includes(b);
  return comparison === "begins" ? a.startsWith(b) : a.endsWith(b);
}

const NEW: Rule = {
  ...{ name: "New", enabled: true, join: "any" },
  conditions: [{ test: "header", fields: ["subject"], comparison: "begins", values: ["[list]", "50%*"], not: false }],
  actions: [{ do: "file", folder: "Lists", copy: false, create: true }, { do: "stop" }],
};

const BY_HAND = `# My own script.\r
# Do not touch!\r
\r
require [ "fileinto" , "variables" /* names */ ] ;\r
require "regex";\r
\r
# who is it\r
set "who" "ann";  # trailing\r
if header :matches "from" "*" { fileinto "people/\${1}"; } # odd\r
elsif true { keep; }\r
\r
\r
# rule:[Lists]\r
if   header   :is  "list-id"   "<x.example>"   { fileinto "Lists" ; }\r
/* the end */`;

describe("a script written by hand", () => {
  test("keeps every octet that is not changed", () => {
    const { blocks } = readRules(BY_HAND);
    expect(textOf(readRules(BY_HAND))).toBe(BY_HAND);
    expect(blocks.map(({ name, rule }) => [name, rule !== undefined])).toEqual([
      ["who is it", false],
      ["", false],
      ["Lists", true],
    ]);
    const more = putRule(readRules(BY_HAND), 2, NEW, "insert");
    const written = `# rule:[New]\r\nif anyof (header :matches "subject" ["[list]*", "50%\\\\**"])\r\n{\r\n\tfileinto :create "Lists";\r\n\tstop;\r\n}\r\n`;
    const before = BY_HAND.indexOf("\r\n\r\n# rule:[Lists]");
    const required = 'require "regex";\r\n';
    const expected = `${BY_HAND.slice(0, before)}${written}${BY_HAND.slice(before)}`;
    expect(more).toBe(expected.replace(required, `${required}require ["mailbox"];\r\n`));
    expect(() => compile(more)).not.toThrow();
    expect(removeBlock(readRules(more), 2)).toBe(BY_HAND.replace(required, `${required}require ["mailbox"];\r\n`));
    expect(() => putRule(readRules(BY_HAND), 0, NEW, "replace")).toThrow("written by hand");
  });

  test("can be moved about", () => {
    const moved = moveBlock(readRules(BY_HAND), 2, 0);
    expect(readRules(moved).blocks.map(({ name }) => name)).toEqual(["Lists", "who is it", ""]);
    expect([...moved].sort().join("")).toBe([...BY_HAND].sort().join(""));
    expect(moveBlock(readRules(moved), 0, 9)).toContain('fileinto "Lists" ; }\r\n/* the end */');
    expect(() => compile(moved)).not.toThrow();
  });

  test("comments of a rule that is changed stay over it", () => {
    const script = 'if true # every\n{ /* why */ discard; stop; # "now"\n}\n';
    expect(putRule(readRules(script), 0, { ...NEW, name: "" }, "replace")).toStartWith(
      'require ["fileinto", "mailbox"];\n# every\n/* why */\n# "now"\nif anyof',
    );
  });

  test("what stands for a variable is refused where it would mean something else", () => {
    const risky: Rule = { ...NEW, conditions: [{ test: "exists", fields: ["x"], not: false }], name: `\${who}` };
    expect(() => putRule(readRules(BY_HAND), 3, risky, "insert")).toThrow("a meaning of its own");
    expect(() => putRule(readRules(""), 0, risky, "insert")).not.toThrow();
  });

  test("any script is put together as it was", () => {
    const piece = fc.constantFrom(
      ...['require "fileinto";', "# c", "/* d */", "keep;", "\r\n", "\n", "\n\n", " ", "if true { stop; }", "else {}"],
      ...['if false # header :is "a" "b"\n{ discard; }', "elsif true {}", 'fileinto "x";', "# rule:[y]\n"],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.nat(5), fc.nat(5), (pieces, from, to) => {
        const script = pieces.join("");
        try {
          compile(script);
        } catch {
          return;
        }
        const read = readRules(script);
        expect(textOf(read)).toBe(script);
        if (read.blocks[from] === undefined) return;
        const moved = moveBlock(readRules(script), from, to);
        const said = (one: string) => [...one.replace(/\s/g, "")].sort().join("");
        expect(said(moved)).toBe(said(script));
        expect(() => compile(moved)).not.toThrow();
        compile(putRule(readRules(script), to, NEW, "insert"));
      }),
      { numRuns: 300 },
    );
  });
});

describe("the habits of programs", () => {
  const named = (script: string) =>
    readRules(script).blocks.map(
      ({ name, rule }) => `${name}${rule === undefined ? " (by hand)" : rule.enabled ? "" : " (off)"}`,
    );

  test("RoundCube: names, rules that are off with their conditions", () => {
    const script = `require ["copy","fileinto","imap4flags","vacation"];
# rule:[Newsletters]
if anyof (header :contains ["subject","list-id"] ["news","letter"], not address :all :contains ["to","cc"] "me@example.net")
{
	fileinto :copy "INBOX.News";
	addflag "\\\\Seen";
}
# rule:[Off]
if false # anyof (header :contains "subject" "Hello {you}", not exists "x-a")
{
	discard;
	stop;
}
# rule:[Everything]
if true
{
	vacation :days 7 :addresses ["me@example.net","other@example.net"] :subject "Away" text:
I'm away.
..
.
;
}
# rule:[Notify]
if header :is "x-alarm" "yes"
{
	notify :message "Alarm" "mailto:sms@example.org";
}
`;
    expect(named(script)).toEqual(["Newsletters", "Off (off)", "Everything", "Notify (by hand)"]);
    const [, off, every] = rulesOf(script);
    expect(off?.conditions).toEqual([
      { test: "header", fields: ["subject"], comparison: "contains", values: ["Hello {you}"], not: false },
      { test: "exists", fields: ["x-a"], not: true },
    ]);
    expect(every?.actions).toEqual([
      {
        ...{ do: "reply", text: "I'm away.\n.", days: 7, subject: "Away" },
        addresses: ["me@example.net", "other@example.net"],
      },
    ]);
    // Switched on and off again it is as it was.
    const on = putRule(readRules(script), 1, { ...(off as Rule), enabled: true }, "replace");
    expect(on).toContain('\nif anyof (header :contains "subject" "Hello {you}", not exists "x-a")\n');
    expect(putRule(readRules(on), 1, off as Rule, "replace")).toBe(script);
  });

  test("the Thunderbird add-on: several requires, comments anywhere", () => {
    const script = `#\r\n# Sieve Filter\r\n# Generated by Sieve Script Editor\r\n#\r\nrequire "fileinto";\r\nrequire ["vacation", "reject"];\r\n\r\n# begin rule\r\n# Spam\r\nif anyof( header :contains "X-Spam-Flag" "YES" )\r\n{\r\n  fileinto "Junk"; /* goes away */\r\n  stop ;\r\n}\r\nif size :over 5M { discard; }\r\nelse { keep ; }\r\n`;
    expect(named(script)).toEqual(["Spam", " (by hand)"]);
  });

  test("Horde Ingo, SOGo, SmartSieve, SnappyMail, plain actions", () => {
    expect(
      named(`require "fileinto";
# Whitelisted Addresses
if address :all :comparator "i;ascii-casemap" :is ["From", "Sender"] ["ann@example.com"]  {
    keep;
    stop;
}
# Blacklisted Addresses
if address :all :comparator "i;ascii-casemap" :contains ["From"] "@" { discard; stop; }
#rule&&1&&ENABLED&&ann&&&&&&folder&&Work&&0
if allof (header :contains ["subject"] "x") { fileinto "Work"; }
/*
BEGIN:FILTER:1
*/
# Filter: My work
if header :is "a" "b" { fileinto "Work"; }
/* END:FILTER */
fileinto "Rest"; stop;
`),
    ).toEqual(["Whitelisted Addresses", "Blacklisted Addresses", "", "My work", ""]);
  });
});

test("scripts that are made to take long are read as quickly as others", () => {
  const most = 60_000;
  const filled = (piece: string) => piece.repeat(Math.floor(most / piece.length));
  const scripts = [
    ...[" ", "*", "#", "]", "\t*", "*/ /*", "rule:["].map((piece) => `# ${filled(piece)}x\nkeep;`),
    ...["\n", " \n", "\r\n\r\n", "# a\n", "/**/"].map((piece) => `${filled(piece)}keep;${filled(piece)}`),
    ...[" ", "\n", "# a\n", "/* { */"].map((piece) => `if false${filled(piece)}{ keep; }`),
    ...["/**/", "/* false { */"].map((piece) => `if ${filled(piece)} false ${filled(piece)} "x" { keep; }`),
    ...["/* ", '"\\"', 'text:#"\n'].map((piece) => `if false { fileinto text:#"\n${filled(piece)}\n.\n; }`),
    `vacation text:\n${filled(" ")}x\n.\n;`,
    `if header "a" "${filled('\\"')}" { keep; }`,
    `if header :matches "a" "${filled("*\\\\")}" { keep; }`,
  ];
  for (const script of scripts) {
    const begun = processorMs();
    const read = readRules(script);
    expect(textOf(read)).toBe(script);
    if (read.blocks[0]?.rule !== undefined) putRule(read, 0, NEW, "replace");
    expect(processorMs() - begun).toBeLessThan(500);
  }
});
