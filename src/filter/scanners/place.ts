/** Where a scanner listens. Pure. */

/** An address and port, or the path of a Unix socket. */
export type Place = { readonly host: string; readonly port: number } | { readonly path: string };

/** @example placeOf("127.0.0.1:3310"), placeOf("[::1]:3310"), placeOf("/run/clamav/clamd.ctl") */
export function placeOf(text: string): Place | undefined {
  if (text.startsWith("/")) return text.length > 1 && !/\p{Cc}/u.test(text) ? { path: text } : undefined;
  const [, six, name, digits] = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = six ?? name;
  const port = Number(digits);
  return host !== undefined && port > 0 && port < 65_536 ? { host, port } : undefined;
}
