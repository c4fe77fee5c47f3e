/** Which messages a form means, and what is to be done to them: those that are ticked or open, or all that a list has. */
import { z } from "zod";
import type { Mailstore } from "../../mailstore/mailstore.ts";
import { Refusal } from "../../refusal.ts";
import type { RoledFolder } from "./access.ts";
import type { Action } from "./actions.ts";
import type { Lists } from "./listing.ts";
import { momentOf } from "./moments.ts";

/** Ticked messages of one form. */
const MOST_UIDS = 1_000;

/** A message or a folder by its number, as forms send it. */
const number = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number)
  .pipe(z.number().min(1));
const chosen = z.union([z.literal("").transform(() => undefined), number]).optional();

/** The form: ticked messages, the name of a button, and where the browser was. */
export const actionForm = z.object({
  uid: z.union([number.transform((uid) => [uid]), z.array(number)]).default([]),
  /** All messages of the list, not only the ticked ones. */
  all: z.string().optional(),
  /** A ticked message stands for its conversation. */
  whole: z.string().optional(),
  /** The search whose list that is. */
  q: z.string().max(1_000).default(""),
  /** Messages with this UID or a greater one came after the list was drawn, and are not meant. */
  below: chosen,
  do: z.string().optional(),
  to: chosen,
  star: chosen,
  /** The keyword of a label, and the name of a new one. */
  label: z.string().max(128).optional(),
  labelName: z.string().max(200).default(""),
  /** A day and an hour. */
  until: z.string().max(30).default(""),
  back: z.string().optional(),
});

type Form = z.output<typeof actionForm>;

/** What a form asks for. @throws Refusal "tooMany" */
export async function actionOf(
  form: Form,
  folder: RoledFolder,
  { lists, mailstore }: { readonly lists: Lists; readonly mailstore: Mailstore },
): Promise<Action> {
  const { uid, do: button = "", to, star } = form;
  const [, ahead] = /^snooze-(\d{1,15})$/.exec(button) ?? [];
  const what = ahead === undefined ? button : "snooze";
  if (uid.length > MOST_UIDS) throw new Refusal("tooMany", `At most ${MOST_UIDS} messages at a time.`);
  const uids =
    form.all !== undefined
      ? await everything(form, folder, { lists, mailstore })
      : form.whole === undefined || OF_ONE.has(what)
        ? [...new Set(uid)]
        : await conversations(form, folder, lists);
  return { uids, what: form.label === undefined ? what || undefined : "label", to, star, ...aside(form, ahead) };
}

/** A button of the menu gives its own time; else the field counts. */
function aside({ label, labelName, until }: Form, ahead: string | undefined): Pick<Action, "label" | "until"> {
  return {
    label: label === undefined ? { name: labelName } : { keyword: label },
    until: ahead === undefined ? momentOf(until) : Number(ahead),
  };
}

/** What is done to the message itself, also where it stands for its conversation. */
const OF_ONE = new Set(["unread", "flag"]);

/** The messages of the folder that the conversations of the ticked ones had when the list was drawn. */
async function conversations({ uid, below }: Form, folder: RoledFolder, lists: Lists): Promise<number[]> {
  const ticked = new Set(uid);
  const shown = below ?? Number.POSITIVE_INFINITY;
  return [...(await lists.belonging(folder, uid))].filter((one) => one < shown || ticked.has(one));
}

async function everything(
  { q, below }: Form,
  folder: RoledFolder,
  { lists, mailstore }: { readonly lists: Lists; readonly mailstore: Mailstore },
): Promise<number[]> {
  const shown = below ?? Number.POSITIVE_INFINITY;
  if (q !== "") return (await lists.found(folder, q)).filter((uid) => uid < shown);
  const view = await mailstore.open(folder.id);
  try {
    return [...view.uids.subarray(0, below === undefined ? view.count : view.lowerBound(below))];
  } finally {
    view.close();
  }
}
