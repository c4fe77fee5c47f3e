/**
 * What SOCKS clients and servers say, as octets. Pure.
 * RFC 1928 (SOCKS 5), RFC 1929 (name and password); SOCKS: A protocol for TCP proxy across firewalls (SOCKS 4, Y. Lee), and its
 * extension 4A, which let the server look names up.
 */
import { formatAddress, normaliseAddress, parseAddress } from "../../net/access.ts";
import type { Endpoint } from "../../net/connection.ts";

export const CONNECT = 1;
export const BIND = 2;
export const UDP_ASSOCIATE = 3;

/** Ways to log in (RFC 1928 §3). */
export const NO_LOGIN = 0;
export const PASSWORD = 2;
export const NOTHING_ACCEPTABLE = 0xff;

/** How SOCKS 5 names a host (RFC 1928 §5). */
export const IPV4 = 1;
export const NAME = 3;
export const IPV6 = 4;

/** Replies of SOCKS 5 (RFC 1928 §6). */
export const Reply = {
  succeeded: 0,
  failure: 1,
  notAllowed: 2,
  networkUnreachable: 3,
  hostUnreachable: 4,
  refused: 5,
  expired: 6,
  commandUnsupported: 7,
  addressUnsupported: 8,
} as const;
export type Reply = (typeof Reply)[keyof typeof Reply];

/** Replies of SOCKS 4. */
const GRANTED = 90;
const REJECTED = 91;

/** What a client asks for. */
export interface Request {
  readonly version: 4 | 5;
  readonly command: number;
  /** A name or an address, as it was written. */
  readonly host: string;
  readonly port: number;
}

/** IPv4 from four octets. */
export function ipv4(octets: Uint8Array): string {
  return `${octets[0]}.${octets[1]}.${octets[2]}.${octets[3]}`;
}

/** IPv6 from sixteen octets; a mapped address is shown as IPv4. */
export function ipv6(octets: Uint8Array): string {
  const view = new DataView(octets.buffer, octets.byteOffset, 16);
  return normaliseAddress(formatAddress({ family: 6, words: [0, 4, 8, 12].map((at) => view.getUint32(at)) }));
}

/** The port in two octets, the higher first. */
export function port(octets: Uint8Array, at = 0): number {
  return ((octets[at] as number) << 8) | (octets[at + 1] as number);
}

/** A name as it was sent: clients write host names in ASCII, or international ones in UTF-8. Undefined for what is neither. */
export function text(octets: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(octets);
  } catch {
    return undefined;
  }
}

/** Kind, address and port, as RFC 1928 §4 writes them. */
export function endpointOctets({ address, port }: Endpoint): Uint8Array {
  const parsed = parseAddress(address) ?? { family: 4, words: [0] };
  const octets = new Uint8Array(parsed.family === 4 ? 7 : 19);
  const view = new DataView(octets.buffer);
  octets[0] = parsed.family === 4 ? IPV4 : IPV6;
  for (const [index, word] of parsed.words.entries()) view.setUint32(1 + index * 4, word);
  view.setUint16(octets.length - 2, port);
  return octets;
}

const NOWHERE: Endpoint = { address: "0.0.0.0", port: 0 };

/** The reply to a request. SOCKS 4 knows yes and no only, and IPv4 only. */
export function replyOctets(version: 4 | 5, reply: Reply, bound: Endpoint = NOWHERE): Uint8Array {
  if (version === 5) return Buffer.concat([Uint8Array.of(5, reply, 0), endpointOctets(bound)]);
  const written = endpointOctets(bound.address.includes(":") ? { ...NOWHERE, port: bound.port } : bound);
  const code = reply === Reply.succeeded ? GRANTED : REJECTED;
  return Buffer.concat([Uint8Array.of(0, code), written.subarray(5), written.subarray(1, 5)]);
}

/** A datagram of a client: where to, and what. */
export interface Datagram {
  readonly host: string;
  readonly port: number;
  readonly data: Uint8Array;
}

/** Reads the head of a datagram (RFC 1928 §7). Undefined for what is malformed, or a fragment: those may be dropped, and are. */
export function parseDatagram(octets: Uint8Array): Datagram | undefined {
  if (octets.length < 8 || octets[0] !== 0 || octets[1] !== 0 || octets[2] !== 0) return undefined;
  const kind = octets[3];
  const start = kind === NAME ? 5 : 4;
  const length = kind === IPV4 ? 4 : kind === IPV6 ? 16 : kind === NAME ? (octets[4] as number) : 0;
  const end = start + length;
  if (length === 0 || octets.length < end + 2) return undefined;
  const named = octets.subarray(start, end);
  const host = kind === IPV4 ? ipv4(named) : kind === IPV6 ? ipv6(named) : text(named);
  if (host === undefined) return undefined;
  return { host, port: port(octets, end), data: octets.subarray(end + 2) };
}

/** A datagram to a client, which says from where it came (RFC 1928 §7). */
export function datagramOctets(from: Endpoint, data: Uint8Array): Uint8Array {
  return Buffer.concat([new Uint8Array(3), endpointOctets(from), data]);
}
