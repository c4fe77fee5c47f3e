/** What the compose form's addresses do, for whoever is signed in: from the form to the desk, and from a draft to the page. */
import { z } from "zod";
import type { ComposePage } from "../../../views/webmail/compose.tsx";
import { MailPage } from "../../../views/webmail/page.tsx";
import { leavingWords, SCHEDULED } from "../../../views/webmail/send-later.tsx";
import { formats, t } from "../../../views/words/words.ts";
import { addTemplate } from "../../administration/users/templates.ts";
import type { User } from "../../directory/directory.ts";
import type { Identity } from "../../directory/identities.ts";
import { formatAddress } from "../../mime/write.ts";
import { Refusal } from "../../refusal.ts";
import { localPath, sendOn, signedIn, type WebContext } from "../context.ts";
import { perform } from "../performing.ts";
import { withInlineStyles } from "../security.ts";
import { Desk, type Sheet, subjectOf, subjectText } from "./desk.ts";
import { partResponse } from "./download.ts";
import { described, lettersFiles, offeredFiles, pictureOf, received, shownAsFiles } from "./letter-files.ts";
import { type LetterForm, withoutFiles } from "./letter-form.ts";
import { plainText, textAsHtml } from "./letter-text.ts";
import type { StoredMessage } from "./message.ts";
import { localMoment, momentOf, momentsAhead } from "./moments.ts";
import type { MultipartLimits } from "./multipart.ts";
import { humanSize, oneLine } from "./names.ts";
import {
  type About,
  begun,
  type Fields,
  fromMailto,
  prefilled,
  type Said,
  signatureOf,
  type Writer,
} from "./prefill.ts";
import { addressNamed, judged, originOf, type Recipients, unjudged } from "./recipients.ts";
import { messageNamed, type Webmail } from "./room.ts";
import { saysAttached } from "./said-attached.ts";
import { webmailSettings } from "./settings.ts";
import { templateOf, withTemplate } from "./templated.ts";

/** What the form is opened with: a draft, a message to answer or to forward, or a mailto: link. */
export const openQuery = z
  .object({ draft: z.string(), key: z.string(), mailto: z.string() })
  .extend({
    template: z.string().regex(/^\d{1,15}$/),
    reply: z.string(),
    all: z.string(),
    forward: z.string(),
    enclose: z.string(),
  })
  .partial();

/** What the page says besides the draft. */
interface Around {
  readonly back: string;
  readonly errors?: ComposePage["errors"];
  readonly problem?: string;
  /** The text speaks of a file, and there is none. */
  readonly forgotten?: true;
}

/** Seconds for which the corner offers to call a message back; later the page of what waits does. */
const LONGEST_OFFER = 120;
const MOST_PARTS = 300;
const LONGEST_LINE = 20_000;

export class Bench {
  readonly #desk: Desk;

  constructor(private readonly webmail: Webmail) {
    const { front, access, messages, renderings } = webmail;
    this.#desk = new Desk(front.deps, access, messages, renderings);
  }

  get limits(): MultipartLimits {
    const { attachmentOctets, textOctets } = this.webmail.front.deps.store.settings.get(webmailSettings);
    return { fields: textOctets, files: attachmentOctets, parts: MOST_PARTS };
  }

  /** The form: empty, for an answer, or with a draft. */
  async open(c: WebContext, wish: z.output<typeof openQuery>): Promise<Response> {
    const { user } = signedIn(c);
    const back = localPath(backOf(c), "/mail");
    const { draft, key, mailto } = wish;
    const own = this.#identities(user).map(({ address }) => address);
    if (draft !== undefined) {
      const message = await messageNamed(this.webmail, user, draft);
      if (!this.webmail.access.folder(user, message.folder).ownDrafts) throw notThere();
      return await this.#draft(c, user, this.#desk.sheetOf(user, message, own), message, back);
    }
    if (key !== undefined) {
      const message = await this.#desk.find(user, key);
      if (message === undefined) throw new Refusal("notFound", "This draft is no longer here; it was sent or deleted.");
      return await this.#draft(c, user, this.#desk.sheetOf(user, message, own), message, back);
    }
    for (const about of ["reply", "all", "forward", "enclose"] as const) {
      const reference = wish[about];
      if (reference !== undefined) return await this.#answer(c, user, about, reference, back);
    }
    const writer = this.#writer(user);
    const empty = mailto === undefined ? begun(writer, own[0] ?? "") : fromMailto(mailto, writer);
    const fields = wish.template === undefined ? empty : await this.#templated(user, empty, wish.template);
    return await this.#show(c, { key: this.#desk.newKey(fields.from), fields, subject: undefined }, undefined, {
      back,
    });
  }

  /** A draft's form; what waits to leave is called back first. */
  async #draft(c: WebContext, user: User, sheet: Sheet, message: StoredMessage, back: string): Promise<Response> {
    if (this.#desk.held(user, sheet.key) !== undefined) return this.#leave(c, SCHEDULED, WAITS());
    return await this.#show(c, sheet, message, { back });
  }

  /** A button of the form. */
  async act(c: WebContext, form: LetterForm): Promise<Response> {
    const { user } = signedIn(c);
    const sheet = await this.#sheet(form);
    const back = localPath(form.values.back, "/mail");
    return await this.#desk.alone(user, sheet.key, async () => {
      if (this.#desk.wasSent(user, sheet.key)) return this.#leave(c, back, t("This message was sent already."));
      if (this.#desk.held(user, sheet.key) !== undefined) return this.#leave(c, SCHEDULED, WAITS());
      const stored = await this.#desk.find(user, sheet.key);
      if (form.values.do === "discard") {
        if (stored !== undefined) await this.#desk.discard(user, stored);
        return this.#leave(
          c,
          back,
          stored === undefined ? t("The draft is thrown away.") : t("The draft is in the trash."),
        );
      }
      if (form.values.do?.startsWith("send")) return await this.#send(c, user, sheet, stored, form, back);
      const next = await this.#withTemplate(user, sheet, form.values.do);
      await this.#store(user, next, stored, form);
      const kept = form.values.do === "keep-template" ? await this.#keepTemplate(c, sheet) : undefined;
      return this.#leave(c, `/mail/compose?key=${encodeURIComponent(sheet.key)}`, kept);
    });
  }

  /** A letter with the template that a button names ("template-7") above its text. @throws Refusal "notFound" */
  async #withTemplate(user: User, sheet: Sheet, button = ""): Promise<Sheet> {
    const [, id] = /^template-(\d{1,15})$/.exec(button) ?? [];
    return id === undefined ? sheet : { ...sheet, fields: await this.#templated(user, sheet.fields, id) };
  }

  async #templated(user: User, fields: Fields, id: string): Promise<Fields> {
    const template = this.webmail.front.deps.directory.templates.require(user.id, Number(id));
    const html = template.html === "" ? "" : await this.webmail.sanitiser.tidy(template.html, { for: "letter" });
    return withTemplate(fields, template, html);
  }

  /** Keeps what is written as a template, and says so. */
  async #keepTemplate(c: WebContext, { fields }: Sheet): Promise<string> {
    const { name } = await perform(this.webmail.front, c, addTemplate, templateOf(fields, t("Template")));
    return t("The template {name} is kept.", { name });
  }

  /** Stores the draft; undefined if it was sent meanwhile, so that a late save brings nothing back. */
  async save(c: WebContext, form: LetterForm): Promise<ComposePage | undefined> {
    const { user } = signedIn(c);
    const sheet = await this.#sheet(form);
    return await this.#desk.alone(user, sheet.key, async () => {
      if (this.#desk.wasSent(user, sheet.key) || this.#desk.held(user, sheet.key) !== undefined) return undefined;
      await this.#store(user, sheet, await this.#desk.find(user, sheet.key), form);
      const stored = await this.#desk.find(user, sheet.key);
      return await this.#page(c, sheet, stored, { back: form.values.back ?? "/mail" });
    });
  }

  /**
   * Adds a file to the draft, or removes one. The file is received first, so that savings need not wait for it; by then the draft that is
   * stored is newer than what came along with the file. Undefined as for `save`.
   */
  async attach(c: WebContext, sent: LetterForm): Promise<ComposePage | undefined> {
    const { user } = signedIn(c);
    const { key = "" } = sent.values;
    const { form, release } = await received(sent, this.webmail.front.deps.store.content);
    try {
      return await this.#desk.alone(user, key, async () => {
        if (this.#desk.wasSent(user, key) || this.#desk.held(user, key) !== undefined) return undefined;
        const before = await this.#desk.find(user, key);
        const sheet = before === undefined ? await this.#sheet(form) : await this.#sheetOf(user, before);
        await this.#store(user, sheet, before, form);
        const stored = await this.#desk.find(user, key);
        return await this.#page(c, sheet, stored, { back: form.values.back ?? "/mail" });
      });
    } finally {
      await release();
    }
  }

  /** A stored draft as a sheet that can be stored again. */
  async #sheetOf(user: User, stored: StoredMessage): Promise<Sheet> {
    const own = this.#identities(user).map(({ address }) => address);
    const sheet = this.#desk.sheetOf(user, stored, own);
    if (sheet.fields.format === "plain") return sheet;
    const html = await this.webmail.sanitiser.tidy(sheet.fields.html, { for: "letter" });
    return { ...sheet, fields: { ...sheet.fields, html } };
  }

  /** The page with its text in the other form. Nothing is stored by it. */
  async convert(c: WebContext, form: LetterForm, to: Fields["format"]): Promise<ComposePage> {
    const sheet = await this.#sheet(form);
    const { format, text } = sheet.fields;
    const html = to === "plain" ? "" : format === "rich" ? sheet.fields.html : textAsHtml(text);
    const other = { ...sheet, fields: { ...sheet.fields, format: to, html } };
    const page = await this.#page(c, other, undefined, { back: form.values.back ?? "/mail" });
    return { ...page, draft: { ...page.draft, html: await this.#forEditor(other) } };
  }

  /** A picture of a letter's text, for the editor. */
  async picture(c: WebContext, { key, about, cid }: { key: string; about: string; cid: string }): Promise<Response> {
    const { user } = signedIn(c);
    const { messages } = this.webmail;
    const source = await this.#subjectMessage(user, subjectOf(about));
    for (const find of [async () => source, async () => await this.#desk.find(user, key)]) {
      const message = await find();
      const picture = pictureOf(message, cid);
      if (message !== undefined && picture !== undefined)
        return partResponse(messages, message, picture.partNumber, true);
    }
    throw new Refusal("notFound", "There is no such picture.");
  }

  async #send(
    c: WebContext,
    user: User,
    sheet: Sheet,
    stored: StoredMessage | undefined,
    form: LetterForm,
    back: string,
  ) {
    const { deps } = this.webmail.front;
    const origin = originOf(c);
    const { recipients, errors } = await judged(deps, user, sheet.fields, origin);
    if (Object.keys(errors).length > 0) {
      // What was chosen must not be lost for a slip in an address.
      await this.#store(user, sheet, stored, form);
      const problem = t("Nothing was sent yet. Please look at what is marked below.");
      return await this.#show(c, sheet, await this.#desk.find(user, sheet.key), { back, errors, problem });
    }
    if (form.values.sure !== "no-file" && forgetsFile(sheet, stored, form)) {
      await this.#store(user, sheet, stored, form);
      return await this.#show(c, sheet, await this.#desk.find(user, sheet.key), { back, forgotten: true });
    }
    try {
      const dueAt = this.#dueAt(user, form);
      if (dueAt !== undefined) return await this.#hold(c, user, sheet, recipients, stored, form, dueAt, back);
      const files = lettersFiles(form, sheet, stored, await this.#source(user, sheet), this.limits.files, "shown");
      await this.#desk.send(user, sheet, recipients, stored, files, origin);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const draft = await this.#desk.find(user, sheet.key);
      const problem = t("Nothing was sent: {why}", { why: t(error.sentence) });
      return await this.#show(c, sheet, draft, { back, problem });
    }
    return this.#leave(c, back, t("Your message is on its way."));
  }

  /** Times that are offered for leaving. */
  #later(): ComposePage["later"] {
    const moments = momentsAhead(this.webmail.front.deps.now());
    return { moments, local: localMoment(moments[0]?.at ?? this.webmail.front.deps.now()) };
  }

  /**
   * When the letter is to leave: at the time that the button names ("send-1795600000000") or the field ("send-at"), or when it can no longer
   * be called back; undefined for now.
   * @throws Refusal "invalid"
   */
  #dueAt(user: User, { values }: LetterForm): number | undefined {
    const { directory, now } = this.webmail.front.deps;
    const { undoSeconds } = directory.preferences.of(user.id);
    const [, time] = /^send-(.+)$/.exec(values.do ?? "") ?? [];
    if (time === undefined) return undoSeconds === 0 ? undefined : now() + undoSeconds * 1000;
    const chosen = /^\d{13,14}$/.test(time) ? Number(time) : momentOf(values.laterAt ?? "");
    if (chosen === undefined || chosen <= now())
      throw new Refusal("invalid", "Choose a day and a time that are still to come.");
    return chosen;
  }

  /** Holds the letter, and says how it is called back. */
  async #hold(
    c: WebContext,
    user: User,
    sheet: Sheet,
    recipients: Recipients,
    stored: StoredMessage | undefined,
    form: LetterForm,
    dueAt: number,
    back: string,
  ): Promise<Response> {
    await this.#store(user, sheet, stored, form);
    const draft = await this.#desk.find(user, sheet.key);
    if (draft === undefined) throw new Refusal("notFound", "This draft is no longer here; it was sent or deleted.");
    const source = await this.#source(user, sheet);
    const files = lettersFiles(withoutFiles(form), sheet, draft, source, this.limits.files, "shown");
    const { address: remote } = c.get("client");
    const id = await this.#desk.hold(user, sheet, recipients, draft, files, { dueAt, remote });
    const text =
      form.values.do === "send"
        ? t("Your message is on its way.")
        : t("Your message leaves {time}.", { time: leavingWords(dueAt) });
    const seconds = Math.ceil((dueAt - this.webmail.front.deps.now()) / 1000);
    return this.#leave(c, back, text, {
      undo: `${SCHEDULED}/${id}/back`,
      undoSeconds: Math.min(seconds, LONGEST_OFFER),
    });
  }

  async #store(user: User, sheet: Sheet, stored: StoredMessage | undefined, form: LetterForm): Promise<void> {
    const files = lettersFiles(form, sheet, stored, await this.#source(user, sheet), this.limits.files, "all");
    await this.#desk.store(user, sheet, unjudged(this.webmail.front.deps, user, sheet.fields), stored, files);
  }

  async #answer(c: WebContext, user: User, about: About, reference: string, back: string): Promise<Response> {
    const message = await messageNamed(this.webmail, user, reference);
    const writer = this.#writer(user);
    const fields = prefilled(about, message, await this.#said(message, about, writer), writer);
    const kind = about === "forward" || about === "enclose" ? "forward" : "reply";
    const subject = { kind, folder: message.folder, uid: message.uid, enclosed: about === "enclose" } as const;
    return await this.#show(c, { key: this.#desk.newKey(fields.from), fields, subject }, undefined, { back });
  }

  /** What a message says. Formatting that is too tangled to go on with is left behind. */
  async #said(message: StoredMessage, about: About, { format }: Writer): Promise<Said> {
    const { renderings, sanitiser } = this.webmail;
    const { text } = renderings.text(message);
    const source = format === "rich" ? renderings.source(message) : undefined;
    if (source === undefined) return { text, html: undefined };
    try {
      return { text, html: await sanitiser.tidy(source, { for: "letter", quoting: about !== "forward" }) };
    } catch (error) {
      if (!(error instanceof Refusal) || error.kind !== "invalid") throw error;
      return { text, html: undefined };
    }
  }

  async #sheet({ values }: LetterForm): Promise<Sheet> {
    const line = (name: string) => oneLine(values[name] ?? "", LONGEST_LINE);
    const rich = values.format === "rich";
    const html = rich ? await this.webmail.sanitiser.tidy(values.html ?? "", { for: "letter" }) : "";
    const { priority = "" } = values;
    const fields: Fields = {
      ...{ from: line("from"), to: line("to"), cc: line("cc"), bcc: line("bcc"), subject: line("subject"), html },
      format: rich ? "rich" : "plain",
      text: rich ? plainText(html) : (values.text ?? "").replace(/\r\n?/g, "\n"),
      priority: priority === "high" || priority === "low" ? priority : "",
      receipt: values.receipt === "on",
    };
    return { key: values.key ?? "", fields, subject: subjectOf(values.about) };
  }

  #identities(user: User): Identity[] {
    return this.webmail.front.deps.directory.identities.of(user.id);
  }

  #writer(user: User): Writer {
    const { format } = this.webmail.front.deps.directory.preferences.of(user.id);
    return { identities: this.#identities(user), format };
  }

  /** The message that a letter is about, as long as it is there. */
  async #source(user: User, { subject, fields }: Sheet): Promise<StoredMessage | undefined> {
    return subject?.kind === "forward" || fields.html.includes("cid:")
      ? await this.#subjectMessage(user, subject)
      : undefined;
  }

  async #subjectMessage(user: User, subject: Sheet["subject"]): Promise<StoredMessage | undefined> {
    return subject === undefined ? undefined : await this.#desk.subjectMessage(user, subject);
  }

  #leave(
    c: WebContext,
    to: string,
    sentence: string | undefined,
    undo?: { undo: string; undoSeconds: number },
  ): Response {
    const { sessions } = this.webmail.front;
    const flash = { kind: "ok", text: sentence ?? "", ...undo } as const;
    if (sentence !== undefined) sessions.leave(signedIn(c).session.id, flash);
    return sendOn(c, to);
  }

  async #show(c: WebContext, sheet: Sheet, stored: StoredMessage | undefined, more: Around): Promise<Response> {
    const [page, html] = await Promise.all([this.#page(c, sheet, stored, more), this.#forEditor(sheet)]);
    // Formatting from elsewhere that cannot be worked with: the text goes on without.
    const format = html === "" ? "plain" : page.draft.format;
    const compose = { ...page, draft: { ...page.draft, html, format } as const };
    const shelf = c.get("assets");
    const around = this.webmail.around(c, undefined);
    const assets = {
      ...around.frame.assets,
      styles: [...(around.frame.assets.styles ?? []), shelf.address("compose.css")],
      scripts: [...around.frame.assets.scripts, shelf.address("complete.js"), shelf.address("compose.js")],
    };
    const frame = { ...around.frame, assets };
    withInlineStyles(c);
    return await c.html(
      <MailPage around={{ ...around, frame }} main={{ kind: "compose", compose }} />,
      more.problem === undefined && more.forgotten === undefined ? 200 : 422,
    );
  }

  /** A letter's text as the editor has it; "" where it is plain, or too tangled. */
  async #forEditor({ key, fields, subject }: Sheet): Promise<string> {
    if (fields.format === "plain") return "";
    try {
      const picture = pictureHref(key, subject);
      return (await this.webmail.sanitiser.tidy(fields.html, { for: "editor", picture })) || "<div><br></div>";
    } catch (error) {
      if (!(error instanceof Refusal) || error.kind !== "invalid") throw error;
      return "";
    }
  }

  /** The page, but for the formatted text. */
  async #page(
    c: WebContext,
    { key, fields, subject }: Sheet,
    stored: StoredMessage | undefined,
    more: Around,
  ): Promise<ComposePage> {
    const { user } = signedIn(c);
    const files = shownAsFiles(stored, fields.format);
    const octets = stored?.size ?? 0;
    const source =
      stored === undefined && subject?.kind === "forward" ? await this.#subjectMessage(user, subject) : undefined;
    return {
      draft: {
        ...fields,
        html: "",
        key,
        uid: stored?.uid ?? 0,
        about: subjectText(subject),
        offered: offeredFiles(source, fields, subject?.enclosed ?? false),
        files: files.map(described),
      },
      identities: this.#identities(user).map((identity) => ({
        address: identity.address,
        label: formatAddress(addressNamed(identity.name, identity.address)),
        signature: signatureOf(identity),
      })),
      errors: more.errors ?? {},
      problem: more.problem,
      forgotten: more.forgotten ?? false,
      csrf: c.get("csrf"),
      user: user.id,
      limit: humanSize(this.limits.files),
      mostOctets: this.limits.files,
      saved: stored === undefined ? undefined : formats().clock(stored.internalDate),
      later: this.#later(),
      templates: this.webmail.front.deps.directory.templates.names(user.id),
      title: TITLES[subject?.kind ?? "new"](),
      back: more.back,
      picture: pictureHref(key, subject),
      saveSeconds: octets > LARGE_DRAFT ? 20 : 2,
    };
  }
}

const WAITS = () => t("This message waits to be sent. Call it back to go on writing.");

/** Whether a letter speaks of a file, and none goes along. */
function forgetsFile({ fields }: Sheet, stored: StoredMessage | undefined, form: LetterForm): boolean {
  const withFile = form.bringsFile || form.take.length > 0 || shownAsFiles(stored, fields.format).length > 0;
  return !withFile && !fields.html.includes("cid:") && saysAttached(fields.text, fields.subject);
}

const TITLES = { new: () => t("New message"), reply: () => t("Reply"), forward: () => t("Forward") } as const;

/** Octets of a draft from which on it saves itself less often: each version is written whole. */
const LARGE_DRAFT = 3_000_000;

const pictureHref = (key: string, subject: Sheet["subject"]): string =>
  `/mail/compose/picture?key=${encodeURIComponent(key)}&about=${encodeURIComponent(subjectText(subject))}&cid=`;

const notThere = () => new Refusal("notFound", "There is no such message.");

/** Where the browser came from, so that it can go back there. */
function backOf(c: WebContext): string | undefined {
  const from = URL.parse(c.req.header("hx-current-url") ?? c.req.header("referer") ?? "");
  return from?.pathname.startsWith("/mail/f/") ? from.pathname + from.search : undefined;
}
