/**
 * DNS messages as octets (RFC 1035 §4): queries are written, answers are read. Pure; called by the resolver, and by tests
 * that play a name server. Whatever an answer holds, reading it ends: every name is bounded and pointers only go back.
 */

/** The record types the server asks for. */
export const TYPES = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  OPT: 41,
  TLSA: 52,
} as const;
export type RecordType = keyof typeof TYPES;

/** Answer codes (RFC 1035 §4.1.1). */
export const RCODES = {
  noError: 0,
  formatError: 1,
  serverFailure: 2,
  nameError: 3,
  notImplemented: 4,
  refused: 5,
} as const;

/** One record of an answer, its data still as octets. */
export interface ResourceRecord {
  /** Lower-case, without the last dot. */
  readonly name: string;
  readonly type: number;
  /** Seconds. */
  readonly ttl: number;
  /** Where the data lies in the message: names inside it may point to what is before. */
  readonly start: number;
  readonly end: number;
}

/** An answer, its records not yet interpreted. */
export interface DnsMessage {
  readonly bytes: Uint8Array;
  readonly id: number;
  readonly response: boolean;
  readonly truncated: boolean;
  /** The resolver says it checked the signatures (RFC 4035 §3.2.3). */
  readonly authenticated: boolean;
  readonly rcode: number;
  readonly question: { readonly name: string; readonly type: number } | undefined;
  readonly answers: readonly ResourceRecord[];
  readonly authority: readonly ResourceRecord[];
}

/** The octets were not a DNS message. */
export class MalformedDns extends Error {
  override readonly name = "MalformedDns";
}

/** Most records that are read from one answer; what a mail server asks for has far fewer. */
const MOST_RECORDS = 512;

/**
 * A name as the wire has it (RFC 1035 §3.1).
 * @returns undefined if it cannot be one: an empty or overlong label, or more than 255 octets.
 */
export function encodeName(name: string): Uint8Array | undefined {
  const labels = name.replace(/\.$/, "").split(".");
  if (labels.length === 1 && labels[0] === "") return new Uint8Array(1);
  const out: number[] = [];
  for (const label of labels) {
    if (label.length === 0 || label.length > 63) return undefined;
    out.push(label.length);
    for (let i = 0; i < label.length; i++) {
      const code = label.charCodeAt(i);
      if (code < 0x21 || code > 0x7e) return undefined;
      out.push(code);
    }
  }
  out.push(0);
  return out.length > 255 ? undefined : Uint8Array.from(out);
}

/** Asks for one name and type; recursion and the AD bit are desired (RFC 6840 §5.7). `edns` offers answers of 1,232 octets. */
export function encodeQuery(id: number, name: Uint8Array, type: number, edns: boolean): Uint8Array {
  const opt = edns ? 11 : 0;
  const out = new Uint8Array(12 + name.length + 4 + opt);
  const view = new DataView(out.buffer);
  view.setUint16(0, id);
  view.setUint16(2, 0x0120);
  view.setUint16(4, 1);
  view.setUint16(10, edns ? 1 : 0);
  out.set(name, 12);
  view.setUint16(12 + name.length, type);
  view.setUint16(14 + name.length, 1);
  if (edns) {
    const at = 16 + name.length;
    view.setUint16(at + 1, TYPES.OPT);
    view.setUint16(at + 3, 1232);
  }
  return out;
}

/** Reads a message. @throws MalformedDns */
export function decodeMessage(bytes: Uint8Array): DnsMessage {
  if (bytes.length < 12) throw new MalformedDns("shorter than a header");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = view.getUint16(2);
  let at = 12;
  let question: DnsMessage["question"];
  for (let i = view.getUint16(4); i > 0; i--) {
    const name = readName(bytes, at);
    if (name.next + 4 > bytes.length) throw new MalformedDns("question cut off");
    question ??= { name: name.text, type: view.getUint16(name.next) };
    at = name.next + 4;
  }
  const truncated = (flags & 0x0200) !== 0;
  const sections: ResourceRecord[][] = [];
  for (const count of [view.getUint16(6), view.getUint16(8)]) {
    const records: ResourceRecord[] = [];
    for (let i = 0; i < count; i++) {
      if (records.length === MOST_RECORDS) throw new MalformedDns("too many records");
      // A truncated answer may end anywhere; it is asked for again over TCP.
      if (truncated && at >= bytes.length) break;
      const record = readRecord(bytes, view, at);
      records.push(record);
      at = record.end;
    }
    sections.push(records);
  }
  return {
    bytes,
    id: view.getUint16(0),
    response: (flags & 0x8000) !== 0,
    truncated,
    authenticated: (flags & 0x0020) !== 0,
    rcode: flags & 0x000f,
    question,
    answers: sections[0] ?? [],
    authority: sections[1] ?? [],
  };
}

function readRecord(bytes: Uint8Array, view: DataView, at: number): ResourceRecord {
  const name = readName(bytes, at);
  if (name.next + 10 > bytes.length) throw new MalformedDns("record cut off");
  const start = name.next + 10;
  const end = start + view.getUint16(name.next + 8);
  if (end > bytes.length) throw new MalformedDns("record data cut off");
  // A time to live with the top bit set counts as zero (RFC 2181 §8).
  const ttl = view.getInt32(name.next + 4);
  return { name: name.text, type: view.getUint16(name.next), ttl: Math.max(0, ttl), start, end };
}

/** A name at an offset, with where the reading goes on. Dots and odd octets inside labels are escaped as `\DDD`. */
export function readName(bytes: Uint8Array, offset: number): { text: string; next: number } {
  let text = "";
  let at = offset;
  let next = -1;
  let total = 0;
  for (;;) {
    const length = bytes[at];
    if (length === undefined) throw new MalformedDns("name cut off");
    if (length === 0) return { text, next: next === -1 ? at + 1 : next };
    if ((length & 0xc0) === 0xc0) {
      const target = ((length & 0x3f) << 8) | (bytes[at + 1] ?? 0xff);
      if (next === -1) next = at + 2;
      // Pointers that only go back cannot make a circle (RFC 1035 §4.1.4: "a prior occurrence").
      if (target >= at) throw new MalformedDns("name points forward");
      at = target;
      continue;
    }
    if (length > 63 || at + 1 + length > bytes.length) throw new MalformedDns("label cut off");
    total += length + 1;
    if (total > 255) throw new MalformedDns("name too long");
    if (text !== "") text += ".";
    for (let i = at + 1; i <= at + length; i++) text += character(bytes[i] ?? 0);
    at += length + 1;
  }
}

function character(octet: number): string {
  if (octet < 0x21 || octet > 0x7e || octet === 0x2e || octet === 0x5c) return `\\${String(octet).padStart(3, "0")}`;
  return String.fromCharCode(octet >= 0x41 && octet <= 0x5a ? octet + 32 : octet);
}

/** The data of an MX record; `exchange` is "" for the root: a null MX (RFC 7505). */
export function mxOf(message: DnsMessage, record: ResourceRecord): { preference: number; exchange: string } {
  if (record.end - record.start < 3) throw new MalformedDns("MX cut off");
  const preference = ((message.bytes[record.start] ?? 0) << 8) | (message.bytes[record.start + 1] ?? 0);
  return { preference, exchange: readName(message.bytes, record.start + 2).text };
}

/** The name in a CNAME, PTR or NS record. */
export function nameOf(message: DnsMessage, record: ResourceRecord): string {
  return readName(message.bytes, record.start).text;
}

/** The octets of a TXT record, its strings joined (RFC 7208 §3.3). */
export function txtOf(message: DnsMessage, record: ResourceRecord): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = record.start; at < record.end; ) {
    const length = message.bytes[at] ?? 0;
    if (at + 1 + length > record.end) throw new MalformedDns("string cut off");
    parts.push(message.bytes.subarray(at + 1, at + 1 + length));
    at += 1 + length;
  }
  return Buffer.concat(parts);
}

/** The data of an SRV record (RFC 2782); `target` is "" where the service is not there. */
export function srvOf(message: DnsMessage, record: ResourceRecord): Srv {
  const { bytes } = message;
  if (record.end - record.start < 7) throw new MalformedDns("SRV cut off");
  const view = new DataView(bytes.buffer, bytes.byteOffset + record.start, 6);
  const [priority, weight, port] = [view.getUint16(0), view.getUint16(2), view.getUint16(4)];
  return { priority, weight, port, target: readName(bytes, record.start + 6).text };
}

/** Where a service is. */
export interface Srv {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: string;
}

/** The data of a TLSA record (RFC 6698 §2.2) as zone files have it: "3 1 1 0123…", lower case. */
export function tlsaOf(message: DnsMessage, record: ResourceRecord): string {
  const data = message.bytes.subarray(record.start, record.end);
  if (data.length < 4) throw new MalformedDns("TLSA cut off");
  return `${data[0]} ${data[1]} ${data[2]} ${Buffer.from(data.subarray(3)).toString("hex")}`;
}

/** The address in an A or AAAA record, as text. */
export function addressOf(message: DnsMessage, record: ResourceRecord): string {
  const data = message.bytes.subarray(record.start, record.end);
  if (record.type === TYPES.A && data.length === 4) return data.join(".");
  if (record.type === TYPES.AAAA && data.length === 16) return formatIpv6(data);
  throw new MalformedDns("address of a wrong length");
}

/** Sixteen octets in the form of RFC 5952. */
function formatIpv6(data: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => ((data[2 * i] ?? 0) << 8) | (data[2 * i + 1] ?? 0));
  let best = { start: -1, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  const hex = groups.map((group) => group.toString(16));
  if (best.start === -1) return hex.join(":");
  return `${hex.slice(0, best.start).join(":")}::${hex.slice(best.start + best.length).join(":")}`;
}

/** How long a name's absence may be remembered, in seconds (RFC 2308 §5); undefined if the answer does not say. */
export function negativeTtl(message: DnsMessage): number | undefined {
  const soa = message.authority.find((record) => record.type === TYPES.SOA);
  if (soa === undefined || soa.end - soa.start < 22) return undefined;
  const view = new DataView(message.bytes.buffer, message.bytes.byteOffset + soa.end - 4, 4);
  return Math.min(soa.ttl, view.getUint32(0));
}
