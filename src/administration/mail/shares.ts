/** Sharing of whole mailboxes: whom the owner, or whoever looks after him, lets in, and with which rights (RFC 4314). */
import { z } from "zod";
import { ANYONE } from "../../directory/mailboxes.ts";
import { Refusal } from "../../refusal.ts";
import { managedUser, type Standing } from "../may.ts";
import { type Context, operation } from "../operation.ts";
import { mayChange, reached } from "./mailbox-rules.ts";
import { mailboxView, sharesOf, subjectOfMailbox } from "./mailbox-view.ts";
import { PRESET_NAMES, rightsOf } from "./rights.ts";

const id = z.number().int().min(1).describe("The mailbox's number.");
const login = z
  .string()
  .trim()
  .min(1, "Name the user by the login name.")
  .max(512)
  .describe("A login name, or anyone for everybody who signs in.");
const shares = z.object({ shares: mailboxView.shape.shares });

export const listShares = operation({
  name: "mailbox.shares",
  summary: "Lists who else reaches a mailbox, and with which rights.",
  http: "GET /mailboxes/{id}/shares",
  scope: "self:read",
  who: "user",
  input: z.strictObject({ id }),
  output: shares,
  run(context, { id }) {
    const { standing } = reached(context, id, "mail:read");
    return { shares: sharesOf(context, id, standing) };
  },
});

export const shareMailbox = operation({
  name: "mailbox.share",
  summary: "Lets a user, or anyone, reach a whole mailbox with certain rights; those he had before are replaced.",
  http: "PUT /mailboxes/{id}/shares/{login}",
  scope: "self:write",
  who: "user",
  input: z.strictObject({
    id,
    login,
    rights: z
      .string()
      .max(20)
      .describe(`Letters of RFC 4314, or ${PRESET_NAMES.join(", ")}.`),
  }),
  output: shares,
  run(context, { id, login, rights: text }) {
    const rights = rightsOf(text);
    if (rights === undefined)
      throw new Refusal("invalid", `Rights are ${PRESET_NAMES.join(", ")}, or letters of lrswipkxtea.`);
    return changed(context, id, login, rights);
  },
});

export const unshareMailbox = operation({
  name: "mailbox.unshare",
  summary: "Takes a user's rights on a mailbox away.",
  http: "DELETE /mailboxes/{id}/shares/{login}",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ id, login }),
  output: shares,
  run: (context, { id, login }) => changed(context, id, login, ""),
});

async function changed(context: Context, id: number, login: string, rights: string) {
  const { directory } = context;
  return await context.commit((tx, note) => {
    const { mailbox, owner, standing } = reached(context, id, "mail:write");
    mayChange(context, owner, standing, "sharing");
    const user = userNamed(context, login, standing);
    const before = directory.mailboxes.shares({ mailbox: id }).find(({ userId }) => userId === user.id)?.rights;
    if (rights === "" && before === undefined)
      throw new Refusal("notFound", `This mailbox is not shared with ${user.login}.`);
    directory.mailboxes.shareWithin(tx, id, user.id, rights);
    note({
      subject: subjectOfMailbox(context, mailbox),
      before: { [`rights of ${user.login}`]: before ?? "" },
      after: { [`rights of ${user.login}`]: rights },
    });
    return { shares: sharesOf(context, id, standing) };
  });
}

/**
 * Owners share with anybody whose login name they know, or with everybody; whoever looks after some domains only with people there.
 */
export function userNamed(context: Context, login: string, standing: Standing): { id: number; login: string } {
  if (login.toLowerCase() === ANYONE) {
    if (standing === "manager" && context.reach !== "all")
      throw new Refusal("notPermitted", "You can share only with people you look after, not with everybody.");
    return { id: context.directory.mailboxes.anyone, login: ANYONE };
  }
  if (standing === "manager") return managedUser(context, login);
  const user = context.directory.users.get(login);
  if (user?.kind !== "user") throw new Refusal("notFound", `Nobody here signs in as “${login}”.`);
  return user;
}
