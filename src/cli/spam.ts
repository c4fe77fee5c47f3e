/** `gatepost spam`: what mailboxes have learned of junk, and teaching them. */
import { exportSpam, resetSpam, setSpam, showSpam, trainSpam, untrainSpam } from "../administration/mail/spam.ts";
import { SHARED_PROFILE } from "../filter/spam-settings.ts";
import { type Command, type Context, printOne, textsOf, UsageError } from "./command.ts";
import { mailboxNamed } from "./mailbox-words.ts";

const everybody = { everybody: { type: "boolean" } } as const;
const uid = { uid: { type: "string", multiple: true } } as const;

/** The mailbox that is named, or what everybody's mail came to. @throws UsageError */
async function placeFrom(context: Context): Promise<number> {
  const [name] = context.args;
  if ((context.values.everybody === true) === (name !== undefined))
    throw new UsageError("Name a mailbox, or say --everybody.");
  return name === undefined ? SHARED_PROFILE : await mailboxNamed(context, name);
}

function uidsFrom(context: Context): { uids?: number[] } {
  const uids = textsOf(context.values, "uid").map(Number);
  if (uids.some((one) => !Number.isSafeInteger(one) || one < 1)) throw new UsageError("A UID is a number.");
  return uids.length > 0 ? { uids } : {};
}

function scoreFrom(word: string): number | null {
  if (word === "none") return null;
  const score = Number(word);
  if (word.trim() === "" || !Number.isFinite(score)) throw new UsageError("A score is a number such as 5; or none.");
  return score;
}

export const spam = {
  name: "spam",
  summary: "Junk: what was learned of it, and where it begins.",
  actions: {
    status: {
      usage: "MAILBOX | --everybody",
      summary: "Says from how many messages was learned, and from which score mail goes to Junk.",
      options: everybody,
      arity: [0, 1],
      performs: [showSpam],
      run: async (context) => printOne(context, await context.perform(showSpam, { id: await placeFrom(context) })),
    },
    set: {
      usage: "MAILBOX SCORE|none",
      summary: "Sets from which score mail goes to Junk; 100: never, none: as everywhere.",
      arity: [2, 2],
      performs: [setSpam],
      run: async (context) => {
        const [name = "", score = ""] = context.args;
        const id = await mailboxNamed(context, name);
        const after = await context.perform(setSpam, { id, junkAt: scoreFrom(score) });
        if (context.json) printOne(context, after);
      },
    },
    train: {
      usage: "MAILBOX FOLDER spam|ham [--uid N]…",
      summary: "Learns from the messages of a folder that they are junk (spam), or that they are none (ham).",
      options: uid,
      arity: [3, 3],
      performs: [trainSpam],
      run: async (context) => {
        const [name = "", folder = "", kind = ""] = context.args;
        if (kind !== "spam" && kind !== "ham") throw new UsageError("Say what the messages are: spam or ham.");
        const id = await mailboxNamed(context, name);
        const done = await context.perform(trainSpam, { id, folder, kind, ...uidsFrom(context) });
        if (context.json) printOne(context, done);
        else context.out(`Learned from ${done.learned} messages.`);
      },
    },
    untrain: {
      usage: "MAILBOX FOLDER [--uid N]…",
      summary: "Takes back what the messages of a folder have taught.",
      options: uid,
      arity: [2, 2],
      performs: [untrainSpam],
      run: async (context) => {
        const [name = "", folder = ""] = context.args;
        const id = await mailboxNamed(context, name);
        const done = await context.perform(untrainSpam, { id, folder, ...uidsFrom(context) });
        if (context.json) printOne(context, done);
        else context.out(`Took back what ${done.learned} messages had taught.`);
      },
    },
    export: {
      usage: "MAILBOX | --everybody",
      summary:
        "Prints what was learned, a line a word: its hash, and in how many messages it was that are none, and that are junk.",
      options: everybody,
      arity: [0, 1],
      performs: [exportSpam],
      run: async (context) => {
        const id = await placeFrom(context);
        for (let after: number | null = -1; after !== null; ) {
          const page: { words: { word: number; ham: number; spam: number }[]; next: number | null } =
            await context.perform(exportSpam, { id, after });
          for (const { word, ham, spam } of page.words) {
            const hash = word.toString(16).padStart(10, "0");
            context.out(context.json ? JSON.stringify({ hash, ham, spam }) : `${hash}\t${ham}\t${spam}`);
          }
          after = page.next;
        }
      },
    },
    reset: {
      usage: "MAILBOX | --everybody",
      summary: "Forgets all that a mailbox has taught itself, or that everybody's mail came to.",
      options: everybody,
      arity: [0, 1],
      performs: [resetSpam],
      run: async (context) => {
        await context.perform(resetSpam, { id: await placeFrom(context) });
      },
    },
  },
} satisfies Command;
