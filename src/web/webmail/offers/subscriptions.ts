/**
 * Ends subscriptions: List-Unsubscribe (RFC 2369 §3.2), with one click where the list offers it and the fields that say so are signed
 * (RFC 8058 §4). The click is this server's: the list learns neither the reader's address nor his browser.
 */
import type { Offer } from "../../../../views/webmail/offers.tsx";
import { t } from "../../../../views/words/words.ts";
import { toldOf } from "../../../filter/told.ts";
import { Refusal } from "../../../refusal.ts";
import type { WebDeps } from "../../deps.ts";
import type { StoredMessage } from "../message.ts";
import { hereOf, type Opened } from "./opened.ts";

const LONGEST = 4_000;
const MOST_WAYS = 10;
/** Octets of an answer that nobody reads. */
const MOST_ANSWER = 100_000;
const PATIENCE_MS = 20_000;

/** The way out of a list, the simplest for its reader. */
export function subscriptionOffers(opened: Opened): Offer[] {
  const { message, deps } = opened;
  const ways = waysOf(message);
  const click = clickOf(message, deps.transport.hostname());
  if (click !== undefined)
    return [{ kind: "unsubscribe", how: "click", href: `${hereOf(opened)}/unsubscribe`, host: click.host }];
  const mail = ways.find(({ protocol }) => protocol === "mailto:");
  if (mail !== undefined) {
    const href = `/mail/compose?mailto=${encodeURIComponent(mail.href.slice(0, LONGEST))}`;
    return [{ kind: "unsubscribe", how: "write", href, host: "" }];
  }
  const page = ways.find(({ protocol }) => protocol === "https:" || protocol === "http:");
  return page === undefined ? [] : [{ kind: "unsubscribe", how: "visit", href: page.href, host: page.host }];
}

/** Ends it with one click. @throws Refusal where the list did not take it */
export async function unsubscribe(deps: WebDeps, message: StoredMessage): Promise<string> {
  const url = clickOf(message, deps.transport.hostname());
  if (url === undefined) throw new Refusal("notFound", t("This list cannot be left with one click."));
  const status = await deps.outside.run(url.href, {
    ...{ accept: "*/*", most: MOST_ANSWER, onPiece: () => undefined, signal: AbortSignal.timeout(PATIENCE_MS) },
    post: { type: "application/x-www-form-urlencoded", octets: Buffer.from("List-Unsubscribe=One-Click") },
  });
  if (status < 200 || status >= 300)
    throw new Refusal("temporary", t("{host} did not take it (it answered {status}).", { host: url.host, status }));
  return t("{host} was told that you leave the list.", { host: url.host });
}

/** The addresses of the field (RFC 2369 §2), in its order. */
function waysOf({ header }: StoredMessage): URL[] {
  const value = (header.get("List-Unsubscribe") ?? "").slice(0, LONGEST * 2);
  return [...value.matchAll(/<([^<>]{1,4000})>/g)]
    .slice(0, MOST_WAYS)
    .flatMap(([, text = ""]) => URL.parse(text.replace(/\s/g, "")) ?? [])
    .filter(({ username, password }) => username === "" && password === "");
}

/**
 * The address of one click, where the field that allows it and the one that names it are signed by somebody proven. There is one of each:
 * a signature covers the last ones (RFC 6376 §5.4.2), and whoever passed the message on may have set others above them.
 */
function clickOf(message: StoredMessage, host: string): URL | undefined {
  const { header } = message;
  const [allowing, naming] = [header.getAll("List-Unsubscribe-Post"), header.getAll("List-Unsubscribe")];
  if (allowing.length !== 1 || naming.length !== 1) return undefined;
  if (!/^\s*List-Unsubscribe=One-Click\s*$/i.test(allowing[0] ?? "")) return undefined;
  const signatures = header.getAll("DKIM-Signature").map(signatureIn);
  const covered = (toldOf(header, host)?.checks ?? []).some(({ method, result, properties }) => {
    if (method !== "dkim" || result !== "pass") return false;
    const { "header.d": domain = "", "header.b": value = "" } = properties;
    // Anybody can write a field that looks like the one that was proven: then it is not known which of them that was.
    const meant = signatures.filter((one) => one.domain === domain.toLowerCase() && one.value.startsWith(value));
    return meant.length > 0 && meant.every(({ fields }) => SIGNED.every((name) => fields.includes(name)));
  });
  return covered ? waysOf(message).find(({ protocol }) => protocol === "https:") : undefined;
}

const SIGNED = ["list-unsubscribe", "list-unsubscribe-post"];

/** What a signature says of itself (RFC 6376 §3.5): whose it is, its value, and the fields it covers. */
function signatureIn(text: string) {
  const tag = (name: string) => (new RegExp(`(?:^|;)\\s*${name}\\s*=([^;]*)`).exec(text)?.[1] ?? "").replace(/\s/g, "");
  return { domain: tag("d").toLowerCase(), value: tag("b"), fields: tag("h").toLowerCase().split(":") };
}
