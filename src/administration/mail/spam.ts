/**
 * Junk of a mailbox, by its owner or whoever looks after him: what it has learned, what becomes of mail from which score, whose mail is
 * always or never wanted, and teaching it. Mailbox 0
 * stands for what everybody's mail came to, which administrators of the whole house see and forget.
 */
import { z } from "zod";
import { SHARED_PROFILE, spamSettings } from "../../filter/spam-settings.ts";
import { patternOf } from "../../filter/wishes/wishes.ts";
import { Refusal } from "../../refusal.ts";
import { needsScope } from "../may.ts";
import { type Context, operation } from "../operation.ts";
import { switched, textOfTime, timeText } from "../values.ts";
import { reached } from "./mailbox-rules.ts";
import { subjectOfMailbox } from "./mailbox-view.ts";

const own = z.number().int().min(1).describe("The mailbox's number.");
const id = z.number().int().min(0).describe("The mailbox's number; 0 stands for what everybody's mail came to.");

const status = z.object({
  spam: z.number().int().describe("Messages from which junk was learned here."),
  ham: z.number().int().describe("Messages from which was learned what is none."),
  junkAt: z.number().nullable().describe("The score from which mail goes to Junk here; null: as everywhere."),
  usualJunkAt: z.number().describe("The same everywhere else; 100: never."),
  quarantineAt: z.number().nullable().describe("The score from which mail is held; null: as everywhere."),
  usualQuarantineAt: z.number(),
  refuseAt: z.number().nullable().describe("The score from which mail is refused; null: as everywhere."),
  usualRefuseAt: z.number(),
  everybody: z
    .object({ spam: z.number().int(), ham: z.number().int() })
    .describe("The same of all mailboxes together."),
});
export type SpamStatus = z.output<typeof status>;

const limit = z.number("The score is a number, such as 5.").min(-100).max(100).nullable().optional();

const A_PATTERN = "An address, a domain, or *.domain for everything below one.";
const senderView = z.object({
  pattern: z.string().describe(A_PATTERN),
  wanted: z.boolean(),
  at: timeText.describe("When it was put there."),
});
export type SenderView = z.output<typeof senderView>;

/** Messages that one request teaches, the latest of the folder. */
const MOST_TAUGHT = 5_000;
const MOST_TOKENS = 5_000;

export const showSpam = operation({
  name: "spam.status",
  summary: "Says what was learned of a mailbox's junk, and where its Junk begins.",
  http: "GET /mailboxes/{id}/spam",
  scope: "self:read",
  who: "user",
  input: z.strictObject({ id }),
  output: status,
  async run(context, { id }) {
    subjectOf(context, id, "mail:read");
    return await statusOf(context, id);
  },
});

export const setSpam = operation({
  name: "spam.set",
  summary: "Sets from which score mail of a mailbox goes to Junk, is held, or is refused.",
  http: "PATCH /mailboxes/{id}/spam",
  scope: "self:write",
  who: "user",
  input: z.strictObject({
    id: own,
    junkAt: limit.describe("The score from which mail goes to Junk; 100: never; null: as everywhere."),
    quarantineAt: limit.describe("The score from which mail is held in the quarantine."),
    refuseAt: limit.describe("The score from which mail is refused, where all of its recipients refuse it."),
  }),
  output: status,
  async run(context, { id, ...change }) {
    const { statistics, wishes } = await context.spam.room();
    await context.commit((tx, note) => {
      const subject = subjectOf(context, id, "mail:write");
      const before = { junkAt: statistics.profile(id)?.junkAt ?? null, ...wishes.limits(id) };
      const { junkAt = before.junkAt, quarantineAt = before.quarantineAt, refuseAt = before.refuseAt } = change;
      statistics.setJunkAtWithin(tx, id, junkAt);
      wishes.setLimitsWithin(tx, id, { quarantineAt, refuseAt });
      note({ subject, before, after: { junkAt, quarantineAt, refuseAt } });
    });
    return await statusOf(context, id);
  },
});

export const listSenders = operation({
  name: "spam.senders",
  summary: "Lists whose mail is always wanted in a mailbox, and whose never.",
  http: "GET /mailboxes/{id}/senders",
  scope: "self:read",
  who: "user",
  input: z.strictObject({ id }),
  output: z.object({ senders: z.array(senderView) }),
  async run(context, { id }) {
    subjectOf(context, id, "mail:read");
    return { senders: await sendersOf(context, id) };
  },
});

export const addSender = operation({
  name: "spam.addSender",
  summary: "Says that mail of senders is always wanted in a mailbox, or never.",
  http: "POST /mailboxes/{id}/senders",
  scope: "self:write",
  who: "user",
  input: z.strictObject({
    id,
    patterns: z.array(z.string().max(320)).min(1, "Name a sender.").max(500).describe(A_PATTERN),
    wanted: switched.describe("On: always, where it is proven to be his; off: never."),
  }),
  output: z.object({ senders: z.array(senderView) }),
  async run(context, { id, patterns, wanted }) {
    const { wishes } = await context.spam.room();
    await context.commit((tx, note) => {
      const subject = subjectOf(context, id, "mail:write");
      const named = patterns.map(checkedPattern);
      for (const pattern of named) wishes.setWithin(tx, id, pattern, wanted);
      note({ subject, after: { [wanted ? "wanted" : "unwanted"]: named.join(", ") } });
    });
    return { senders: await sendersOf(context, id) };
  },
});

export const removeSender = operation({
  name: "spam.removeSender",
  summary: "Takes a sender off the list he is on.",
  http: "DELETE /mailboxes/{id}/senders",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ id, pattern: z.string().max(320).describe(A_PATTERN) }),
  output: z.object({ senders: z.array(senderView) }),
  async run(context, { id, pattern }) {
    const { wishes } = await context.spam.room();
    await context.commit((tx, note) => {
      const subject = subjectOf(context, id, "mail:write");
      const named = checkedPattern(pattern);
      wishes.removeWithin(tx, id, named);
      note({ subject, before: { listed: named } });
    });
    return { senders: await sendersOf(context, id) };
  },
});

export const trainSpam = operation({
  name: "spam.train",
  summary: "Learns from the messages of a folder that they are junk, or that they are none.",
  http: "POST /mailboxes/{id}/spam/train",
  scope: "self:write",
  who: "user",
  input: z.strictObject({
    id: own,
    folder: z.string().min(1, "Name a folder.").max(1_000),
    kind: z.enum(["spam", "ham"]).describe("spam: they are junk; ham: they are none."),
    uids: z.array(z.number().int().min(1)).min(1).max(MOST_TAUGHT).optional().describe("Missing: all of the folder."),
  }),
  output: z.object({ learned: z.number().int().describe("Messages that taught something new.") }),
  run: (context, { id, folder, kind, uids }) => teach(context, { id, folder, kind, uids }),
});

export const untrainSpam = operation({
  name: "spam.untrain",
  summary: "Takes back what the messages of a folder have taught.",
  http: "POST /mailboxes/{id}/spam/untrain",
  scope: "self:write",
  who: "user",
  input: z.strictObject({
    id: own,
    folder: z.string().min(1, "Name a folder.").max(1_000),
    uids: z.array(z.number().int().min(1)).min(1).max(MOST_TAUGHT).optional().describe("Missing: all of the folder."),
  }),
  output: z.object({ learned: z.number().int().describe("Messages of which something was taken back.") }),
  run: (context, { id, folder, uids }) => teach(context, { id, folder, kind: undefined, uids }),
});

export const exportSpam = operation({
  name: "spam.export",
  summary: "Gives what was learned: hashes of words with the number of messages that had them, and their weight.",
  http: "GET /mailboxes/{id}/spam/words",
  scope: "self:read",
  who: "user",
  input: z.strictObject({
    id,
    after: z.coerce.number().int().min(-1).default(-1).describe("The last hash of the page before; −1 at first."),
  }),
  output: z.object({
    words: z.array(
      z.object({
        word: z.number().int().describe("40 bits of its hash."),
        ham: z.number().int(),
        spam: z.number().int(),
        weight: z.number().describe("Above 0 it speaks for junk, below 0 against it."),
      }),
    ),
    next: z.number().int().nullable().describe("`after` for the next page; null: there is none."),
  }),
  async run(context, { id, after }) {
    subjectOf(context, id, "mail:read");
    const { statistics } = await context.spam.room();
    const profile = statistics.profile(id);
    const rows = profile === undefined ? [] : statistics.slice(profile, after, MOST_TOKENS);
    const words = rows.map(({ token, ham, spam, weight }) => ({
      ...{ word: token, ham, spam, weight: Math.round(weight * 1e4) / 1e4 },
    }));
    return { words, next: rows.length === MOST_TOKENS ? (rows.at(-1)?.token ?? null) : null };
  },
});

export const resetSpam = operation({
  name: "spam.reset",
  summary: "Forgets all that a mailbox has taught itself; what it taught everybody stays.",
  http: "DELETE /mailboxes/{id}/spam",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ id }),
  output: z.object({}),
  async run(context, { id }) {
    const room = await context.spam.room();
    const { ham = 0, spam = 0 } = room.statistics.profile(id) ?? {};
    await context.commit((tx, note) => {
      note({
        subject: subjectOf(context, id, "mail:write"),
        before: { learned: { ham, spam } },
        after: { learned: null },
      });
      room.taught.forgetAllWithin(tx, id);
    });
    await room.statistics.reset(id);
    return {};
  },
});

/** Who or what a change is of, for the audit log. @throws Refusal "notFound", "notPermitted" */
function subjectOf(context: Context, id: number, scope: "mail:read" | "mail:write"): string {
  if (id !== SHARED_PROFILE) return `junk of ${subjectOfMailbox(context, reached(context, id, scope).mailbox)}`;
  needsScope(context.actor, scope);
  if (context.reach !== "all") {
    throw new Refusal("notPermitted", "You do not administrate such a mailbox, and it is not yours.");
  }
  return "junk of everybody";
}

/** @throws Refusal "invalid" */
function checkedPattern(text: string): string {
  const pattern = patternOf(text);
  if (pattern !== undefined) return pattern;
  const sentence = `“${text}” is no sender: name an address, a domain such as example.org, or *.example.org.`;
  throw new Refusal("invalid", sentence);
}

async function sendersOf(context: Context, id: number): Promise<SenderView[]> {
  const { wishes } = await context.spam.room();
  return wishes.list(id).map(({ at, ...wish }) => ({ ...wish, at: textOfTime(at) }));
}

async function statusOf(context: Context, id: number): Promise<SpamStatus> {
  const { statistics, wishes } = await context.spam.room();
  const usual = context.store.settings.get(spamSettings);
  const { ham = 0, spam = 0, junkAt = null } = statistics.profile(id) ?? {};
  const shared = statistics.shared();
  return {
    ...{ ham, spam, junkAt, usualJunkAt: usual.junkAt },
    ...{ ...wishes.limits(id), usualRefuseAt: usual.refuseAt, usualQuarantineAt: usual.quarantineAt },
    everybody: { ham: shared.ham, spam: shared.spam },
  };
}

interface Teaching {
  readonly id: number;
  readonly folder: string;
  readonly kind: "ham" | "spam" | undefined;
  readonly uids: readonly number[] | undefined;
}

async function teach(context: Context, { id, folder, kind, uids }: Teaching): Promise<{ learned: number }> {
  const subject = subjectOf(context, id, "mail:write");
  const { mailstore } = context;
  const found = mailstore.folder(id, folder);
  if (found === undefined) throw new Refusal("notFound", `The mailbox has no folder “${folder}”.`);
  const { school } = await context.spam.room();
  const contents = uids ? uids.map((uid) => mailstore.contentOf(found.id, uid)) : await contentsOf(context, found.id);
  const lessons = contents.flatMap((content) => (content === undefined ? [] : [{ mailbox: id, content, kind }]));
  const learned = await school.learn(lessons);
  if (learned > 0) await context.record({ subject, after: { folder, taught: kind ?? "nothing", messages: learned } });
  return { learned };
}

/** The contents of the latest messages of a folder. */
async function contentsOf(context: Context, folder: number): Promise<number[]> {
  const view = await context.mailstore.open(folder);
  try {
    const first = Math.max(0, view.count - MOST_TAUGHT);
    return Array.from({ length: view.count - first }, (_, at) => view.contentAt(first + at));
  } finally {
    view.close();
  }
}

export const spamOperations = [
  ...[showSpam, setSpam, trainSpam, untrainSpam, exportSpam, resetSpam],
  ...[listSenders, addSender, removeSender],
] as const;
