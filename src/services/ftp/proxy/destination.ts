/**
 * Which server is meant, and as whom, in the ways that FTP clients say it to a proxy. No RFC has them; they are those of the first
 * firewalls, which clients offer by name:
 *
 *     USER name@host[:port]                       (USER@HOST; the proxy's own login may come first)
 *     USER name@host[:port] login … ACCT password (joined-acct)
 *     USER name@login@host, PASS pass@password    (joined)
 *     USER login@host, PASS password, USER name   (proxy login @ host)
 *     SITE host[:port]   OPEN host[:port]         (after the proxy's own login)
 *
 * Pure.
 */
import { FTP_PORT, type Server } from "../../../gateway/ftp/remote.ts";
import { targetHost } from "../../../gateway/gateway.ts";

/** What an argument of USER says. */
export interface Destination extends Server {
  /** The name before the host, which may have an @ itself. */
  readonly name: string;
  /** The proxy's own login, where it was added behind a blank. */
  readonly login: string | undefined;
}

/** Reads "host", "host:21", "[::1]:21", or "host 21" as some clients write it. */
export function parseServer(text: string): Server | undefined {
  const parts = /^(?:\[([0-9A-Fa-f:.]+)\]|([^\s:@/[\]]+))(?:[: ](\d{1,5}))?$/.exec(text.trim());
  if (parts === null) return undefined;
  const host = targetHost(parts[1] ?? parts[2] ?? "");
  const port = parts[3] === undefined ? FTP_PORT : Number(parts[3]);
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port };
}

/** Reads what follows USER; undefined where no server is named in it. */
export function parseDestination(text: string): Destination | undefined {
  const [where = "", login, ...more] = text.trim().split(/ +/);
  const at = where.lastIndexOf("@");
  if (at < 1 || more.length > 0) return undefined;
  const server = parseServer(where.slice(at + 1));
  return server && { ...server, name: where.slice(0, at), login };
}

/** The two halves of "name@login" or "pass@password": the last @ parts them. */
export function halves(text: string): { readonly first: string; readonly last: string } | undefined {
  const at = text.lastIndexOf("@");
  return at < 1 ? undefined : { first: text.slice(0, at), last: text.slice(at + 1) };
}
