/**
 * Mail that is held: administrators of the whole house see and decide about all of it, people about what is held for their mailboxes. What
 * a virus scanner or a rule of the house held, administrators alone release.
 */
import { z } from "zod";
import type { HoldReason } from "../../filter/judgement.ts";
import { previewHeld } from "../../filter/quarantine/preview.ts";
import type { Held } from "../../filter/quarantine/quarantine.ts";
import { quarantineSettings } from "../../filter/quarantine/settings.ts";
import { Refusal } from "../../refusal.ts";
import { type Context, operation } from "../operation.ts";
import { paging, searching, switched, textOfTime, timeText } from "../values.ts";
import { reached } from "./mailbox-rules.ts";

const line = z.object({
  id: z.number().int(),
  trace: z.string(),
  at: timeText.describe("When it came."),
  expiresAt: timeText.describe("When it is deleted."),
  from: z.string(),
  subject: z.string(),
  size: z.number().int().describe("Octets."),
  reason: z.enum(["virus", "unscanned", "junk", "policy", "attachment", "rule"]),
  sentence: z.string().describe("Why it is held."),
  recipients: z.array(z.string()).describe("For whom it is held."),
  releasable: z.boolean().describe("Whoever asks may release it."),
});
export type HeldLine = z.output<typeof line>;

const detail = line.extend({
  returnPath: z.string().describe("Empty for reports."),
  text: z.string().describe("Its text, HTML as plain words; the beginning where it is long."),
  files: z.array(z.object({ name: z.string(), type: z.string(), size: z.number().int() })),
  findings: z
    .array(z.object({ test: z.string(), result: z.string(), points: z.number(), sentence: z.string() }))
    .describe("What the filter found."),
});
export type HeldDetail = z.output<typeof detail>;

/** What people decide about themselves. */
const FOR_OWNERS: ReadonlySet<HoldReason> = new Set<HoldReason>(["junk", "policy"]);

const one = z.coerce.number().int().positive().describe("The number of a held message.");
const mailbox = z.number().int().min(1).describe("The mailbox's number.");
const list = { search: searching, ...paging };
const listed = z.object({ messages: z.array(line), total: z.number().int() });
const learn = switched.default(false).describe("Learn from it that such mail is no junk.");
const released = z.object({ recipients: z.array(z.string()).describe("To whom it is on its way.") });

export const listQuarantine = operation({
  name: "quarantine.list",
  summary: "Lists the mail that is held, the latest first.",
  http: "GET /quarantine",
  scope: "queue:read",
  who: "administrator",
  input: z.strictObject(list),
  output: listed,
  run: (context, query) => listing(context, query),
});

export const showQuarantined = operation({
  name: "quarantine.show",
  summary: "Shows a held message: its text, its files, and why it is held.",
  http: "GET /quarantine/{id}",
  scope: "queue:read",
  who: "administrator",
  input: z.strictObject({ id: one }),
  output: detail,
  run: (context, { id }) => showing(context, id),
});

export const releaseQuarantined = operation({
  name: "quarantine.release",
  summary: "Sends a held message on its way, to all for whom it is held or to one of them.",
  http: "POST /quarantine/{id}/release",
  scope: "queue:write",
  who: "administrator",
  input: z.strictObject({
    id: one,
    to: z.string().trim().max(320).default("").describe("One of its recipients; empty: all of them."),
    learn,
  }),
  output: released,
  async run(context, { id, to, learn }) {
    const held = (await context.transport.quarantine()).show(id);
    const recipients = held.recipients.filter(({ address }) => to === "" || address.toLowerCase() === to.toLowerCase());
    if (recipients.length === 0) throw new Refusal("notFound", `The message is not held for ${to}.`);
    return await releasing(context, { ...held, recipients }, learn);
  },
});

export const removeQuarantined = operation({
  name: "quarantine.remove",
  summary: "Deletes a held message; its sender is not told.",
  http: "DELETE /quarantine/{id}",
  scope: "queue:write",
  who: "administrator",
  input: z.strictObject({ id: one }),
  output: z.object({}),
  run: (context, { id }) => removing(context, id),
});

export const listHeld = operation({
  name: "held.list",
  summary: "Lists the mail that is held for a mailbox of one's own, the latest first.",
  http: "GET /mailboxes/{id}/held",
  scope: "self:read",
  who: "user",
  input: z.strictObject({ id: mailbox, ...list }),
  output: listed,
  run: (context, { id, ...query }) => listing(context, query, own(context, id, "mail:read")),
});

export const showHeld = operation({
  name: "held.show",
  summary: "Shows a message that is held for a mailbox of one's own.",
  http: "GET /mailboxes/{id}/held/{message}",
  scope: "self:read",
  who: "user",
  input: z.strictObject({ id: mailbox, message: one }),
  output: detail,
  run: (context, { id, message }) => showing(context, message, own(context, id, "mail:read")),
});

export const releaseHeld = operation({
  name: "held.release",
  summary: "Has a message delivered that is held for a mailbox of one's own.",
  http: "POST /mailboxes/{id}/held/{message}/release",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ id: mailbox, message: one, learn }),
  output: released,
  async run(context, { id, message, learn }) {
    const held = (await context.transport.quarantine()).show(message, own(context, id, "mail:write"));
    if (!mayRelease(context, held, id)) {
      throw new Refusal("notPermitted", "Only an administrator may release this message. Ask one, if you expect it.");
    }
    return await releasing(context, held, learn);
  },
});

export const removeHeld = operation({
  name: "held.remove",
  summary: "Deletes what is held for a mailbox of one's own; for others it stays.",
  http: "DELETE /mailboxes/{id}/held/{message}",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ id: mailbox, message: one }),
  output: z.object({}),
  run: (context, { id, message }) => removing(context, message, own(context, id, "mail:write")),
});

/** A mailbox whose mail the actor may read: his own. @throws Refusal "notPermitted" */
function own(context: Context, id: number, scope: "mail:read" | "mail:write"): [number] {
  const { owner } = reached(context, id, scope);
  const { actor } = context;
  if (actor.kind === "user" && owner.id !== actor.user?.id)
    throw new Refusal("notPermitted", "What is held for somebody only the owner of the mailbox sees.");
  return [id];
}

/** @param id the mailbox, where its owner asks */
function mayRelease({ store, actor }: Context, { reason }: Held, id: number | undefined): boolean {
  if (id === undefined || actor.kind !== "user") return true;
  return FOR_OWNERS.has(reason) && store.settings.get(quarantineSettings).ownersRelease;
}

async function listing(
  context: Context,
  { search, page, pageSize }: { search: string; page: number; pageSize: number },
  mailboxes?: [number],
): Promise<z.output<typeof listed>> {
  const quarantine = await context.transport.quarantine();
  const { held, total } = quarantine.list({ mailboxes, search, limit: pageSize, offset: (page - 1) * pageSize });
  return { messages: held.map((one) => lineOf(context, one, mailboxes?.[0])), total };
}

async function showing(context: Context, id: number, mailboxes?: [number]): Promise<HeldDetail> {
  const held = (await context.transport.quarantine()).show(id, mailboxes);
  const { text, files } = await previewHeld(context.store, held);
  const { reversePath } = held.envelope;
  return {
    ...lineOf(context, held, mailboxes?.[0]),
    returnPath: typeof reversePath === "string" ? reversePath : "",
    text,
    files: files.map(({ fileName, mediaType, size }) => ({ name: fileName, type: mediaType, size })),
    findings: held.findings
      // What others taught their mailboxes is theirs.
      .filter((one) => mailboxes === undefined || one.mailbox === undefined || mailboxes.includes(one.mailbox))
      .map(({ test, result, points, sentence }) => ({ test, result, points, sentence })),
  };
}

async function releasing(context: Context, held: Held, learn: boolean): Promise<z.output<typeof released>> {
  const { actor, transport, spam } = context;
  const who = actor.user?.login ?? "An administrator";
  const { delivered } = await transport.release(held, who);
  const recipients = held.recipients.map(({ address }) => address);
  await context.record({ subject: subjectOf(held), after: { released: recipients.join(", ") } });
  // Others may get it by forwarding; what their mailboxes learn is not for him to say.
  const heldFor = new Set(held.recipients.map(({ mailbox }) => mailbox));
  const lessons = delivered.flatMap(({ mailbox, folder, uid }) => {
    const content = heldFor.has(mailbox) ? context.mailstore.contentOf(folder, uid) : undefined;
    return content === undefined ? [] : [{ mailbox, content, kind: "ham" as const }];
  });
  if (learn && lessons.length > 0) await (await spam.room()).school.learn(lessons);
  return { recipients };
}

async function removing(context: Context, id: number, mailboxes?: [number]): Promise<Record<string, never>> {
  const quarantine = await context.transport.quarantine();
  const held = quarantine.show(id, mailboxes);
  const recipients = held.recipients.map((one) => one.id);
  await context.commit((tx, note) => {
    quarantine.takeWithin(tx, id, recipients);
    note({ subject: subjectOf(held), after: { deleted: held.recipients.map(({ address }) => address).join(", ") } });
  });
  return {};
}

function lineOf(context: Context, held: Held, id: number | undefined): HeldLine {
  const { trace, at, expiresAt, sender, subject, size, reason, sentence, recipients } = held;
  return {
    ...{ id: held.id, trace, from: sender, subject, size, reason, sentence },
    ...{ at: textOfTime(at), expiresAt: textOfTime(expiresAt) },
    recipients: recipients.map(({ address }) => address),
    releasable: mayRelease(context, held, id),
  };
}

function subjectOf({ trace }: Held): string {
  return `held message ${trace}`;
}

export const quarantineOperations = [
  ...[listQuarantine, showQuarantined, releaseQuarantined, removeQuarantined],
  ...[listHeld, showHeld, releaseHeld, removeHeld],
] as const;
