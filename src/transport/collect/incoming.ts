/**
 * A message as it comes from a server elsewhere: its header is read first, since it says whom it is for and who brought it to the provider;
 * the rest passes through. On the way line ends become what they are in mail (RFC 5322 §2.3), and a digest is made by which the same message is
 * known again, whichever way it came.
 */
import { Header } from "../../mime/header.ts";
import { parseAddress } from "../../net/access.ts";

/** Octets of a header that are looked at. */
const MOST_HEAD = 262_144;
/** Octets of a Received field that are looked at; of honest ones the client stands within the first few hundred. */
const MOST_TRACE = 2_000;
const CR = 13;
const LF = 10;

/** Who brought a message to the provider, by the trace its servers left (RFC 5321 §4.4); empty where that cannot be known. */
export interface Bringer {
  readonly remote: string;
  readonly helo: string;
}

/** Makes CRLF of every line end, however the octets are cut into pieces. */
export class LineEnds {
  /** A CR whose LF may be in the next piece. */
  #held = false;

  pass(piece: Uint8Array): Uint8Array {
    const octets = this.#held ? Buffer.concat([Uint8Array.of(CR), piece]) : piece;
    this.#held = octets.at(-1) === CR;
    const whole = this.#held ? octets.subarray(0, -1) : octets;
    const bare = bareEnds(whole);
    return bare === 0 ? whole : mended(whole, bare);
  }

  rest(): Uint8Array {
    return this.#held ? Uint8Array.of(CR, LF) : new Uint8Array(0);
  }
}

function bareEnds(octets: Uint8Array): number {
  let bare = 0;
  for (let at = octets.indexOf(LF); at >= 0; at = octets.indexOf(LF, at + 1)) if (octets[at - 1] !== CR) bare++;
  for (let at = octets.indexOf(CR); at >= 0; at = octets.indexOf(CR, at + 1)) if (octets[at + 1] !== LF) bare++;
  return bare;
}

function mended(octets: Uint8Array, bare: number): Uint8Array {
  const result = new Uint8Array(octets.length + bare);
  let to = 0;
  for (let at = 0; at < octets.length; at++) {
    const octet = octets[at] as number;
    if (octet === LF && octets[at - 1] !== CR) result[to++] = CR;
    result[to++] = octet;
    if (octet === CR && octets[at + 1] !== LF) result[to++] = LF;
  }
  return result;
}

/** A message on its way in. */
export class Incoming {
  readonly header: Header;
  readonly #body = new Bun.CryptoHasher("sha256");
  /** The last octet has been read. */
  complete = false;
  /** Line ends that the body's end may consist of: servers differ in them. */
  #pending = 0;

  private constructor(
    private readonly start: Uint8Array,
    headLength: number,
    private readonly more: AsyncGenerator<Uint8Array>,
    private readonly ends: LineEnds,
  ) {
    this.header = new Header(start.subarray(0, headLength));
    this.#hash(start.subarray(headLength));
  }

  /** Reads up to the end of the header. */
  static async begin(octets: AsyncGenerator<Uint8Array>): Promise<Incoming> {
    const ends = new LineEnds();
    let start = Buffer.alloc(0);
    for (;;) {
      const end = start.indexOf("\r\n\r\n");
      if (end >= 0) return new Incoming(start, end + 4, octets, ends);
      if (start.length >= MOST_HEAD) return new Incoming(start, start.length, octets, ends);
      const { value, done } = await octets.next();
      start = Buffer.concat([start, done === true ? ends.rest() : ends.pass(value)]);
      if (done === true) return new Incoming(start, start.length, octets, ends);
    }
  }

  /** All octets, the header's first. */
  async *octets(): AsyncGenerator<Uint8Array> {
    yield this.start;
    for await (const piece of this.more) {
      const whole = this.ends.pass(piece);
      this.#hash(whole);
      yield whole;
    }
    this.complete = true;
    yield this.ends.rest();
  }

  /** The digest of what its sender wrote, once all octets have passed. @param to sets apart what went to different people */
  digest(to: string): string {
    const id = this.header.get("message-id")?.trim() ?? "";
    const fields = id === "" ? ["from", "date", "subject"].map((name) => this.header.get(name) ?? "") : [id];
    const body = this.#body.copy().digest("hex");
    return new Bun.CryptoHasher("sha256")
      .update([to, ...fields, body].join("\n"))
      .digest("base64url")
      .slice(0, 32);
  }

  #hash(octets: Uint8Array): void {
    let end = octets.length;
    while (end > 0 && (octets[end - 1] === CR || octets[end - 1] === LF)) end--;
    if (end > 0) {
      this.#body.update("\r\n".repeat(this.#pending / 2));
      this.#body.update(octets.subarray(0, end));
      this.#pending = 0;
    }
    this.#pending += octets.length - end;
  }
}

/** The return path as the provider wrote it (RFC 5321 §4.4); "" where it is none. */
export function returnPathOf(header: Header): string {
  const path = /^<?([^<>\s]*)>?$/.exec(header.get("return-path")?.trim() ?? "")?.[1] ?? "";
  return path.length <= 320 && /^[^@\s]+@[^@\s]+$/.test(path) && !/\p{Cc}/u.test(path) ? path : "";
}

/**
 * Who brought a message to the provider: the client that the newest Received field names whose address is a public one. What its servers
 * write between themselves is passed over where the address is private, or as often as is set; further down anybody may have written it.
 */
export function bringerOf(header: Header, isPublic: (address: string) => boolean, passedOver: number): Bringer {
  let left = passedOver;
  for (const field of header.getAll("received").slice(0, 30)) {
    const client = clientOf(field);
    if (client === undefined || !isPublic(client.remote)) continue;
    if (left-- > 0) continue;
    return client;
  }
  return { remote: "", helo: "" };
}

/** `from helo (name [address])`, in the spellings of the usual servers. What stands in parentheses they found out themselves. */
function clientOf(field: string): Bringer | undefined {
  const from = /^from\s+([\s\S]*?)(?:\sby\s|$)/i.exec(field.slice(0, MOST_TRACE))?.[1];
  if (from === undefined) return undefined;
  const inside = [...from.matchAll(/\(([^()]*)\)/g)].map(([, one = ""]) => one).join(" ");
  // RFC 5321 §4.1.3: the mark of an address is no part of it, though its 6 could be.
  const known = inside.replace(/IPv6:/gi, "");
  const places = known.match(/(?:\d{1,3}\.){3}\d{1,3}|[0-9a-f]{0,4}:[0-9a-f:.]+/gi) ?? [];
  const address = places.findLast((one) => parseAddress(one) !== undefined);
  if (address === undefined) return undefined;
  const [said = ""] = from.split(/[\s(]/);
  return { remote: address, helo: /helo[= ]([^\s()]+)/i.exec(known)?.[1] ?? said };
}
