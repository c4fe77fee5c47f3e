/**
 * The client's side of IMAP, as far as collecting needs it: folders, UIDs with sizes, whole messages as streams, removal by UID, IDLE.
 *
 * RFC 3501 and RFC 9051 (what both have in common), RFC 2177 (IDLE), RFC 4315 (UIDPLUS), RFC 4959 (SASL-IR), RFC 2595 (STARTTLS).
 */
import { parseDate } from "../../mime/dates.ts";
import { decodeUtf7, encodeUtf7 } from "../../mime/utf7.ts";
import { type Credentials, exchangeFor } from "./credentials.ts";
import { type Listed, type Listing, NotGiven, type Source, Trouble } from "./source.ts";
import { base64, said, type Whereabouts, Wire, type WireParts } from "./wire.ts";

/** Octets of a line, and of all that it continues with where that is no message. */
const LONGEST_LINE = 65_536;
const MOST_CONTINUED = 65_536;
/** Answers to one command, lists of messages aside. */
const MOST_ANSWERS = 20_000;
/** Messages that a folder may list, of which the first are looked at; the next look begins behind them. */
const MOST_LISTED = 500_000;
const LISTED_AT_ONCE = 5_000;
const MOST_FOLDERS = 100;
const LONGEST_FOLDER = 1_000;
const MOST_CAPABILITIES = 1_000;
const MOST_ROUNDS = 6;
/** UIDs that one command names. */
const AT_ONCE = 100;
const GOODBYE_MS = 10_000;
/** RFC 2177: IDLE is begun anew before half an hour is over. */
export const LONGEST_IDLE_MS = 29 * 60_000;
/** Special uses (RFC 6154 §2) of folders that `*` does not mean: nothing arrives in them, or it was junk there already. */
const NOT_ALL = /\\(?:noselect|nonexistent|all|drafts|flagged|junk|sent|trash)\b/i;

/** How a command ended. */
interface Ending {
  readonly good: boolean;
  readonly text: string;
}

export class Imap implements Source {
  #tag = 0;
  #capabilities: ReadonlySet<string> = new Set();
  /** What the open folder said of itself. */
  #folder = { name: "", validity: 0, next: 0, exists: 0 };
  /** The UIDNEXT that each folder had when it was last listed. */
  readonly #listed = new Map<string, number>();
  /** Messages came since the open folder was listed. */
  #news = false;

  private constructor(private readonly wire: Wire) {}

  /** A session, logged in. @throws Trouble */
  static async open(account: Whereabouts, credentials: Credentials, parts: WireParts): Promise<Imap> {
    return await Wire.session(account, parts, LONGEST_LINE, async (wire) => {
      const session = new Imap(wire);
      await session.#begin(account.tls === "starttls");
      await session.#login(credentials);
      return session;
    });
  }

  get remote(): string {
    return this.wire.connection.remote.address;
  }

  get tls() {
    return this.wire.connection.tls;
  }

  get canWait(): boolean {
    return this.#capabilities.has("IDLE");
  }

  async folders(wanted: readonly string[]): Promise<string[]> {
    if (!wanted.includes("*")) return [...new Set(wanted)];
    const found: string[] = [];
    await this.#must('LIST "" "*"', "does not list its folders", (line) => {
      const name = listedFolder(line);
      if (name !== undefined && name.length <= LONGEST_FOLDER && found.length < MOST_FOLDERS) found.push(name);
    });
    const others = found.filter((name) => name.toUpperCase() !== "INBOX");
    return ["INBOX", ...others];
  }

  async open(folder: string, willRemove: boolean): Promise<number> {
    const seen = { name: folder, validity: 0, next: 0, exists: 0 };
    const ending = await this.#command(`${willRemove ? "SELECT" : "EXAMINE"} ${quoted(encodeUtf7(folder))}`, (line) => {
      seen.validity = Number(/\[UIDVALIDITY (\d{1,10})\]/i.exec(line)?.[1] ?? seen.validity);
      seen.next = Number(/\[UIDNEXT (\d{1,10})\]/i.exec(line)?.[1] ?? seen.next);
      seen.exists = Number(/^\* (\d{1,10}) EXISTS/i.exec(line)?.[1] ?? seen.exists);
    });
    if (!ending.good)
      throw new Trouble("protocol", `${this.wire.host} does not open the folder “${folder}”: ${said(ending.text)}`);
    if (seen.validity === 0) throw this.wire.nonsense(`does not say which “${folder}” it is (UIDVALIDITY)`);
    this.#folder = seen;
    this.#news = false;
    return seen.validity;
  }

  async list(from: number, since?: number): Promise<Listing> {
    const { name, next, exists } = this.#folder;
    this.#listed.set(name, next);
    const first = new First(LISTED_AT_ONCE);
    let last = 0;
    if (exists > 0 && (next === 0 || from < next)) {
      const dated = since === undefined ? "" : " INTERNALDATE";
      const take = (line: string) => {
        const uid = Number(/[( ]UID (\d{1,10})/i.exec(line)?.[1] ?? 0);
        // “n:*” has the last message in it even where its UID is lower (RFC 3501 §6.4.8).
        if (uid < from || !/^\* \d+ FETCH /i.test(line)) return;
        last = Math.max(last, uid);
        if (since !== undefined && (internalDate(line) ?? since) < since) return;
        first.add(uid, Number(/RFC822\.SIZE (\d{1,15})/i.exec(line)?.[1] ?? 0));
      };
      await this.#must(
        `UID FETCH ${from}:* (UID RFC822.SIZE${dated})`,
        "does not list its messages",
        take,
        MOST_LISTED,
      );
    }
    const messages = first.sorted().map(([uid, size]) => ({ uid: padded(uid), size }));
    return { messages, whole: first.whole, last: last === 0 ? "" : padded(last) };
  }

  /** The message comes as a literal, whose end is known before its first octet; all else of the answer is short. */
  async *fetch({ uid }: Listed): AsyncGenerator<Uint8Array> {
    const number = Number(uid);
    const tag = this.#send(`UID FETCH ${number} (UID BODY.PEEK[])`);
    let there = false;
    for (let count = 0; count < MOST_ANSWERS; count++) {
      const line = await this.wire.line();
      if (line.startsWith(`${tag} `)) {
        const ending = this.#ending(line, tag);
        if (!ending.good) throw new NotGiven(this.wire.host, said(ending.text));
        // Somebody else may have removed it in the meantime.
        if (!there) throw new Vanished();
        return;
      }
      const [, before, size] = /^\* \d+ FETCH \((.*?)BODY\[\] ?\{(\d{1,15})\}$/i.exec(line) ?? [];
      if (before === undefined || there) {
        this.#note(line);
        await this.#rest(line);
        continue;
      }
      there = true;
      yield* this.wire.octets(Number(size));
      const after = await this.#rest(await this.wire.line());
      const named = /(?:^| )UID (\d{1,10})/i.exec(`${before} ${after}`)?.[1];
      if (Number(named) !== number) throw this.wire.nonsense("gave another message than it was asked for");
    }
    throw this.wire.nonsense("answers without end");
  }

  async remove(uids: readonly string[]): Promise<readonly string[]> {
    const gone: string[] = [];
    for (let at = 0; at < uids.length; at += AT_ONCE) {
      const some = uids.slice(at, at + AT_ONCE);
      const set = some.map(Number).join(",");
      await this.#must(`UID STORE ${set} +FLAGS.SILENT (\\Deleted)`, "does not let messages be removed");
      if (await this.#expunge(set, some)) gone.push(...some);
    }
    return gone;
  }

  async wait(folder: string, ms: number, signal: AbortSignal): Promise<void> {
    if (this.#folder.name !== folder) {
      await this.open(folder, false);
      this.#news = this.#folder.next > (this.#listed.get(folder) ?? 0);
    }
    if (signal.aborted || this.#news) return;
    const tag = this.#send("IDLE");
    const first = await this.wire.line();
    if (!first.startsWith("+")) {
      if (!first.startsWith(`${tag} `)) await this.#finish(tag, first);
      throw new Trouble("protocol", `${this.wire.host} offers IDLE and does not know it.`);
    }
    const heard = await this.#idle(Math.min(ms, LONGEST_IDLE_MS), signal);
    this.wire.patience();
    this.wire.send("DONE");
    await this.#finish(tag, heard);
  }

  async end(): Promise<readonly string[]> {
    try {
      this.wire.patience(GOODBYE_MS);
      await this.#command("LOGOUT");
    } catch {
      // It is gone: that was the purpose.
    } finally {
      this.wire.destroy();
    }
    return [];
  }

  destroy(): void {
    this.wire.destroy();
  }

  async #begin(startTls: boolean): Promise<void> {
    const greeting = await this.wire.line();
    if (/^\* BYE/i.test(greeting))
      throw new Trouble("busy", `${this.wire.host} does not serve us now: ${said(greeting.slice(5))}`);
    // PREAUTH would leave no place for STARTTLS (RFC 9051 §11.1), and nobody here is known before the login.
    if (!/^\* OK\b/i.test(greeting)) throw this.wire.nonsense("does not speak IMAP");
    if (startTls) {
      // Whoever takes the offer out of the answer gets no password (RFC 2595 §2.1).
      if (!(await this.#command("STARTTLS")).good) {
        throw new Trouble("tls", `${this.wire.host} does not offer encryption (STARTTLS); the password was not sent.`);
      }
      await this.wire.startTls();
    }
    await this.#learn();
  }

  /** What the server can is asked anew after TLS and after the login (RFC 3501 §6.2.1). */
  async #learn(): Promise<void> {
    const words: string[] = [];
    await this.#must("CAPABILITY", "does not say what it can", (line) => {
      const more = /^\* CAPABILITY (.*)$/i.exec(line)?.[1]?.toUpperCase().split(" ", MOST_CAPABILITIES) ?? [];
      if (words.length + more.length >= MOST_CAPABILITIES) throw this.wire.nonsense("can too much");
      words.push(...more);
    });
    this.#capabilities = new Set(words);
  }

  async #login(credentials: Credentials): Promise<void> {
    const offered = [...this.#capabilities].flatMap((one) => (one.startsWith("AUTH=") ? [one.slice(5)] : []));
    const exchange = exchangeFor(offered, credentials);
    if (exchange !== undefined) {
      this.#judge(await this.#authenticate(exchange));
      if (!exchange.complete) throw new Trouble("login", `${this.wire.host} does not know the password itself.`);
    } else if (credentials.kind === "token") {
      throw new Trouble("login", `${this.wire.host} takes no tokens (OAuth2).`);
    } else if (this.#capabilities.has("LOGINDISABLED")) {
      throw new Trouble("login", `${this.wire.host} offers no way to log in that is known here.`);
    } else {
      const { login, password } = credentials;
      if (/[^\x20-\x7e]/.test(login + password)) {
        throw new Trouble("login", `${this.wire.host} takes names and passwords of ASCII characters only.`);
      }
      this.#judge(await this.#command(`LOGIN ${quoted(login)} ${quoted(password)}`));
    }
    await this.#learn();
  }

  async #authenticate(exchange: NonNullable<ReturnType<typeof exchangeFor>>): Promise<Ending> {
    let { initial } = exchange;
    const atOnce = initial !== undefined && this.#capabilities.has("SASL-IR");
    const tag = this.#send(`AUTHENTICATE ${exchange.mechanism}${atOnce ? ` ${base64(initial ?? "")}` : ""}`);
    if (atOnce) initial = undefined;
    for (let [round, count] = [0, 0]; round < MOST_ROUNDS && count < MOST_ANSWERS; count++) {
      const line = await this.wire.line();
      if (line.startsWith(`${tag} `)) return this.#ending(line, tag);
      if (!line.startsWith("+")) continue;
      round++;
      const challenge = Buffer.from(line.slice(1).trim(), "base64").toString("utf8");
      const answer =
        initial ??
        (await exchange.answer(challenge).catch((error: Error) => {
          throw new Trouble("login", `The login at ${this.wire.host} failed: ${error.message}.`);
        }));
      initial = undefined;
      this.wire.send(base64(answer));
    }
    throw this.wire.nonsense("asks without end during the login");
  }

  /** RFC 5530 §3: what is no matter of the password. */
  #judge({ good, text }: Ending): void {
    if (good) return;
    if (/^\[(UNAVAILABLE|INUSE|LIMIT|SERVERBUG|CONTACTADMIN)\]/i.test(text)) {
      throw new Trouble("busy", `${this.wire.host} does not let us in now: ${said(text)}`);
    }
    throw new Trouble("login", `${this.wire.host} refuses the login: ${said(text)}`);
  }

  /** Removes these, and nothing that others marked; false where that cannot be done now. */
  async #expunge(set: string, uids: readonly string[]): Promise<boolean> {
    if (this.#capabilities.has("UIDPLUS") || this.#capabilities.has("IMAP4REV2")) {
      await this.#must(`UID EXPUNGE ${set}`, "does not let messages be removed");
      return true;
    }
    const own = new Set(uids.map((uid) => String(Number(uid))));
    let isOthers = false;
    await this.#must("UID SEARCH DELETED", "does not search", (line) => {
      const marked = /^\* SEARCH((?: \d{1,10})*)/i.exec(line)?.[1]?.trim().split(" ") ?? [];
      isOthers ||= marked.some((uid) => uid !== "" && !own.has(uid));
    });
    if (isOthers) return false;
    await this.#must("EXPUNGE", "does not let messages be removed");
    return true;
  }

  /** Waits in IDLE until there is a new message; gives a line that ends it, where one came. */
  async #idle(ms: number, signal: AbortSignal): Promise<string | undefined> {
    const until = Date.now() + ms;
    const wake = () => this.wire.patience(1);
    signal.addEventListener("abort", wake);
    try {
      for (let count = 0; count < MOST_ANSWERS && !signal.aborted && !this.#news; count++) {
        const line = await this.wire.lineWithin(Math.max(1, until - Date.now()));
        if (line === undefined || !line.startsWith("*")) return line;
        if (/^\* BYE/i.test(line)) throw new Trouble("busy", `${this.wire.host} said goodbye: ${said(line.slice(5))}`);
        this.#note(line);
      }
      return undefined;
    } finally {
      signal.removeEventListener("abort", wake);
    }
  }

  /** What any answer may say beside what was asked for: messages came, or went. */
  #note(line: string): void {
    const [, number, what] = /^\* (\d{1,10}) (EXISTS|EXPUNGE)/i.exec(line) ?? [];
    if (what === undefined) return;
    if (what.toUpperCase() === "EXPUNGE") this.#folder.exists--;
    else {
      if (Number(number) > this.#folder.exists) this.#news = true;
      this.#folder.exists = Number(number);
    }
  }

  /** @throws Trouble where the server says no */
  async #must(command: string, complaint: string, onLine?: (line: string) => void, most?: number): Promise<void> {
    const { good, text } = await this.#command(command, onLine, most);
    if (!good) throw new Trouble("protocol", `${this.wire.host} ${complaint}: ${said(text)}`);
  }

  async #command(command: string, onLine: (line: string) => void = () => {}, most = MOST_ANSWERS): Promise<Ending> {
    return await this.#finish(this.#send(command), undefined, onLine, most);
  }

  #send(command: string): string {
    const tag = `g${++this.#tag}`;
    this.wire.send(`${tag} ${command}`);
    return tag;
  }

  /** Reads up to the end of a command. */
  async #finish(
    tag: string,
    first?: string,
    onLine: (line: string) => void = () => {},
    most = MOST_ANSWERS,
  ): Promise<Ending> {
    let line = first ?? (await this.wire.line());
    for (let count = 0; count <= most; count++) {
      if (line.startsWith(`${tag} `)) return this.#ending(line, tag);
      this.#note(line);
      onLine(await this.#rest(line));
      line = await this.wire.line();
    }
    throw this.wire.nonsense("answers without end");
  }

  /** A line with what it continues in literals (RFC 3501 §4.3) and the lines behind them; all of that is short. */
  async #rest(first: string): Promise<string> {
    let whole = "";
    let line = first;
    for (let left = MOST_CONTINUED; ; left -= line.length) {
      const size = /\{(\d{1,15})\}$/.exec(line)?.[1];
      left -= Number(size ?? 0);
      if (left < 0) throw this.wire.nonsense("sends more than belongs there");
      if (size === undefined) return whole + line;
      let literal = "";
      for await (const piece of this.wire.octets(Number(size))) literal += Buffer.from(piece).toString("latin1");
      whole += `${line.slice(0, line.lastIndexOf("{"))}${quoted(literal.replace(/[\r\n]/g, ""))}`;
      line = await this.wire.line();
    }
  }

  #ending(line: string, tag: string): Ending {
    const [, state = "", text = ""] = /^(OK|NO|BAD)\b ?(.*)$/i.exec(line.slice(tag.length + 1)) ?? [];
    if (state === "") throw this.wire.nonsense("does not speak IMAP");
    return { good: state.toUpperCase() === "OK", text };
  }
}

/** The message that was asked for is not there any more. */
export class Vanished extends Error {
  override readonly name = "Vanished";
}

/** The lowest UIDs of a list of any length and order, with sizes. */
class First {
  #found = new Map<number, number>();
  #ceiling = Number.POSITIVE_INFINITY;

  constructor(private readonly most: number) {}

  get whole(): boolean {
    return this.#ceiling === Number.POSITIVE_INFINITY && this.#found.size <= this.most;
  }

  add(uid: number, size: number): void {
    if (uid > this.#ceiling) return;
    this.#found.set(uid, size);
    if (this.#found.size < 2 * this.most) return;
    this.#found = new Map(this.sorted());
    this.#ceiling = Math.max(...this.#found.keys());
  }

  sorted(): [uid: number, size: number][] {
    return [...this.#found].sort(([a], [b]) => a - b).slice(0, this.most);
  }
}

/** When a message came into its folder (RFC 3501 §2.3.3), as an answer says. */
function internalDate(line: string): number | undefined {
  const written = /INTERNALDATE "([^"]{1,40})"/i.exec(line)?.[1];
  return written === undefined ? undefined : parseDate(written.trim())?.time;
}

/** The name in an answer to LIST; undefined where nothing is collected from there. */
function listedFolder(line: string): string | undefined {
  const [, flags = "", plain, inQuotes] =
    /^\* LIST \(([^)]*)\) (?:NIL|"(?:[^"\\]|\\.)*") (?:([^"\s]+)|"((?:[^"\\]|\\.)*)")/i.exec(line) ?? [];
  const spelled = plain ?? inQuotes?.replace(/\\(.)/g, "$1");
  if (spelled === undefined || NOT_ALL.test(flags)) return undefined;
  return decodeUtf7(spelled) ?? undefined;
}

/** UIDs as the journal keeps them: text that sorts as numbers do. */
function padded(uid: number): string {
  return String(uid).padStart(10, "0");
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}
