/**
 * Who asks: Proxy-Authorization with the Basic scheme (RFC 9110 §11.7, RFC 7617). What was right on a connection is remembered for it, and
 * asked again whether it is still good with every request; the password itself is looked at once.
 */
import type { Auth, Login } from "../../auth/auth.ts";
import type { User } from "../../directory/user.ts";
import type { Gateway, TurnedAway } from "../../gateway/gateway.ts";
import type { Connection } from "../../net/connection.ts";
import type { Answer } from "./answers.ts";
import { challenge, loginAnswer, NEEDS_TLS } from "./refusals.ts";

/** A user, a guest (null), or what to answer instead. */
export type Identity = { readonly user: User | null } | { readonly refused: Answer };

interface Deps {
  readonly auth: Auth;
  readonly gateway: Pick<Gateway, "mayGuest" | "mayTakePassword" | "turnedAway">;
}

const GUEST: Identity = { user: null };
/** RFC 7617 §2: the longest credentials that are looked at (octets of base64). */
const LONGEST = 4_096;
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Name and password of an Authorization or Proxy-Authorization; undefined where it is none of the Basic scheme. */
export function basicOf(value: string): { login: string; password: string } | undefined {
  const token = /^basic +([A-Za-z0-9+/_-]+={0,2})$/i.exec(value)?.[1];
  if (token === undefined || token.length > LONGEST) return undefined;
  let text: string;
  try {
    text = utf8.decode(Buffer.from(token, "base64"));
  } catch {
    return undefined;
  }
  const colon = text.indexOf(":");
  // RFC 7617 §2: no control characters in either.
  if (colon < 1 || /[\u0000-\u001f\u007f]/.test(text)) return undefined;
  return { login: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** Who is at the other end of one connection. */
export class Identification {
  #known: { readonly value: string; readonly login: Login } | undefined;

  constructor(
    private readonly connection: Connection,
    private readonly deps: Deps,
  ) {}

  /** @param values what the Proxy-Authorization fields of a request say */
  identify(values: readonly string[]): Identity | Promise<Identity> {
    const { gateway } = this.deps;
    const { remote, secure } = this.connection;
    const value = values[0];
    if (value === undefined) {
      if (gateway.mayGuest("proxy", remote.address)) return GUEST;
      const why = "The program gave no login, and guests may not use the web proxy.";
      return this.#refuse(gateway.mayTakePassword(remote.address, secure) ? challenge() : NEEDS_TLS, { why });
    }
    if (!gateway.mayTakePassword(remote.address, secure))
      return this.#refuse(NEEDS_TLS, { login: basicOf(value)?.login, why: "The password came without TLS." });
    if (values.length > 1) return this.#refuseBadly("The program said twice who you are.");
    return this.#remembered(value) ?? this.#ask(value);
  }

  #refuse(
    refused: Answer,
    about: Pick<TurnedAway, "why" | "reason"> & { readonly login?: string | undefined },
  ): Identity {
    const { address: remote } = this.connection.remote;
    this.deps.gateway.turnedAway({ service: "proxy", remote, login: undefined, ...about });
    return { refused };
  }

  #refuseBadly(why: string): Identity {
    return this.#refuse(challenge(why), { why });
  }

  #remembered(value: string): Identity | undefined {
    if (this.#known?.value !== value) return undefined;
    const user = this.deps.auth.renewed(this.#known.login);
    if (user) return { user };
    this.#known = undefined;
    return undefined;
  }

  async #ask(value: string): Promise<Identity> {
    const credentials = basicOf(value);
    if (!credentials) return this.#refuseBadly("The program did not say a name and password in the Basic scheme.");
    const outcome = await this.deps.auth.authenticate({
      service: "proxy",
      remote: this.connection.remote.address,
      // Whether a password may come this way was asked above, by the proxies' own setting.
      secure: true,
      mechanism: "PLAIN",
      credentials,
      session: this.connection.id,
    });
    if (!outcome.ok) {
      const { reason, sentence } = outcome;
      return this.#refuse(loginAnswer(outcome), { login: credentials.login, reason, why: sentence });
    }
    this.#known = { value, login: outcome.login };
    return { user: outcome.login.user };
  }
}
