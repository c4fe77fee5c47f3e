/** What it costs to sort a message by a long Sieve script: processor time, of which nothing waits for a disk or a network. */
import { parseStructure } from "../src/mime/parser.ts";
import { bareSurroundings, compile, run, type Script } from "../src/sieve/sieve.ts";
import type { Figure } from "./accounts.ts";
import { messageNumber } from "./messages.ts";

const RULES = 200;
const MESSAGES = 500;

/** The conditions people write most; none holds for the messages, so every rule is tried. */
const CONDITIONS: readonly ((number: number) => string)[] = [
  (number) => `header :contains "Subject" "offer ${number}"`,
  (number) => `address :domain :is ["From", "Reply-To"] "shop${number}.example"`,
  (number) => `address :is "From" ["ann${number}@club.example", "bea${number}@club.example"]`,
  (number) => `allof (header :matches "List-Id" "*<list${number}.example>", not header :contains "Subject" "urgent")`,
  (number) => `anyof (size :over ${number + 1}M, exists "X-Ticket-${number}")`,
  (number) => `body :text :contains "order number ${number}00"`,
];

/** A script of so many rules, each with a folder of its own. */
function scriptOf(rules: number): string {
  const lines = Array.from({ length: rules }, (_, at) => {
    const condition = CONDITIONS[at % CONDITIONS.length]?.(at) ?? "true";
    return `if ${condition} { fileinto "Folder ${at}"; stop; }`;
  });
  return `require ["fileinto", "body"];\n${lines.join("\n")}\n`;
}

/** Milliseconds of processor time that one message takes. */
async function costOf(script: Script): Promise<number> {
  const messages = Array.from({ length: MESSAGES }, (_, at) => {
    const octets = messageNumber(at);
    const read = (start: number, end: number) => octets.subarray(start, end);
    return { octets, structure: parseStructure(octets), read };
  });
  const surroundings = bareSurroundings({ from: "anna@elsewhere.test", to: "anna@example.test" }, Date.now());
  const sort = async () => {
    for (const message of messages) {
      const { actions, error } = await run(script, message, surroundings);
      if (error !== undefined || actions.some(({ kind }) => kind !== "keep"))
        throw new Error("a rule held that should not");
    }
  };
  await sort();
  return (await processorOf(sort)) / MESSAGES;
}

/** Milliseconds of processor time. */
async function processorOf(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** All figures about sorting. */
export async function sorting(): Promise<Figure[]> {
  const text = scriptOf(RULES);
  const script = compile(text);
  const compiling = await processorOf(() => compile(text));
  return [
    { what: `To read a script of ${RULES} rules, once`, unit: "ms of processor time", value: compiling },
    {
      what: `To sort a message of 3 KB by it, every rule tried`,
      unit: "ms of processor time",
      value: await costOf(script),
    },
  ];
}
