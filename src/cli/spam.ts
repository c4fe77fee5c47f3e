/** `gatepost spam`: what mailboxes have learned of junk, and teaching them. */
import {
  addSender,
  exportSpam,
  listSenders,
  removeSender,
  resetSpam,
  setSpam,
  showSpam,
  trainSpam,
  untrainSpam,
} from "../administration/mail/spam.ts";
import { SHARED_PROFILE } from "../filter/spam-settings.ts";
import {
  type Action,
  type Command,
  type Context,
  printOne,
  printRows,
  textOf,
  textsOf,
  UsageError,
} from "./command.ts";
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

/** The mailbox that is named, or everybody, and the patterns behind it. */
async function listFrom(context: Context): Promise<{ id: number; patterns: readonly string[] }> {
  if (context.values.everybody === true) return { id: SHARED_PROFILE, patterns: context.args };
  const [name, ...patterns] = context.args;
  if (name === undefined || patterns.length === 0)
    throw new UsageError("Name a mailbox, or say --everybody, and senders.");
  return { id: await mailboxNamed(context, name), patterns };
}

/** An action that puts senders on a list. */
function listing(wanted: boolean, summary: string): Action {
  return {
    usage: "MAILBOX|--everybody SENDER…",
    summary,
    options: everybody,
    arity: [1, 500],
    performs: [addSender],
    run: async (context) => {
      const { id, patterns } = await listFrom(context);
      await context.perform(addSender, { id, patterns: [...patterns], wanted });
    },
  };
}

export const spam = {
  name: "spam",
  summary: "Junk: what was learned of it, where it begins, and whose mail is always or never wanted.",
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
      usage: "MAILBOX [SCORE|none] [--quarantine-at SCORE|none] [--refuse-at SCORE|none]",
      summary: "Sets from which score mail goes to Junk, is held, or is refused; 100: never, none: as everywhere.",
      options: { "quarantine-at": { type: "string" }, "refuse-at": { type: "string" } },
      arity: [1, 2],
      performs: [setSpam],
      run: async (context) => {
        const [name = "", score] = context.args;
        const [quarantineAt, refuseAt] = [textOf(context.values, "quarantine-at"), textOf(context.values, "refuse-at")];
        const change = {
          ...(score !== undefined && { junkAt: scoreFrom(score) }),
          ...(quarantineAt !== undefined && { quarantineAt: scoreFrom(quarantineAt) }),
          ...(refuseAt !== undefined && { refuseAt: scoreFrom(refuseAt) }),
        };
        if (Object.keys(change).length === 0) throw new UsageError("Say a score.");
        const id = await mailboxNamed(context, name);
        const after = await context.perform(setSpam, { id, ...change });
        if (context.json) printOne(context, after);
      },
    },
    senders: {
      usage: "MAILBOX | --everybody",
      summary: "Lists whose mail is always wanted, and whose never.",
      options: everybody,
      arity: [0, 1],
      performs: [listSenders],
      run: async (context) => {
        const { senders } = await context.perform(listSenders, { id: await placeFrom(context) });
        const rows = senders.map(({ pattern, wanted, at }) => ({ pattern, wanted: wanted ? "always" : "never", at }));
        printRows(context, rows, ["pattern", "wanted", "at"]);
      },
    },
    allow: listing(
      true,
      "Mail of these senders is always wanted, where it is proven to be theirs: ann@example.org, example.org, *.example.org.",
    ),
    bar: listing(false, "Mail of these senders goes to Junk, or is refused where the mailbox refuses junk."),
    forget: {
      usage: "MAILBOX|--everybody SENDER…",
      summary: "Takes senders off the lists they are on.",
      options: everybody,
      arity: [1, 500],
      performs: [removeSender],
      run: async (context) => {
        const { id, patterns } = await listFrom(context);
        for (const pattern of patterns) await context.perform(removeSender, { id, pattern });
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
        "Prints what was learned, a line a word: its hash, in how many messages it was that are none, and that are junk, and what it weighs (above 0: for junk).",
      options: everybody,
      arity: [0, 1],
      performs: [exportSpam],
      run: async (context) => {
        const id = await placeFrom(context);
        for (let after: number | null = -1; after !== null; ) {
          const page: { words: { word: number; ham: number; spam: number; weight: number }[]; next: number | null } =
            await context.perform(exportSpam, { id, after });
          for (const { word, ham, spam, weight } of page.words) {
            const hash = word.toString(16).padStart(10, "0");
            context.out(
              context.json ? JSON.stringify({ hash, ham, spam, weight }) : `${hash}\t${ham}\t${spam}\t${weight}`,
            );
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
