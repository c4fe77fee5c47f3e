/** What the server says it can do (RFC 5804 §1.7): in its greeting, when asked, and after TLS began. */
import { sieveSettings } from "../../sieve/settings.ts";
import { EXTENSIONS } from "../../sieve/sieve.ts";
import { string } from "./respond.ts";
import type { ManageSieveSession } from "./session.ts";

/** The capabilities, a line each. */
export function capabilities(session: ManageSieveSession): string {
  return capabilityLines(session)
    .map(([name, value]) => `${string(name)}${value === undefined ? "" : ` ${string(value)}`}\r\n`)
    .join("");
}

/** The same by name and value. */
export function capabilityLines(session: ManageSieveSession): [name: string, value: string | undefined][] {
  const { connection, deps, login } = session;
  const context = session.saslContext();
  const binding = context.channelBinding?.() !== undefined;
  const { maxRedirects } = deps.store.settings.get(sieveSettings);
  const mechanisms = login === undefined ? deps.auth.mechanisms({ ...context, channelBinding: binding }) : [];
  return [
    ["IMPLEMENTATION", "Gatepost"],
    // RFC 5804 §1.7: an empty list says that nothing may be done here before TLS.
    ["SASL", mechanisms.join(" ")],
    ["SIEVE", Object.keys(EXTENSIONS).join(" ")],
    ...(connection.canStartTls && login === undefined ? [["STARTTLS", undefined] satisfies [string, undefined]] : []),
    ["MAXREDIRECTS", String(maxRedirects)],
    ["NOTIFY", "mailto"],
    ["UNAUTHENTICATE", undefined],
    ...(login === undefined ? [] : [["OWNER", login.user.login] satisfies [string, string]]),
    ["VERSION", "1.0"],
  ];
}
