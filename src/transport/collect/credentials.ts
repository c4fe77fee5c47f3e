/**
 * Proving who we are elsewhere: with a password by the best way the server offers, or with a token (OAUTHBEARER of RFC 7628, and XOAUTH2,
 * which it grew out of and which large providers still ask for). A refresh token is changed for tokens where its giver says (RFC 6749 §6).
 */
import { type ClientExchange, clientExchange } from "../send/login.ts";
import type { AccountProperties } from "./account.ts";
import { portOf } from "./account.ts";
import { Trouble } from "./source.ts";

/** What is shown to a server. */
export type Credentials =
  | { readonly kind: "password"; readonly login: string; readonly password: string }
  | {
      readonly kind: "token";
      readonly login: string;
      readonly token: string;
      readonly host: string;
      readonly port: number;
    };

/** What an account keeps beside its properties. */
export interface Secrets {
  readonly secret: string;
  readonly clientSecret: string;
}

/** Milliseconds. */
const PATIENCE_MS = 20_000;
const MOST_ANSWER = 65_536;

/** How to log in with one of the SASL mechanisms offered; undefined where none of them will do. */
export function exchangeFor(offered: readonly string[], credentials: Credentials): ClientExchange | undefined {
  if (credentials.kind === "password") return clientExchange(offered.join(" "), credentials);
  const names = new Set(offered.map((one) => one.toUpperCase()));
  if (names.has("OAUTHBEARER")) return bearer(credentials);
  return names.has("XOAUTH2") ? xoauth2(credentials) : undefined;
}

type Token = Extract<Credentials, { kind: "token" }>;

/** RFC 7628 §3.1; after an error the client sends one 0x01 and hears the refusal (§3.2.3). */
function bearer({ login, token, host, port }: Token): ClientExchange {
  const name = login.replaceAll("=", "=3D").replaceAll(",", "=2C");
  return {
    mechanism: "OAUTHBEARER",
    initial: `n,a=${name},\x01host=${host}\x01port=${port}\x01auth=Bearer ${token}\x01\x01`,
    complete: true,
    answer: async () => "\x01",
  };
}

function xoauth2({ login, token }: Token): ClientExchange {
  return {
    mechanism: "XOAUTH2",
    initial: `user=${login}\x01auth=Bearer ${token}\x01\x01`,
    complete: true,
    answer: async () => "",
  };
}

/**
 * What an account is logged in with. @param keepToken called with a refresh token that replaces the one that was used
 * @param signal calls it off
 * @throws Trouble
 */
export async function credentialsFor(
  account: AccountProperties,
  { secret, clientSecret }: Secrets,
  keepToken: (token: string) => Promise<void>,
  signal: AbortSignal,
): Promise<Credentials> {
  const { login, auth, tokenUrl, host } = account;
  if (secret === "") throw new Trouble("login", auth === "password" ? "Type the password." : "Give the token.");
  if (auth === "password") return { kind: "password", login, password: secret };
  const port = portOf(account);
  if (tokenUrl === "") return { kind: "token", login, token: secret, host, port };
  const form = new URLSearchParams({ grant_type: "refresh_token", refresh_token: secret, client_id: account.clientId });
  if (clientSecret !== "") form.set("client_secret", clientSecret);
  const { access_token: token, refresh_token: next } = await ask(tokenUrl, form, signal);
  if (typeof token !== "string" || token === "" || /[^\x21-\x7e]/.test(token)) {
    throw new Trouble("login", `${hostOf(tokenUrl)} gave no token.`);
  }
  if (typeof next === "string" && next !== "" && next !== secret) await keepToken(next);
  return { kind: "token", login, token, host, port };
}

const hostOf = (url: string) => new URL(url).hostname;

/** One question to whoever gives tokens. Redirects are not followed: the secret would go with them. @throws Trouble */
async function ask(url: string, form: URLSearchParams, signal: AbortSignal): Promise<Record<string, unknown>> {
  let text: string;
  let status: number;
  try {
    const answer = await fetch(url, {
      ...{ method: "POST", body: form, redirect: "error" },
      signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]),
      headers: { accept: "application/json" },
    });
    status = answer.status;
    text = await limited(answer);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Trouble("unreachable", `${hostOf(url)}, which gives tokens, did not answer: ${why}`);
  }
  const given = parsed(text);
  if (status === 200 && given !== undefined) return given;
  const why = typeof given?.error_description === "string" ? given.error_description : given?.error;
  const said = typeof why === "string" ? `: “${why.replace(/\p{Cc}+/gu, " ").slice(0, 200)}”` : ` (${status})`;
  // RFC 6749 §5.2: only then is the token at fault.
  const kind = status === 400 || status === 401 ? "login" : "unreachable";
  throw new Trouble(kind, `${hostOf(url)} gave no token${said}. An administrator has to give a new one.`);
}

async function limited(answer: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of answer.body ?? []) {
    size += piece.length;
    if (size > MOST_ANSWER) throw new Error("its answer has no end");
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
