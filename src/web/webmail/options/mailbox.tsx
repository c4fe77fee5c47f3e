/**
 * The pages of a mailbox in its owner's hands. Which there are, and what a form may change, the operations decide; a mailbox that is
 * somebody else's looks as one that does not exist, also to administrators, who change it in the administration.
 */
import { Hono } from "hono";
import { z } from "zod";
import { Autoreply, Forwarding } from "../../../../views/webmail/options-arriving.tsx";
import { type ExpiryRow, MessageExpiry, Sharing } from "../../../../views/webmail/options-keeping.tsx";
import { type MailboxHead, MailboxOptions, MailboxPassword } from "../../../../views/webmail/options-mailbox.tsx";
import { folderName } from "../../../../views/words/folders.ts";
import { said, t, tn } from "../../../../views/words/words.ts";
import { shareFolder, unshareFolder } from "../../../administration/mail/folder-shares.ts";
import type { Changeable } from "../../../administration/mail/mailbox-rules.ts";
import type { MailboxView } from "../../../administration/mail/mailbox-view.ts";
import { passwordOfMailbox, setMailbox, showMailbox } from "../../../administration/mail/mailboxes.ts";
import { PRESET_NAMES, PRESET_WORDS } from "../../../administration/mail/rights.ts";
import { shareMailbox, unshareMailbox } from "../../../administration/mail/shares.ts";
import { Refusal } from "../../../refusal.ts";
import { sendOn, type WebContext, type WebEnv } from "../../context.ts";
import { folderShareForm, folderSharingOf, folderUnshareForm, marksForm, rightsInWords } from "../../folder-sharing.ts";
import { type Errors, type Fields, lines, posted, ticked, whole } from "../../form.ts";
import { archivePages } from "./archive.tsx";
import { ownCollectionPages } from "./collection.tsx";
import { heldPages } from "./held.tsx";
import { junkPages } from "./junk.tsx";
import { mailFilePages } from "./mail-files.tsx";
import { confirmFor, type Desk, mailboxHref, type Office, problemOf } from "./office.tsx";
import { ownRulePages } from "./rules.tsx";
import { ownScriptPages } from "./scripts.tsx";
import { temporaryPages } from "./temporary.tsx";

const descriptionForm = z.strictObject({ description: z.string() });
const passwordForm = z.strictObject({ password: z.string().max(1024).min(1, "Type a password.") });
const forwardingForm = z.strictObject({
  ...{ enabled: ticked, addresses: lines, keepCopy: ticked },
  sender: z.string().max(320),
});
const switchForm = z.object({ enabled: ticked, startsAt: z.string(), endsAt: z.string() });
const textForm = z.object({
  subject: z.string(),
  text: z.string().transform((text) => text.replace(/\r\n?/g, "\n")),
  periodDays: z.coerce.number("Give a number of days."),
  doNotRespond: lines,
});
const column = z.union([z.string().transform((one) => [one]), z.array(z.string())]).default([]);
const expiryForm = z.strictObject({ folder: column, days: column, action: column });
const shareForm = z.strictObject({
  login: z.string().trim().min(1, "Name the user by the login name.").max(512),
  rights: z.string().max(20),
});
const unshareForm = z.strictObject({ login: z.string().max(512) });

/** A page of one mailbox: who sees it, the mailbox, and the head of its pages. */
interface Place extends Desk {
  readonly view: MailboxView;
  readonly head: MailboxHead;
}

/** Routes below /mail/options/mailboxes. */
export const mailboxRoutes = (office: Office): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const at = "/:mailbox{\\d+}";

  /** A mailbox of the signed-in user, in which he may change one of these. @throws Refusal "notPermitted" */
  const place = async (c: WebContext, page: string, ...oneOf: readonly Changeable[]): Promise<Place> => {
    const id = Number(c.req.param("mailbox"));
    const href = mailboxHref(id);
    const desk = await office.desk(c, page === "" ? href : `${href}/${page}`);
    const own = desk.self.mailboxes.find((one) => one.id === id);
    if (own === undefined) throw new Refusal("notPermitted", "This mailbox is not yours.");
    if (oneOf.length > 0 && !oneOf.some((what) => own.changeable.includes(what)))
      throw new Refusal("notPermitted", "Your account may not change this. Ask the administrator for the permission.");
    return { ...desk, view: await office.perform(c, showMailbox, { id }), head: { id, label: own.label, href } };
  };

  const overview = (c: WebContext, { frame, view, head }: Place, errors: Errors = {}, fields: Fields = {}) => {
    const page = {
      ...head,
      ...{ description: fields.description ?? view.description, errors, facts: factsOf(view) },
      mayDescribe: view.changeable.includes("description"),
      addresses: view.addresses.map(({ address, primary }) => ({ address, note: primary ? t("return address") : "" })),
      ...{ messages: view.messages, size: view.size, fill: view.fill, folders: view.folders.map(named) },
      ...{ mostMessages: view.effectiveQuota.messages, mostOctets: view.effectiveQuota.octets },
    };
    return office.show(c, head.label, <MailboxOptions frame={frame} page={page} />, errors);
  };

  app.get(at, async (c) => overview(c, await place(c, "")));

  app.post(`${at}/description`, posted(descriptionForm), async (c) => {
    const here = await place(c, "", "description");
    const form = c.req.valid("form");
    try {
      await office.perform(c, setMailbox, { id: here.head.id, ...whole(form) });
      return office.done(c, t("The description is changed."), here.head.href);
    } catch (thrown) {
      return overview(c, here, problemOf(thrown), form.fields);
    }
  });

  passwordPages(app, office, place);
  forwardingPages(app, office, place);
  replyPages(app, office, place);
  expiryPages(app, office, place);
  sharingPages(app, office, place);
  junkPages(app, office, place);
  temporaryPages(app, office, place);
  heldPages(app, office, place);
  ownRulePages(app, office, place);
  ownScriptPages(app, office, place);
  ownCollectionPages(app, office, place);
  archivePages(app, office, place);
  mailFilePages(app, office, place);
  return app;
};

export type Places = (c: WebContext, page: string, ...oneOf: readonly Changeable[]) => Promise<Place>;

const AT = "/:mailbox{\\d+}";

const named = ({ name, ...folder }: MailboxView["folders"][number]) => ({
  ...folder,
  name: folderName(name),
});

/** What holds for a mailbox though its owner may not change it. */
function factsOf({ forwarding, changeable, autoresponder }: MailboxView): string[] {
  const facts: string[] = [];
  if (forwarding.enabled && forwarding.addresses.length > 0 && !changeable.includes("forwarding"))
    facts.push(
      t("Mail is forwarded to {addresses}, as your administrator has set it.", {
        addresses: forwarding.addresses.join(", "),
      }),
    );
  if (autoresponder.answers && !changeable.some((what) => what.startsWith("autoresponder")))
    facts.push(t("Mail is answered automatically, as your administrator has set it."));
  return facts;
}

function passwordPages(app: Hono<WebEnv>, office: Office, place: Places) {
  const show = (c: WebContext, { frame, view, head }: Place, errors: Errors = {}) => {
    const page = { ...head, login: view.login, hasPassword: view.hasPassword, errors };
    return office.show(c, t("Mailbox password"), <MailboxPassword frame={frame} page={page} />, errors);
  };
  app.get(`${AT}/password`, async (c) => show(c, await place(c, "password", "password")));
  app.post(`${AT}/password`, posted(passwordForm), async (c) => {
    const here = await place(c, "password", "password");
    const confirm = confirmFor(c, office, here.frame.here);
    if (confirm !== undefined) return sendOn(c, confirm);
    const form = c.req.valid("form");
    if (!form.ok) return show(c, here, form.errors);
    try {
      await office.perform(c, passwordOfMailbox, { id: here.head.id, ...form.value });
      return office.done(c, t("The mailbox's password is set."), here.frame.here);
    } catch (thrown) {
      const { "": sentence = "" } = problemOf(thrown);
      return show(c, here, { password: sentence });
    }
  });
  app.post(`${AT}/password/remove`, async (c) => {
    const here = await place(c, "password", "password");
    const confirm = confirmFor(c, office, here.frame.here);
    if (confirm !== undefined) return sendOn(c, confirm);
    await office.perform(c, passwordOfMailbox, { id: here.head.id, password: null });
    return office.done(c, t("The mailbox's password is taken away."), here.frame.here);
  });
}

function forwardingPages(app: Hono<WebEnv>, office: Office, place: Places) {
  const show = (c: WebContext, here: Place, errors: Errors = {}, fields?: Fields) => {
    const { frame, head, self, view } = here;
    const { forwarding } = view;
    const page = {
      ...head,
      ...{ errors, own: self.addresses.filter((address) => !address.includes("*")) },
      enabled: fields === undefined ? forwarding.enabled : fields.enabled !== undefined,
      keepCopy: fields === undefined ? forwarding.keepCopy : fields.keepCopy !== undefined,
      addresses: fields?.addresses ?? forwarding.addresses.join("\n"),
      sender: fields?.sender ?? forwarding.sender,
    };
    return office.show(c, t("Forwarding"), <Forwarding frame={frame} page={page} />, errors);
  };
  app.get(`${AT}/forwarding`, async (c) => show(c, await place(c, "forwarding", "forwarding")));
  app.post(`${AT}/forwarding`, posted(forwardingForm), async (c) => {
    const here = await place(c, "forwarding", "forwarding");
    const form = c.req.valid("form");
    try {
      const { forwarding } = await office.perform(c, setMailbox, { id: here.head.id, forwarding: whole(form) });
      const text = forwarding.enabled ? t("Your mail is forwarded now.") : t("Your mail is not forwarded.");
      return office.done(c, text, here.frame.here);
    } catch (thrown) {
      return show(c, here, problemOf(thrown), form.fields);
    }
  });
}

/** A date as the field of a form has it; "" for none. Days are those where the server is. */
function dateOf(time: string | null): string {
  if (time === null) return "";
  const day = new Date(time);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

function replyPages(app: Hono<WebEnv>, office: Office, place: Places) {
  const show = (c: WebContext, { frame, view, head }: Place, errors: Errors = {}, fields?: Fields) => {
    const { autoresponder } = view;
    const page = {
      ...{ ...head, errors },
      enabled: fields === undefined ? autoresponder.enabled : fields.enabled !== undefined,
      startsAt: fields?.startsAt ?? dateOf(autoresponder.startsAt),
      endsAt: fields?.endsAt ?? dateOf(autoresponder.endsAt),
      subject: fields?.subject ?? autoresponder.subject,
      text: fields?.text ?? autoresponder.text,
      periodDays: fields?.periodDays ?? String(autoresponder.periodDays),
      doNotRespond: fields?.doNotRespond ?? autoresponder.doNotRespond.join("\n"),
      maySwitch: view.changeable.includes("autoresponderSwitch"),
      mayWrite: view.changeable.includes("autoresponderText"),
    };
    return office.show(c, t("Out-of-office reply"), <Autoreply frame={frame} page={page} />, errors);
  };
  const open = (c: WebContext) => place(c, "reply", "autoresponderSwitch", "autoresponderText");

  app.get(`${AT}/reply`, async (c) => show(c, await open(c)));
  app.post(`${AT}/reply`, posted(z.looseObject({})), async (c) => {
    const here = await open(c);
    const { fields } = c.req.valid("form");
    const parsed = replyFrom(fields);
    if ("errors" in parsed) return show(c, here, parsed.errors, fields);
    try {
      const after = await office.perform(c, setMailbox, { id: here.head.id, autoresponder: parsed.change });
      const text = after.autoresponder.enabled
        ? after.autoresponder.answers
          ? t("Your mail is answered from now on.")
          : t("Your mail will be answered when the day has come.")
        : t("Your mail is not answered automatically.");
      return office.done(c, text, here.frame.here);
    } catch (thrown) {
      return show(c, here, problemOf(thrown), fields);
    }
  });
}

/**
 * What a form says of the autoresponder. The form has the fields that its writer may change; whoever sends others as well asks for
 * them too, and the operation refuses him.
 */
function replyFrom(fields: Fields): { change: z.input<typeof setMailbox.input>["autoresponder"] } | { errors: Errors } {
  const switches =
    "startsAt" in fields || "enabled" in fields
      ? switchForm.safeParse({ startsAt: "", endsAt: "", ...fields })
      : undefined;
  const words =
    "text" in fields || "subject" in fields
      ? textForm.safeParse({ subject: "", periodDays: "7", doNotRespond: "", text: "", ...fields })
      : undefined;
  const errors: Errors = {};
  for (const issue of [...(switches?.error?.issues ?? []), ...(words?.error?.issues ?? [])])
    errors[issue.path.map(String).join(".")] ??= issue.message;
  if (Object.keys(errors).length > 0) return { errors };
  const { enabled, startsAt, endsAt } = switches?.data ?? {};
  return {
    change: {
      ...(switches?.data && { enabled, startsAt: startsAt || null, endsAt: endsAt || null }),
      ...words?.data,
    },
  };
}

function expiryPages(app: Hono<WebEnv>, office: Office, place: Places) {
  const show = (c: WebContext, { frame, view, head }: Place, errors: Errors = {}, rows?: readonly ExpiryRow[]) => {
    const stored = view.expiry.map(({ days, ...rule }) => ({ ...rule, days: String(days) }));
    const own = new Set(view.expiry.map(({ folder }) => folder));
    const page = {
      ...{ ...head, errors },
      rows: [...(rows ?? stored), { folder: "", days: "", action: "archive" } as const],
      folders: view.folders.map(({ name }) => name),
      inherited: view.effectiveExpiry
        .filter(({ folder }) => !own.has(folder))
        .map(({ folder, days, action }) => {
          const where = folder === "*" ? t("Every other folder") : folder;
          return action === "archive"
            ? tn(days, "{where}: moved to the archive after {n} day", "{where}: moved to the archive after {n} days", {
                where,
              })
            : tn(days, "{where}: deleted for good after {n} day", "{where}: deleted for good after {n} days", {
                where,
              });
        }),
    };
    return office.show(c, t("Message expiry"), <MessageExpiry frame={frame} page={page} />, errors);
  };
  app.get(`${AT}/expiry`, async (c) => show(c, await place(c, "expiry", "expiry")));
  app.post(`${AT}/expiry`, posted(expiryForm), async (c) => {
    const here = await place(c, "expiry", "expiry");
    const { folder, days, action } = whole(c.req.valid("form"));
    const rows = folder.map((name, at): ExpiryRow => {
      return { folder: name, days: days[at]?.trim() ?? "", action: action[at] === "delete" ? "delete" : "archive" };
    });
    const wanted = rows.filter((row) => row.days !== "");
    const unnamed = wanted.some((row) => row.folder === "");
    const wrong = wanted.find((row) => !/^[1-9]\d{0,3}$/.test(row.days));
    if (unnamed || wrong !== undefined) {
      const rules = unnamed ? t("Choose the folder of each rule.") : t("Days are a whole number from 1 to 9999.");
      return show(c, here, { rules }, wanted);
    }
    const expiry = wanted.map((row) => ({ ...row, days: Number(row.days) }));
    try {
      await office.perform(c, setMailbox, { id: here.head.id, expiry });
      const text = expiry.length === 0 ? t("No message expires by your rules.") : t("The rules are saved.");
      return office.done(c, text, here.frame.here);
    } catch (thrown) {
      return show(c, here, problemOf(thrown), wanted);
    }
  });
}

function sharingPages(app: Hono<WebEnv>, office: Office, place: Places) {
  type Refused = Parameters<typeof folderSharingOf>[3];
  const show = (c: WebContext, here: Place, errors: Errors = {}, fields: Fields = {}, refused?: Refused) => {
    const { frame, view, head } = here;
    const page = {
      ...{ ...head, errors, login: fields.login ?? "", rights: fields.rights ?? "read" },
      folderSharing: folderSharingOf(view, `${head.href}/sharing`, frame.csrf, refused),
      shares: view.shares.map(({ rights, preset, ...who }) => ({
        ...{ ...who, preset },
        words: preset === null ? rightsInWords(rights) : said(PRESET_WORDS[preset]),
      })),
      presets: PRESET_NAMES.map((value) => ({ value, label: said(PRESET_WORDS[value]) })),
    };
    return office.show(c, t("Sharing"), <Sharing frame={frame} page={page} />, errors);
  };
  app.get(`${AT}/sharing`, async (c) => {
    const here = await place(c, "sharing", "sharing");
    // Webmail's folders lead here, each with its name.
    const folder = c.req.query("folder")?.slice(0, 1_000);
    return show(c, here, {}, {}, folder === undefined ? undefined : { typed: { folder }, problem: "" });
  });
  app.post(`${AT}/sharing`, posted(shareForm), async (c) => {
    const here = await place(c, "sharing", "sharing");
    const form = c.req.valid("form");
    if (!form.ok) return show(c, here, form.errors, form.fields);
    try {
      await office.perform(c, shareMailbox, { id: here.head.id, ...form.value });
      return office.done(c, t("{login} reaches this mailbox now.", { login: form.value.login }), here.frame.here);
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown;
      return show(c, here, { login: thrown.sentence }, form.fields);
    }
  });
  app.post(`${AT}/sharing/remove`, posted(unshareForm), async (c) => {
    const here = await place(c, "sharing", "sharing");
    const { login } = whole(c.req.valid("form"));
    await office.perform(c, unshareMailbox, { id: here.head.id, login });
    return office.done(c, t("{login} no longer reaches this mailbox.", { login }), here.frame.here);
  });
  app.post(`${AT}/sharing/folder`, posted(folderShareForm), async (c) => {
    const here = await place(c, "sharing", "sharing");
    const form = c.req.valid("form");
    const refuse = (problem: string) => show(c, here, { "": problem }, {}, { typed: form.fields, problem });
    if (!form.ok) return refuse(form.errors.who ?? t("Choose a folder and what may be done there."));
    const { folder, who, may } = form.value;
    try {
      await office.perform(c, shareFolder, { id: here.head.id, folder, name: who, rights: may });
      return office.done(c, t("{who} has rights of its own in {folder}.", { who, folder }), here.frame.here);
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown;
      return refuse(thrown.sentence);
    }
  });
  app.post(`${AT}/sharing/folder/remove`, posted(folderUnshareForm), async (c) => {
    const here = await place(c, "sharing", "sharing");
    const { folder, who } = whole(c.req.valid("form"));
    await office.perform(c, unshareFolder, { id: here.head.id, folder, name: who });
    return office.done(c, t("In {folder}, {who} may what the mailbox says.", { folder, who }), here.frame.here);
  });
  app.post(`${AT}/sharing/marks`, posted(marksForm), async (c) => {
    const here = await place(c, "sharing", "sharing");
    const { ownReadMarks } = whole(c.req.valid("form"));
    await office.perform(c, setMailbox, { id: here.head.id, ownReadMarks });
    const now = ownReadMarks ? t("Each reader has own read marks now.") : t("Read marks are for all readers now.");
    return office.done(c, now, here.frame.here);
  });
}
