/**
 * The compose form's addresses: opening it, saving (by itself while one types), attaching, removing, sending, discarding. The form is
 * read as it arrives, fields first and files last, so that files go from the browser into the stored message in one pass.
 */

import { Hono } from "hono";
import { z } from "zod";
import { ComposeFiles, type ComposePage, DraftState } from "../../../views/webmail/compose.tsx";
import { Suggestions } from "../../../views/webmail/suggestions.tsx";
import { completeAddress } from "../../administration/users/contacts.ts";
import type { User } from "../../directory/directory.ts";
import { type Address, flatten, parseAddressList } from "../../mime/addresses.ts";
import { attachmentsOf } from "../../mime/attachments.ts";
import { formatAddress, formatSpec } from "../../mime/write.ts";
import { Refusal } from "../../refusal.ts";
import type { Origin } from "../../transport/envelope.ts";
import { actorOf, localPath, sendOn, signedIn, type WebContext, type WebEnv } from "../context.ts";
import { asked } from "../form.ts";
import type { LetterFile } from "./composition.ts";
import { Desk, filesOf, type Recipients, type Sheet, subjectOf, subjectText } from "./desk.ts";
import { nameOf } from "./display.ts";
import type { StoredMessage } from "./message.ts";
import { boundaryOf, type FilePart, readMultipart } from "./multipart.ts";
import { fileName, humanSize, oneLine } from "./names.ts";
import { type About, emptyFields, type Fields, fromMailto, prefilled } from "./prefill.ts";
import { webmailSettings } from "./settings.ts";
import type { Webmail } from "./webmail.tsx";

/** What the form is opened with: a draft, a message to answer or to forward, or a mailto: link. */
const openQuery = z
  .object({ draft: z.string(), key: z.string(), mailto: z.string() })
  .extend({ reply: z.string(), all: z.string(), forward: z.string() })
  .partial();

/** The beginning of an address that is to be completed; more than this is no beginning. */
const completeQuery = z.object({ typed: z.string().transform((text) => text.slice(0, 200)) });

/** A form as it was sent: its fields, and its files while they arrive. */
interface Sent {
  readonly values: Readonly<Record<string, string>>;
  /** Parts of the forwarded message that are to go along. */
  readonly take: readonly string[];
  readonly files: AsyncIterable<FilePart>;
}

/** What the page says besides the draft. */
interface Around {
  readonly back: string;
  readonly errors?: ComposePage["errors"];
  readonly problem?: string;
  /** Files of the message that is forwarded. */
  readonly offered?: ComposePage["draft"]["offered"];
}

const MOST_PARTS = 300;
const LONGEST_LINE = 20_000;

const TITLES = { new: "New message", reply: "Reply", forward: "Forward" } as const;

/** Routes below /mail/compose. */
export const composeRoutes = (webmail: Webmail): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const bench = new Bench(webmail);

  app.get("/", asked(openQuery), async (c) => await bench.open(c, c.req.valid("query")));

  app.get("/complete", asked(completeQuery), async (c) => {
    const { administration } = webmail.front.deps;
    const { suggestions } = await administration.perform(completeAddress, actorOf(c), c.req.valid("query"));
    const offered = suggestions.map((one) => ({ ...one, value: formatAddress(addressNamed(one.name, one.address)) }));
    return c.html(<Suggestions suggestions={offered} />);
  });

  app.post("/", async (c) => {
    const form = await readForm(c, bench.limits);
    return await bench.act(c, form);
  });

  app.post("/attach", async (c) => {
    const form = await readForm(c, bench.limits);
    const page = await bench.save(c, form, form.files);
    return page === undefined
      ? c.body(null, 204)
      : c.html(
          <>
            <ComposeFiles page={page} />
            <hx-partial hx-target="#draft-state" hx-swap="outerHTML">
              <DraftState draft={page.draft} saved={page.saved} />
            </hx-partial>
          </>,
        );
  });

  app.post("/save", async (c) => {
    const form = await readForm(c, bench.limits);
    const first = form.values.draft === "0";
    const page = await bench.save(c, form, none());
    if (page === undefined) return c.body(null, 204);
    // From now on the page's address opens the stored draft.
    if (first) c.header("HX-Replace-Url", `/mail/compose?key=${encodeURIComponent(page.draft.key)}`);
    return c.html(
      <>
        <DraftState draft={page.draft} saved={page.saved} />
        {form.take.length > 0 ? (
          <hx-partial hx-target="#compose-files" hx-swap="outerHTML">
            <ComposeFiles page={page} />
          </hx-partial>
        ) : null}
      </>,
    );
  });

  return app;
};

/** What the routes do, for whoever is signed in. */
class Bench {
  readonly #desk: Desk;

  constructor(private readonly webmail: Webmail) {
    const { front, access, messages, renderings } = webmail;
    this.#desk = new Desk(front.deps, access, messages, renderings);
  }

  get limits() {
    const { attachmentOctets, textOctets } = this.webmail.front.deps.store.settings.get(webmailSettings);
    return { fields: textOctets, files: attachmentOctets, parts: MOST_PARTS };
  }

  /** The form: empty, for an answer, or with a draft. */
  async open(c: WebContext, wish: z.output<typeof openQuery>): Promise<Response> {
    const { user } = signedIn(c);
    const own = this.#addresses(user);
    const back = localPath(backOf(c), "/mail");
    const { draft, key, mailto } = wish;
    if (draft !== undefined) {
      const message = await this.#message(user, draft);
      if (!this.webmail.access.folder(user, message.folder).ownDrafts) throw notThere();
      return await this.#show(c, this.#desk.sheetOf(user, message, own), message, { back });
    }
    if (key !== undefined) {
      const message = await this.#desk.find(user, key);
      if (message === undefined) throw new Refusal("notFound", "This draft is no longer here; it was sent or deleted.");
      return await this.#show(c, this.#desk.sheetOf(user, message, own), message, { back });
    }
    for (const about of ["reply", "all", "forward"] as const) {
      const reference = wish[about];
      if (reference !== undefined) return await this.#answer(c, user, about, reference, back);
    }
    const fields = mailto === undefined ? emptyFields(own[0] ?? "") : fromMailto(mailto, own[0] ?? "");
    const sheet = { key: this.#desk.newKey(fields.from), fields, subject: undefined };
    return await this.#show(c, sheet, undefined, { back });
  }

  /** A button of the form, without a script. */
  async act(c: WebContext, form: Sent): Promise<Response> {
    const { user } = signedIn(c);
    const sheet = this.#sheet(form);
    const back = localPath(form.values.back, "/mail");
    return await this.#desk.alone(user, sheet.key, async () => {
      if (this.#desk.wasSent(user, sheet.key)) return this.#leave(c, back, "This message was sent already.");
      const stored = await this.#desk.find(user, sheet.key);
      if (form.values.do === "discard") {
        if (stored !== undefined) await this.#desk.discard(user, stored);
        return this.#leave(c, back, stored === undefined ? "The draft is thrown away." : "The draft is in the trash.");
      }
      if (form.values.do === "send") return await this.#send(c, user, sheet, stored, form, back);
      const page = await this.#store(user, sheet, stored, form, form.files);
      return this.#leave(c, `/mail/compose?key=${encodeURIComponent(page.key)}`, undefined);
    });
  }

  /** Stores the draft; undefined if it was sent meanwhile, so that a late save brings nothing back. */
  async save(c: WebContext, form: Sent, files: AsyncIterable<FilePart>): Promise<ComposePage | undefined> {
    const { user } = signedIn(c);
    const sheet = this.#sheet(form);
    return await this.#desk.alone(user, sheet.key, async () => {
      if (this.#desk.wasSent(user, sheet.key)) return undefined;
      await this.#store(user, sheet, await this.#desk.find(user, sheet.key), form, files);
      return await this.#page(c, sheet, await this.#desk.find(user, sheet.key), { back: form.values.back ?? "/mail" });
    });
  }

  async #send(c: WebContext, user: User, sheet: Sheet, stored: StoredMessage | undefined, form: Sent, back: string) {
    const origin = this.#origin(c, user);
    const { recipients, errors } = this.#judge(user, sheet.fields, origin);
    if (Object.keys(errors).length > 0) {
      // What was chosen must not be lost for a slip in an address.
      await this.#store(user, sheet, stored, form, form.files);
      const problem = "Nothing was sent yet. Please look at what is marked below.";
      return await this.#show(c, sheet, await this.#desk.find(user, sheet.key), { back, errors, problem });
    }
    try {
      const files = this.#files(user, sheet, stored, form, form.files);
      await this.#desk.send(user, sheet, recipients, stored, files, origin);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const draft = await this.#desk.find(user, sheet.key);
      return await this.#show(c, sheet, draft, { back, problem: `Nothing was sent: ${error.sentence}` });
    }
    return this.#leave(c, back, "Your message is on its way.");
  }

  async #store(
    user: User,
    sheet: Sheet,
    stored: StoredMessage | undefined,
    form: Sent,
    files: AsyncIterable<FilePart>,
  ) {
    const all = this.#files(user, sheet, stored, form, files);
    await this.#desk.store(user, sheet, draftRecipients(user, sheet.fields), stored, all);
    return sheet;
  }

  /** The files of the next version: those of this one but the removed, or of the forwarded message at first, and the new ones. */
  async *#files(
    user: User,
    sheet: Sheet,
    stored: StoredMessage | undefined,
    form: Sent,
    files: AsyncIterable<FilePart>,
  ): AsyncGenerator<LetterFile> {
    for (const file of filesOf(stored)) {
      if (file.kind !== "part" || file.part.partNumber !== form.values.remove) yield file;
    }
    if (stored === undefined && sheet.subject?.kind === "forward" && form.take.length > 0) {
      const source = await this.#message(user, `${sheet.subject.folder}.${sheet.subject.uid}`);
      for (const file of filesOf(source)) {
        if (file.kind === "part" && form.take.includes(file.part.partNumber)) yield file;
      }
    }
    for await (const { fileName: name, type, body } of files) {
      // A browser sends an empty part where no file was chosen.
      if (name !== "") yield { kind: "file", name: fileName(name, "attachment"), type, body };
    }
  }

  async #answer(c: WebContext, user: User, about: About, reference: string, back: string): Promise<Response> {
    const message = await this.#message(user, reference);
    const { text } = this.webmail.renderings.text(message);
    const fields = prefilled(about, message, text, this.#addresses(user));
    const kind = about === "forward" ? "forward" : "reply";
    const sheet: Sheet = {
      key: this.#desk.newKey(fields.from),
      fields,
      subject: { kind, folder: message.folder, uid: message.uid },
    };
    const offered = about === "forward" ? attachmentsOf(message.structure) : [];
    return await this.#show(c, sheet, undefined, {
      back,
      offered: offered.map((file) => ({
        part: file.partNumber,
        name: nameOf(file),
        size: humanSize(file.size),
        taken: !file.inline,
      })),
    });
  }

  /** The message of "3.17", in a folder of the user's. */
  async #message(user: User, reference: string): Promise<StoredMessage> {
    const match = /^(\d{1,15})\.(\d{1,15})$/.exec(reference);
    if (match === null) throw notThere();
    return await this.webmail.messages.open(this.webmail.access.folder(user, Number(match[1])), Number(match[2]));
  }

  #sheet({ values }: Sent): Sheet {
    const line = (name: string) => oneLine(values[name] ?? "", LONGEST_LINE);
    const fields = { from: line("from"), to: line("to"), cc: line("cc"), bcc: line("bcc"), subject: line("subject") };
    const text = (values.text ?? "").replace(/\r\n?/g, "\n");
    return { key: values.key ?? "", fields: { ...fields, text }, subject: subjectOf(values.about) };
  }

  #addresses(user: User): string[] {
    return this.webmail.front.deps.directory.addressesOf(user.id);
  }

  #origin(c: WebContext, user: User): Origin {
    const { address } = c.get("client");
    return { kind: "web", protocol: "HTTP", remote: address, user, session: c.get("trace"), trace: c.get("trace") };
  }

  /** Every address checked as the transport will check it, so that the sender hears it while he can still mend it. */
  #judge(user: User, fields: Fields, origin: Origin): { recipients: Recipients; errors: Record<string, string> } {
    const { directory, transport, store } = this.webmail.front.deps;
    const errors: Record<string, string> = {};
    const read = (name: "to" | "cc" | "bcc"): Address[] =>
      flatten(parseAddressList(fields[name])).filter((address) => {
        const spec = formatSpec(address);
        if (address.local === "" || address.domain === "") {
          errors[name] ??= `“${oneLine(address.name || spec, 100)}” is not an address.`;
          return false;
        }
        try {
          transport.checkRecipient(spec, origin);
          return true;
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          errors[name] ??= error.sentence;
          return false;
        }
      });
    const recipients = { from: fromOf(user, fields), to: read("to"), cc: read("cc"), bcc: read("bcc") };
    const { recipients: most } = store.settings.get(webmailSettings);
    const count = recipients.to.length + recipients.cc.length + recipients.bcc.length;
    if (count > most) errors.to ??= `A message written here has at most ${most} recipients.`;
    if (count === 0 && Object.keys(errors).length === 0) errors.to = "Say whom this is for.";
    if (!directory.maySendAs(user.id, formatSpec(recipients.from)))
      errors.from = "This address is not yours to send from.";
    return { recipients, errors };
  }

  #leave(c: WebContext, to: string, sentence: string | undefined): Response {
    const { sessions } = this.webmail.front;
    if (sentence !== undefined) sessions.leave(signedIn(c).session.id, { kind: "ok", text: sentence });
    return sendOn(c, to);
  }

  async #show(c: WebContext, sheet: Sheet, stored: StoredMessage | undefined, more: Around): Promise<Response> {
    const compose = await this.#page(c, sheet, stored, more);
    return await this.webmail.show(c, undefined, { kind: "compose", compose }, more.problem === undefined ? 200 : 422);
  }

  async #page(
    c: WebContext,
    { key, fields, subject }: Sheet,
    stored: StoredMessage | undefined,
    more: Around,
  ): Promise<ComposePage> {
    const { user } = signedIn(c);
    const files = stored === undefined ? [] : attachmentsOf(stored.structure);
    const octets = files.reduce((sum, file) => sum + file.size, 0);
    return {
      draft: {
        ...fields,
        ...{
          key,
          uid: stored?.uid ?? 0,
          about: subjectText(subject),
          offered: stored === undefined ? (more.offered ?? []) : [],
        },
        files: files.map((file) => ({ part: file.partNumber, name: nameOf(file), size: humanSize(file.size) })),
      },
      identities: this.#addresses(user).map((address) => ({ address, label: formatAddress(withName(user, address)) })),
      errors: more.errors ?? {},
      problem: more.problem,
      csrf: c.get("csrf"),
      limit: humanSize(this.limits.files),
      saved: stored === undefined ? undefined : clock(stored.internalDate),
      title: TITLES[subject?.kind ?? "new"],
      back: more.back,
      saveDelay: octets > LARGE_DRAFT ? "20s" : "2s",
    };
  }
}

/** Octets of files from which on a draft saves itself less often: each version is written whole. */
const LARGE_DRAFT = 2_000_000;

const clock = (at: number) => new Date(at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });

const notThere = () => new Refusal("notFound", "There is no such message.");

async function* none(): AsyncGenerator<FilePart> {}

/** Where the browser came from, so that it can go back there. */
function backOf(c: WebContext): string | undefined {
  const from = URL.parse(c.req.header("hx-current-url") ?? c.req.header("referer") ?? "");
  return from?.pathname.startsWith("/mail/f/") ? from.pathname + from.search : undefined;
}

const withName = (user: User, address: string): Address => addressNamed(user.fullName, address);

function addressNamed(name: string, address: string): Address {
  const at = address.lastIndexOf("@");
  return { name, local: address.slice(0, at), domain: address.slice(at + 1) };
}

const fromOf = (user: User, fields: Fields): Address => withName(user, fields.from);

/** For a draft nothing is checked: it holds what was typed, as far as it can stand in a header. */
function draftRecipients(user: User, fields: Fields): Recipients {
  const list = (text: string) => flatten(parseAddressList(text));
  return { from: fromOf(user, fields), to: list(fields.to), cc: list(fields.cc), bcc: list(fields.bcc) };
}

/** Reads the fields of a form of either kind; the files of one that has them follow. */
async function readForm(c: WebContext, limits: { fields: number; files: number; parts: number }): Promise<Sent> {
  const boundary = boundaryOf(c.req.header("content-type"));
  const { body } = c.req.raw;
  if (boundary === undefined || body === null) {
    const { take, ...fields } = await c.req.parseBody({ all: true });
    const values = Object.fromEntries(
      Object.entries(fields).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
    );
    return { values, take: [take ?? []].flat().filter((part) => typeof part === "string"), files: none() };
  }
  const parts = readMultipart(body, boundary, limits);
  const values: Record<string, string> = {};
  const take: string[] = [];
  let first: FilePart | undefined;
  for (let next = await parts.next(); next.done !== true; next = await parts.next()) {
    if (next.value.kind === "file") {
      first = next.value;
      break;
    }
    const { name, value } = next.value;
    if (name === "take") take.push(value);
    else values[name] = value;
  }
  return { values, take, files: rest(first, parts) };
}

async function* rest(first: FilePart | undefined, parts: ReturnType<typeof readMultipart>): AsyncGenerator<FilePart> {
  if (first !== undefined) yield first;
  for await (const part of parts) {
    // The form's own order is fields, then files; anything else is not our form.
    if (part.kind === "field")
      throw new Refusal("invalid", "The form did not arrive as it should. Load the page again.");
    yield part;
  }
}
