/**
 * ftp:// through the web proxy: files and folders of FTP servers as HTTP resources, for programs that speak nothing but HTTP to a proxy.
 * GET and HEAD; a folder is a page of links. Name and password come from the address or from Authorization; without them it is anonymous.
 *
 * RFC 1738 §3.2 (the URL: a CWD for each part, `;type=`), RFC 959, RFC 3659 (SIZE, MDTM, REST, MLSD), RFC 9110 §14 (one range).
 */
import { listingPage } from "../../../views/proxy/listing.tsx";
import { textOf } from "../../gateway/ftp/client.ts";
import { type FtpEntry, readListLine, readMlsdLine } from "../../gateway/ftp/listing.ts";
import { Remote, serverText } from "../../gateway/ftp/remote.ts";
import { GateRefusal, type Visitor } from "../../gateway/visit.ts";
import type { Connection } from "../../net/connection.ts";
import { ConnectionClosed } from "../../net/errors.ts";
import { Fields } from "../../net/http/fields.ts";
import { Refusal } from "../../refusal.ts";
import type { Answer } from "./answers.ts";
import type { Client } from "./client.ts";
import { Delivery } from "./delivery.ts";
import type { Shared } from "./deps.ts";
import type { TargetUri } from "./exchange.ts";
import type { Framing } from "./framing.ts";
import { basicOf } from "./identify.ts";
import { BadRequest } from "./problem.ts";
import { plainAnswer } from "./refusals.ts";

/** What a path of the URL names: octets, one a character. */
export interface FtpPath {
  /** Folders to go through, one after the other. */
  readonly folders: readonly string[];
  /** The file; undefined for a folder. */
  readonly file: string | undefined;
  /** `;type=a` asks for text. */
  readonly text: boolean;
}

interface Credentials {
  readonly login: string;
  readonly password: string;
}

/** Entries of a folder that a page shows, drawn in one piece, and octets of a listing that are read for it. */
const MOST_ENTRIES = 2_000;
const MOST_LISTING = 1 << 20;
const LONGEST_LINE = 8_192;

/** Reads the path of an ftp URL. @throws BadRequest for what could be more than one command, or no text of FTP at all */
export function parseFtpPath(path: string): FtpPath {
  const type = /;type=([aid])$/i.exec(path)?.[1]?.toLowerCase();
  const parts = (type === undefined ? path : path.slice(0, -7)).split("/").slice(1).map(decoded);
  const file = parts.pop() ?? "";
  // RFC 1738 §3.2.2: an empty part is a CWD with nothing; no server knows what to do with it, but for the first, which is the root.
  const folders = parts.flatMap((part, at) => (part !== "" ? [part] : at === 0 ? ["/"] : []));
  const isFolder = file === "" || type === "d";
  return {
    folders: isFolder && file !== "" ? [...folders, file] : folders,
    file: isFolder ? undefined : file,
    text: type === "a",
  };
}

/** Fetches a file or a folder, and answers the client. @throws GateRefusal, BadRequest, ConnectionClosed */
export async function fetchFtp(shared: Shared, client: Client, visitor: Visitor, uri: TargetUri): Promise<void> {
  const { request } = client;
  const answer = (answer: Answer) => client.answer(answer, shared.now());
  // Nobody here reads a content: what came behind the head must not be taken for the next request.
  if (request.framing.kind !== "none") client.closing = true;
  const target = { host: uri.host, port: uri.port, scheme: "ftp", url: uri.url } as const;
  const refusal = shared.barredUrls.refusal(uri.url);
  if (refusal !== undefined) {
    shared.gateway.refused(visitor, target, refusal);
    throw refusal;
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    const sentence = "Files of FTP servers are fetched through this proxy, not changed. Use an FTP program for that.";
    return await answer({ ...plainAnswer(405, "Not this way", sentence, uri.url), fields: [["Allow", "GET, HEAD"]] });
  }
  const path = parseFtpPath(uri.path);
  const credentials = credentialsOf(uri, request.fields.get("authorization"));
  let cut: GateRefusal | undefined;
  try {
    const remote = await Remote.open(visitor, uri, {
      ...{ gateway: shared.gateway, tls: "offered", signal: client.connection.signal, url: uri.url },
      replyMs: shared.settings().headTimeout * 1_000,
    });
    remote.trip.passing.onCut((why) => {
      cut = why;
      remote.trip.connection.destroy();
      if (client.answered) client.connection.destroy();
    });
    try {
      const problem = await new Fetch(shared, client, remote, uri, path).run(credentials);
      if (problem) await answer(problem);
    } finally {
      remote.close();
    }
  } catch (error) {
    if (client.answered) {
      // A part is never taken for the whole.
      client.connection.destroy();
      if (isEnd(error)) throw new ConnectionClosed("the answer was cut off", { cause: error });
      throw error;
    }
    if (cut) throw cut;
    if (!(error instanceof Refusal)) throw error;
    await answer(plainAnswer(502, "The FTP server does not answer as it should", error.sentence, uri.url));
  }
}

const isEnd = (error: unknown) => error instanceof Refusal || error instanceof GateRefusal;

class Fetch {
  constructor(
    private readonly shared: Shared,
    private readonly client: Client,
    private readonly remote: Remote,
    private readonly uri: TargetUri,
    private readonly path: FtpPath,
  ) {}

  /** Answers the client, or says what to answer. */
  async run({ login, password }: Credentials): Promise<Answer | undefined> {
    const { remote, path, uri } = this;
    let reply = await remote.ask(`USER ${login}`);
    if (reply.code === 331) reply = await remote.ask(`PASS ${password}`);
    if (reply.code !== 230) return this.#challenge(textOf(reply));
    await remote.ask(`TYPE ${path.text ? "A" : "I"}`);
    for (const folder of path.folders) {
      if ((await remote.ask(`CWD ${folder}`)).code >= 300) return missing(uri);
    }
    if (path.file === undefined) return await this.#folder();
    return await this.#file(path.file);
  }

  async #file(name: string): Promise<Answer | undefined> {
    const { remote, client, uri } = this;
    const size = numberIn(await remote.ask(`SIZE ${name}`), 213, /^(\d{1,15})$/);
    const time = numberIn(await remote.ask(`MDTM ${name}`), 213, /^(\d{14})/);
    const fields = Fields.of([["Content-Type", typeOf(name, this.path.text)]]);
    if (time !== undefined) fields.set("Last-Modified", timeOf(String(time)));
    if (size !== undefined) fields.set("Accept-Ranges", "bytes");
    if (client.headOnly) {
      if (size === undefined && (await remote.ask(`CWD ${name}`)).code < 300) return moved(uri);
      if (size === undefined && time === undefined) return missing(uri);
      if (size !== undefined) fields.set("Content-Length", String(size));
      return await this.#deliver(undefined, { fields, framing: { kind: "none" } });
    }
    const from = rangeFrom(client.request.fields, size);
    const data = await remote.openData();
    try {
      const skipped = from > 0 && (await remote.ask(`REST ${from}`)).code === 350;
      const begun = await remote.ask(`RETR ${name}`);
      if (begun.code >= 200) return (await remote.ask(`CWD ${name}`)).code < 300 ? moved(uri) : missing(uri);
      await remote.client.secureData(data);
      const left = size === undefined ? undefined : size - (skipped ? from : 0);
      if (skipped && size !== undefined) fields.set("Content-Range", `bytes ${from}-${size - 1}/${size}`);
      const framing: Framing = left === undefined ? { kind: "close" } : { kind: "length", octets: left };
      return await this.#deliver(data, { fields, framing, status: skipped ? 206 : 200 });
    } finally {
      data.destroy();
    }
  }

  async #folder(): Promise<Answer | undefined> {
    const { client, uri } = this;
    if (!uri.path.replace(/;type=d$/i, "").endsWith("/")) return moved(uri);
    if (client.headOnly) {
      return await this.#deliver(undefined, { fields: Fields.of([["Content-Type", HTML]]), framing: { kind: "none" } });
    }
    const read = (await this.#list("MLSD", readMlsdLine)) ?? (await this.#list("LIST", readListLine));
    if (read === undefined) return missing(uri);
    const entries = read.entries
      .toSorted((left, right) => order(left) - order(right) || (left.name < right.name ? -1 : 1))
      .map(({ name, kind, ...entry }) => ({
        ...{ ...entry, kind, name: shown(name) },
        href: `./${hrefOf(name)}${kind === "folder" ? "/" : ""}`,
      }));
    const address = `ftp://${serverText(uri)}${shown(decoded(uri.path))}`;
    const text = listingPage({ address, below: uri.path !== "/", entries, more: read.more });
    await client.answer({ status: 200, body: { type: HTML, text } }, this.shared.now());
    return undefined;
  }

  /** Reads a listing; undefined where the server does not give it. */
  async #list(
    command: string,
    readLine: (line: string) => FtpEntry | undefined,
  ): Promise<{ entries: FtpEntry[]; more: boolean } | undefined> {
    const { remote } = this;
    const data = await remote.openData();
    try {
      if ((await remote.ask(command)).code >= 200) return undefined;
      await remote.client.secureData(data);
      const read = await this.#lines(data, readLine);
      data.destroy();
      await remote.reply();
      return read;
    } finally {
      data.destroy();
    }
  }

  async #lines(data: Connection, readLine: (line: string) => FtpEntry | undefined) {
    const { bodyTimeout, responseTimeout } = this.shared.settings();
    // Somebody waits for the page: a listing that comes line by line has its time as a whole, too.
    const until = performance.now() + responseTimeout * 1_000;
    const entries: FtpEntry[] = [];
    let octets = 0;
    try {
      while (entries.length < MOST_ENTRIES && octets < MOST_LISTING) {
        data.deadline(Math.max(1, Math.min(bodyTimeout * 1_000, until - performance.now())));
        const { bytes } = await data.readLine(LONGEST_LINE);
        octets += bytes.length + 2;
        const entry = readLine(Buffer.from(bytes).toString("latin1"));
        if (entry) entries.push(entry);
      }
    } catch (error) {
      if (!(error instanceof ConnectionClosed)) throw error;
      return { entries, more: false };
    } finally {
      this.remote.trip.passing.add(0, octets);
    }
    return { entries, more: true };
  }

  async #deliver(
    data: Connection | undefined,
    { fields, framing, status = 200 }: { fields: Fields; framing: Framing; status?: number },
  ): Promise<undefined> {
    const { shared, client, remote } = this;
    const response = { status, reason: status === 206 ? "Partial Content" : "OK", fields };
    const delivery = new Delivery(shared, client, remote.trip.passing);
    const origin = { connection: data ?? remote.trip.connection };
    const whole = framing.kind === "close" ? () => this.#wasWhole() : undefined;
    await delivery.send(origin, { minor: 1, response, framing }, { uploading: false, keeping: undefined, whole });
    return undefined;
  }

  /** The end of a data connection says nothing of whether all has come; the reply behind it does (RFC 959 §3.4). */
  async #wasWhole(): Promise<void> {
    const { code } = await this.remote.reply();
    if (code >= 300) throw new ConnectionClosed("the server has broken its file off");
  }

  /** The server wants another login: asked for with its own name, so that a browser keeps it apart (RFC 9110 §11.6.1). */
  #challenge(said: string): Answer {
    const name = serverText(this.uri);
    const sentence = `${name} lets you in with a name and password of its own. It says: ${shown(said).slice(0, 300)}`;
    const answer = plainAnswer(401, "This FTP server wants a login", sentence, this.uri.url);
    return { ...answer, fields: [["WWW-Authenticate", `Basic realm="FTP ${name}", charset="UTF-8"`]] };
  }
}

const HTML = "text/html; charset=utf-8";

const order = ({ kind }: FtpEntry) => (kind === "folder" ? 0 : 1);

/** Percent signs taken out, to octets (RFC 3986 §2.1). @throws BadRequest */
function decoded(part: string): string {
  const octets = part.replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
  if (/[\u0000-\u001f\u007f]/.test(octets)) throw new BadRequest(400, "The address holds a control character.", true);
  return octets;
}

/** Octets as people read them: UTF-8 where it is. */
const shown = (octets: string) => Buffer.from(octets, "latin1").toString("utf8");

function hrefOf(octets: string): string {
  return octets.replace(/[^A-Za-z0-9._~-]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
}

function credentialsOf(uri: TargetUri, authorization: string | undefined): Credentials {
  if (uri.userinfo !== undefined) {
    const [login = "", ...password] = uri.userinfo.split(":");
    return { login: decoded(login), password: decoded(password.join(":")) };
  }
  const basic = authorization === undefined ? undefined : basicOf(authorization);
  const octets = (text: string) => Buffer.from(text, "utf8").toString("latin1");
  if (basic) return { login: octets(basic.login), password: octets(basic.password) };
  return { login: "anonymous", password: "anonymous@" };
}

/** Where a range without an end begins, or one whose end is the file's; 0 for the whole file. Other ranges may be left aside (RFC 9110 §14.2). */
function rangeFrom(fields: Fields, size: number | undefined): number {
  const range = /^bytes=(\d{1,15})-(\d{1,15})?$/.exec(fields.get("range") ?? "");
  if (range === null || size === undefined || fields.has("if-range")) return 0;
  const from = Number(range[1]);
  const toEnd = range[2] === undefined || Number(range[2]) >= size - 1;
  return toEnd && from < size ? from : 0;
}

function numberIn(reply: { readonly code: number; readonly lines: readonly string[] }, code: number, form: RegExp) {
  const text = reply.code === code ? form.exec(textOf(reply).trim())?.[1] : undefined;
  return text === undefined ? undefined : Number(text);
}

/** RFC 3659 §2.3: a time is given in UTC. */
function timeOf(digits: string): string {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/.exec(digits) ?? [];
  const at = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  return new Date(at).toUTCString();
}

function typeOf(name: string, text: boolean): string {
  const ending = /\.[A-Za-z0-9]{1,10}$/.exec(name)?.[0];
  if (ending === undefined) return text ? "text/plain" : "application/octet-stream";
  return Bun.file(`x${ending}`).type;
}

function missing(uri: TargetUri): Answer {
  return plainAnswer(404, "Not there", "The FTP server has no such file or folder, or does not show it.", uri.url);
}

/** A folder's address ends with a slash, so that the links on its page lead into it. */
function moved(uri: TargetUri): Answer {
  const userinfo = uri.userinfo === undefined ? "" : `${uri.userinfo}@`;
  const path = uri.path.replace(/;type=[aid]$/i, "");
  const to = `ftp://${userinfo}${uri.url.slice("ftp://".length, uri.url.length - uri.path.length)}${path}/`;
  const answer = plainAnswer(301, "A folder", "This is a folder; its address ends with a slash.", to);
  return { ...answer, fields: [["Location", to]] };
}
