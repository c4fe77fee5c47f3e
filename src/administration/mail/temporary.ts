/** Addresses that end by themselves, in their owner's hands: he makes, notes, extends and ends them without anybody's help. */
import { z } from "zod";
import type { Alias } from "../../directory/directory.ts";
import { directorySettings } from "../../directory/settings.ts";
import { MOST_DAYS, opaqueLocal } from "../../directory/temporary.ts";
import { hasControls } from "../../directory/validate.ts";
import { Refusal } from "../../refusal.ts";
import { type Context, operation } from "../operation.ts";
import { lastMoment, textOfTime, timeText } from "../values.ts";
import { reached } from "./mailbox-rules.ts";

const addressView = z.object({
  address: z.string(),
  note: z.string(),
  expiresAt: timeText,
  ended: z.boolean().describe("It takes no mail any more; it can be extended."),
  createdAt: timeText,
});
export type TemporaryView = z.output<typeof addressView>;

const id = z.coerce.number().int().min(1).describe("The mailbox's number.");
const address = z.string().trim().min(3).max(320);
const days = z.coerce
  .number("Give a number of days.")
  .int()
  .min(1, "At least one day.")
  .max(MOST_DAYS, `At most ${MOST_DAYS} days.`)
  .describe("For how many days from now.");
const note = z
  .string()
  .trim()
  .max(200, "A note has at most 200 characters.")
  .refine((text) => !hasControls(text), "A note is a single line.")
  .describe("Such as what the address is used for.");
const end = { days: days.optional(), until: lastMoment.optional() };

/** Temporary addresses that one mailbox has at once. */
const MOST = 1_000;
const DAY_MS = 86_400_000;
const USUAL_DAYS = 60;

export const listTemporary = operation({
  name: "temporary.list",
  summary: "Lists a mailbox's addresses that end by themselves, those that have ended too.",
  http: "GET /mailboxes/{id}/temporary",
  scope: "self:read",
  who: "user",
  input: z.strictObject({ id }),
  output: z.object({ addresses: z.array(addressView), allowed: z.boolean().describe("Further ones can be made.") }),
  run(context, { id }) {
    reached(context, id, "mail:read");
    return {
      addresses: endingOf(context, id)
        .sort((left, right) => right.expiresAt - left.expiresAt)
        .map((one) => viewOf(context, one)),
      allowed: context.store.settings.get(directorySettings).temporaryAddresses,
    };
  },
});

export const addTemporary = operation({
  name: "temporary.add",
  summary:
    "Makes an address that says nothing of whose it is and ends by itself, in 60 days where nothing else is said.",
  http: "POST /mailboxes/{id}/temporary",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ id, ...end, note: note.default("") }),
  output: addressView,
  async run(context, { id, note: text, ...wanted }) {
    const expiresAt = endOf(context, wanted) ?? context.now() + USUAL_DAYS * DAY_MS;
    return await context.commit((tx, note) => {
      const { mailbox } = reached(context, id, "mail:write");
      if (!context.store.settings.get(directorySettings).temporaryAddresses)
        throw new Refusal("notPermitted", "Temporary addresses are switched off on this server.");
      if (endingOf(context, id).filter((one) => one.expiresAt > context.now()).length >= MOST)
        throw new Refusal("tooMany", `This mailbox has ${MOST} temporary addresses. End some of them first.`);
      const { aliases } = context.directory;
      const own = aliases.list({ mailboxId: mailbox.id }).find(({ primary }) => primary)?.address;
      const domain = own?.slice(own.lastIndexOf("@") + 1) ?? context.directory.domains.primary()?.name;
      if (domain === undefined) throw new Refusal("invalid", "There is no domain for such an address.");
      const made = aliases.addWithin(tx, `${opaqueLocal()}@${domain}`, id, { expiresAt, note: text, exclusive: true });
      note({ subject: `address ${made.address}`, after: recorded(made) });
      return viewOf(context, ending(made));
    });
  },
});

export const setTemporary = operation({
  name: "temporary.set",
  summary: "Changes the note of an address that ends by itself, or when it ends; one that has ended begins anew.",
  http: "PATCH /mailboxes/{id}/temporary/{address}",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ id, address, ...end, note: note.optional() }),
  output: addressView,
  run: (context, { id, address, note: text, ...wanted }) => {
    const expiresAt = endOf(context, wanted);
    const patch = { ...(expiresAt !== undefined && { expiresAt }), ...(text !== undefined && { note: text }) };
    return change(context, id, address, patch);
  },
});

export const endTemporary = operation({
  name: "temporary.end",
  summary: "Ends a temporary address now: mail to it is refused from then on, and nobody else gets it.",
  http: "DELETE /mailboxes/{id}/temporary/{address}",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ id, address }),
  output: addressView,
  run: (context, { id, address }) => change(context, id, address, { expiresAt: context.now() }),
});

type Ending = Alias & { readonly expiresAt: number };

async function change(
  context: Context,
  id: number,
  address: string,
  patch: { expiresAt?: number; note?: string },
): Promise<TemporaryView> {
  return await context.commit((tx, note) => {
    reached(context, id, "mail:write");
    const before = endingOf(context, id).find((one) => one.address.toLowerCase() === address.toLowerCase());
    if (before === undefined) throw new Refusal("notFound", `${address} is no temporary address of this mailbox.`);
    const after = context.directory.aliases.updateWithin(tx, before.address, id, patch);
    note({ subject: `address ${after.address}`, before: recorded(before), after: recorded(after) });
    return viewOf(context, ending(after));
  });
}

function endingOf({ directory }: Context, id: number): Ending[] {
  return directory.aliases.list({ mailboxId: id }).filter((one): one is Ending => one.expiresAt !== null);
}

function ending(alias: Alias): Ending {
  return { ...alias, expiresAt: alias.expiresAt ?? 0 };
}

/** When it is to end; undefined where nothing was said. @throws Refusal "invalid" */
function endOf({ now }: Context, { days, until }: { days?: number | undefined; until?: number | undefined }) {
  if (days !== undefined && until !== undefined)
    throw new Refusal("invalid", "Say for how many days, or until when, not both.", { field: "days" });
  if (until !== undefined && until <= now())
    throw new Refusal("invalid", "That day is over. An address ends in the future, or is ended now.", {
      field: "until",
    });
  return days === undefined ? until : now() + days * DAY_MS;
}

function viewOf({ now }: Context, { address, note, expiresAt, createdAt }: Ending): TemporaryView {
  return {
    ...{ address, note, ended: expiresAt <= now() },
    expiresAt: textOfTime(expiresAt),
    createdAt: textOfTime(createdAt),
  };
}

function recorded({ mailboxId, expiresAt, note }: Alias): object {
  return { mailbox: mailboxId, expiresAt: textOfTime(expiresAt), note };
}

export const temporaryOperations = [listTemporary, addTemporary, setTemporary, endTemporary] as const;
