/**
 * Redirecting a message: it goes on as it is, to somebody else, and says in fields of its own who sent it on (RFC 5322 §3.6.6). Its author
 * stays its author, so that answers go to him. Mounted below /mail/compose.
 */
import type { Hono } from "hono";
import { z } from "zod";
import { MailPage } from "../../../views/webmail/page.tsx";
import { RedirectForm, type RedirectPage } from "../../../views/webmail/redirect.tsx";
import { t } from "../../../views/words/words.ts";
import { normaliseDomain } from "../../directory/address.ts";
import type { User } from "../../directory/user.ts";
import { flatten, parseAddressList } from "../../mime/addresses.ts";
import { formatDate } from "../../mime/dates.ts";
import { Header } from "../../mime/header.ts";
import { selectFields } from "../../mime/section.ts";
import { addressField, formatAddress, formatAddressList, formatSpec, structuredField } from "../../mime/write.ts";
import { Refusal } from "../../refusal.ts";
import type { Posting } from "../../transport/later/post.ts";
import { localPath, signedIn, type WebContext, type WebEnv } from "../context.ts";
import { asked, posted, whole } from "../form.ts";
import type { Messages, StoredMessage } from "./message.ts";
import { oneLine } from "./names.ts";
import { addressNamed, judged, originOf, type Recipients } from "./recipients.ts";
import { messageNamed, type Webmail } from "./room.ts";

/** "3.17": which message it is. */
const reference = z.string().max(40);
const openQuery = z.object({ message: reference });
const redirectForm = z.object({
  message: reference,
  /** Made with the page, so that a second press of the button sends nothing. */
  key: z.uuid(),
  from: z.string().max(1_000),
  to: z.string().max(20_000),
  back: z.string().optional(),
});

/** Fields that say how this copy came here, or who else got it; they are not for whoever gets it now. */
const LEFT_BEHIND = ["return-path", "delivered-to", "bcc", "resent-bcc", "authentication-results"];
/** Octets; no honest header is larger. */
const LARGEST_HEADER = 1_000_000;
const REMEMBERED = 500;

/** The routes of redirecting, beside those of writing. */
export function redirectRoutes(app: Hono<WebEnv>, webmail: Webmail) {
  const { deps, sessions } = webmail.front;
  const done = new Set<string>();

  app.get("/redirect", asked(openQuery), async (c) => {
    const { message } = c.req.valid("query");
    const stored = await messageNamed(webmail, signedIn(c).user, message);
    const back = localPath(URL.parse(c.req.header("referer") ?? "")?.pathname, "/mail");
    const from = deps.directory.identities.of(signedIn(c).user.id)[0]?.address ?? "";
    return show(c, webmail, stored, { message, key: crypto.randomUUID(), from, to: "", back, errors: {} });
  });

  app.post("/redirect", posted(redirectForm), async (c) => {
    const { user, session } = signedIn(c);
    const form = whole(c.req.valid("form"));
    const back = localPath(form.back, "/mail");
    const message = await messageNamed(webmail, user, form.message);
    const origin = originOf(c);
    const named = { from: form.from, to: form.to, cc: "", bcc: "" };
    const { recipients, errors } = await judged(deps, user, named, origin);
    refuseAnother(webmail, user, message);
    if (Object.keys(errors).length > 0) return show(c, webmail, message, { ...form, back, errors });
    const once = `${user.id} ${form.key}`;
    if (!done.has(once)) {
      done.add(once);
      if (done.size > REMEMBERED) done.delete(done.values().next().value ?? "");
      const octets = resent(webmail.messages, message, recipients, form.key, deps.now());
      try {
        await deps.transport.post(user, postingOf(webmail, c, message, recipients, form.key), octets, origin);
      } catch (error) {
        done.delete(once);
        if (!(error instanceof Refusal)) throw error;
        return show(c, webmail, message, { ...form, back, errors: { to: t(error.sentence) } });
      }
    }
    sessions.leave(session.id, { kind: "ok", text: t("The message is on its way to {people}.", { people: form.to }) });
    return c.redirect(back, 303);
  });
}

/**
 * Refuses what says that it is from somebody else of this house: it would leave with the word of his domain that he wrote it (RFC 6376 §1.2),
 * and what lies in one's own mailbox one may have written oneself.
 * @throws Refusal "notPermitted"
 */
function refuseAnother({ front: { deps }, messages }: Webmail, user: User, message: StoredMessage): void {
  const { directory } = deps;
  const header = new Header(headerOctets(messages, message));
  const ours = (written: string) => {
    // The dot at the end means the root of all names, and is shown to nobody.
    const domain = normaliseDomain(written.replace(/[.\u3002\uff0e\uff61\s]+$/, "")) ?? written.toLowerCase();
    for (let name = domain; name !== ""; name = name.slice(name.indexOf(".") + 1 || name.length))
      if (directory.domains.byName(name) !== undefined) return true;
    return false;
  };
  const authors = ["from", "sender"].flatMap((name) => header.getAll(name)).flatMap((text) => parseAddressList(text));
  const another = flatten(authors).find((one) => ours(one.domain) && !directory.maySendAs(user.id, formatSpec(one)));
  if (another !== undefined)
    throw new Refusal("notPermitted", "Somebody else here is named as its author. Forward the message instead.");
}

function show(
  c: WebContext,
  webmail: Webmail,
  { envelope }: StoredMessage,
  form: Pick<RedirectPage, "message" | "key" | "from" | "to" | "back" | "errors">,
): Response | Promise<Response> {
  const author = flatten(envelope.from)[0];
  const page: RedirectPage = {
    ...form,
    subject: oneLine(envelope.subject, 200),
    author: author === undefined ? "" : oneLine(author.name || formatSpec(author), 200),
    identities: webmail.front.deps.directory.identities.of(signedIn(c).user.id).map(({ name, address }) => ({
      address,
      label: formatAddress(addressNamed(name, address)),
    })),
    csrf: c.get("csrf"),
  };
  const around = webmail.around(c, undefined);
  const { assets } = around.frame;
  const shelf = c.get("assets");
  const styles = [...(assets.styles ?? []), shelf.address("compose.css")];
  const scripts = [...assets.scripts, shelf.address("complete.js")];
  const frame = { ...around.frame, assets: { ...assets, styles, scripts } };
  const main = { kind: "other", title: t("Redirect"), content: <RedirectForm page={page} /> } as const;
  return c.html(
    <MailPage around={{ ...around, frame }} main={main} />,
    Object.keys(form.errors).length > 0 ? 422 : 200,
  );
}

function postingOf(
  { access }: Webmail,
  c: WebContext,
  { folder, uid, envelope }: StoredMessage,
  { from, to }: Recipients,
  key: string,
): Posting {
  const reversePath = formatSpec(from);
  const everybody = to.map(formatSpec);
  const { user } = signedIn(c);
  return {
    ...{ key, reversePath, recipients: [...new Set(everybody)], subject: oneLine(envelope.subject, 900) },
    smtputf8: [reversePath, ...everybody].some((address) =>
      /[^\x20-\x7e]/.test(address.slice(0, address.lastIndexOf("@"))),
    ),
    bcc: "",
    to: oneLine(formatAddressList(to), 500),
    people: to.map((person) => ({ address: formatSpec(person), name: oneLine(person.name, 200) })),
    draft: null,
    about: access.permits(user, access.folder(user, folder), "w") ? { kind: "forward", folder, uid } : null,
  };
}

/** The octets of a message with the fields of one who sends it on in front. */
async function* resent(
  messages: Messages,
  message: StoredMessage,
  { from, to }: Recipients,
  key: string,
  now: number,
): AsyncGenerator<Uint8Array> {
  const fields =
    structuredField("Resent-Date", formatDate(now)) +
    addressField("Resent-From", [from]) +
    addressField("Resent-To", to) +
    structuredField("Resent-Message-ID", `<${key}@${from.domain}>`);
  yield Buffer.from(fields, "latin1");
  yield selectFields(headerOctets(messages, message), LEFT_BEHIND, true);
  yield* messages.stream(message.content, message.structure.root.bodyStart);
}

/** All of a header. @throws Refusal "invalid" where it is too long */
function headerOctets(messages: Messages, { content, structure: { root } }: StoredMessage): Uint8Array {
  if (root.bodyStart - root.headerStart <= LARGEST_HEADER)
    return messages.read(content, root.headerStart, root.bodyStart);
  throw new Refusal("invalid", "The header of this message is too long to send it on.");
}
