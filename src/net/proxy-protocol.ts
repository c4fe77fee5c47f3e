/**
 * The header with which a load balancer names the client (PROXY protocol, versions 1 and 2, haproxy.org). Pure: octets
 * in, what they say out. Whom to believe is the listener's matter.
 */
import { formatAddress, parseAddress } from "./access.ts";

/** The longest header taken (octets). Version 1 has at most 107; version 2 may carry extensions. */
export const PROXY_HEADER_LIMIT = 4096;

const V1_LIMIT = 107;
const V2_SIGNATURE = Uint8Array.of(0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a);

interface Side {
  readonly address: string;
  readonly port: number;
}

/** What a header said. */
export type ProxyHeader =
  /** More octets are needed. */
  | { readonly kind: "partial" }
  /** These octets are no header. */
  | { readonly kind: "malformed"; readonly reason: string }
  /** The proxy speaks for itself, a health check for example, or cannot name the client. */
  | { readonly kind: "local"; readonly length: number }
  /** The client and the address it connected to; `length` is that of the header in octets. */
  | { readonly kind: "proxied"; readonly length: number; readonly source: Side; readonly destination: Side };

const PARTIAL: ProxyHeader = { kind: "partial" };
const malformed = (reason: string): ProxyHeader => ({ kind: "malformed", reason });

/** Reads a header at the front of what a proxy sent. */
export function parseProxyHeader(octets: Uint8Array): ProxyHeader {
  if (octets.length === 0) return PARTIAL;
  return octets[0] === V2_SIGNATURE[0] ? parseV2(octets) : parseV1(octets);
}

function parseV1(octets: Uint8Array): ProxyHeader {
  const text = Buffer.from(octets.subarray(0, V1_LIMIT)).toString("latin1");
  if (!"PROXY ".startsWith(text.slice(0, 6))) return malformed("no PROXY header");
  const end = text.indexOf("\r\n");
  if (end < 0) return octets.length < V1_LIMIT ? PARTIAL : malformed("version 1 header is not ended");
  const length = end + 2;
  const [, family, source, destination, sourcePort, destinationPort, ...more] = text.slice(0, end).split(" ");
  if (family === "UNKNOWN") return { kind: "local", length };
  if (family !== "TCP4" && family !== "TCP6") return malformed("unknown family");
  const from = side(source, sourcePort, family);
  const to = side(destination, destinationPort, family);
  if (!from || !to || more.length > 0) return malformed("unreadable address or port");
  return { kind: "proxied", length, source: from, destination: to };
}

function side(address: string | undefined, port: string | undefined, family: "TCP4" | "TCP6"): Side | undefined {
  if (!address || !port || address.includes(":") !== (family === "TCP6") || address.includes("%")) return undefined;
  const parsed = parseAddress(address);
  if (!parsed || !/^(0|[1-9]\d{0,4})$/.test(port) || Number(port) > 65_535) return undefined;
  return { address: formatAddress(parsed), port: Number(port) };
}

function parseV2(octets: Uint8Array): ProxyHeader {
  for (let i = 0; i < V2_SIGNATURE.length; i++) {
    if (i === octets.length) return PARTIAL;
    if (octets[i] !== V2_SIGNATURE[i]) return malformed("no PROXY header");
  }
  if (octets.length < 16) return PARTIAL;
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  const version = view.getUint8(12) >> 4;
  const command = view.getUint8(12) & 15;
  if (version !== 2 || command > 1) return malformed("unknown version or command");
  const length = 16 + view.getUint16(14);
  if (length > PROXY_HEADER_LIMIT) return malformed("header is too long");
  if (octets.length < length) return PARTIAL;
  const family = view.getUint8(13) >> 4;
  const transport = view.getUint8(13) & 15;
  // LOCAL, and what the receiver does not know, stand for the proxy's own connection (§2.2).
  if (command === 0 || transport !== 1 || (family !== 1 && family !== 2)) return { kind: "local", length };
  const width = family === 1 ? 1 : 4;
  if (length < 16 + width * 8 + 4) return malformed("header is too short for its addresses");
  const address = (at: number) => {
    const words = Array.from({ length: width }, (_, i) => view.getUint32(at + i * 4));
    return formatAddress(
      parseAddress(formatAddress({ family: family === 1 ? 4 : 6, words })) ?? { family: 4, words: [0] },
    );
  };
  const ports = 16 + width * 8;
  return {
    kind: "proxied",
    length,
    source: { address: address(16), port: view.getUint16(ports) },
    destination: { address: address(16 + width * 4), port: view.getUint16(ports + 2) },
  };
}
