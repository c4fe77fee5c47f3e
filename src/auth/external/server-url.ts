/** How a directory server is named: ldaps://host:port, or ldap://host:port. Pure. */
import { parseAddress } from "../../net/access.ts";

/** Where a server is, and whether TLS begins with the first octet. */
export interface ServerPlace {
  /** As it was written. */
  readonly url: string;
  /** A name, or an address without brackets. */
  readonly host: string;
  readonly port: number;
  /** ldaps: TLS from the first octet. Otherwise STARTTLS (RFC 4511 §4.14). */
  readonly implicitTls: boolean;
}

/** Reads a server's place; gives a sentence if it is none. */
export function parseServer(text: string): ServerPlace | string {
  const match = /^(ldaps?):\/\/(\[[0-9a-f:.]+\]|[^\s/:?#@[\]]+)(?::(\d{1,5}))?\/?$/i.exec(text);
  if (match === null) return "A server is written like ldaps://dc1.example.org or ldap://192.168.1.5:389.";
  const [, scheme = "", written = "", digits] = match;
  const host = written.startsWith("[") ? written.slice(1, -1) : written.toLowerCase();
  if (written.startsWith("[") ? parseAddress(host)?.family !== 6 : !/^[\p{L}\p{N}_.-]{1,253}$/u.test(host))
    return `${written} is neither a name nor an address.`;
  const implicitTls = scheme.toLowerCase() === "ldaps";
  const port = digits === undefined ? (implicitTls ? 636 : 389) : Number(digits);
  if (port < 1 || port > 65_535) return "A port is a number from 1 to 65535.";
  return { url: text, host, port, implicitTls };
}
