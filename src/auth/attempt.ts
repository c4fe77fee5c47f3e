/** What an attempt to log in is made of, and what comes of it. */
import type { User } from "../directory/user.ts";
import type { ScramProof } from "./scram.ts";
import type { Service } from "./services.ts";

export type Mechanism = "PLAIN" | "LOGIN" | "SCRAM-SHA-256" | "SCRAM-SHA-256-PLUS";

/** A password as it was sent. */
export interface PasswordCredentials {
  readonly login: string;
  readonly password: string;
}

/** One attempt to log in. */
export interface AuthRequest {
  readonly service: Service;
  /** The client's address. */
  readonly remote: string;
  /** The connection is encrypted. */
  readonly secure: boolean;
  readonly mechanism: Mechanism;
  readonly credentials: PasswordCredentials | ScramProof;
  /** The session in which it happens, for the log. */
  readonly session?: string;
}

/** What opened a login. */
export type Credential =
  | { readonly kind: "password" | "mailbox"; readonly changedAt: number | null }
  | { readonly kind: "appPassword"; readonly id: number; readonly name: string };

/** Somebody who has logged in. */
export interface Login {
  readonly user: User;
  /** With what: the account's password, a mailbox's own, or an app password. */
  readonly credential: Credential;
  /** The mailbox that is opened: the primary one, or the one whose own name and password were given. */
  readonly mailbox: number;
  /** The mailbox's own name and password were given: nothing else of the user's may be reached. */
  readonly mailboxOnly: boolean;
  readonly service: Service;
  readonly mechanism: Mechanism;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Why a login was refused. */
export type AuthReason =
  | "credentials" // name or password are wrong
  | "barred" // too many failures from there, or against this account
  | "plaintext" // a password must not be sent over this connection
  | "disabled"
  | "expired" // the account, its password or an app password
  | "factor" // the password is right and not enough: an app password is asked for
  | "permission" // may not use this service
  | "malformed" // the exchange itself was wrong
  | "mechanism" // not offered
  | "temporary";

/** What an attempt to log in came to. */
export type Outcome =
  | { readonly ok: true; readonly login: Login }
  | {
      readonly ok: false;
      readonly reason: AuthReason;
      /** One plain sentence for the user. */
      readonly sentence: string;
      /** Seconds after which it is worth trying again. */
      readonly retryAfter?: number;
    };

export type Refused = Extract<Outcome, { ok: false }>;

/** Why a password is not taken over an open connection. */
export const PLAINTEXT = "Passwords are accepted over an encrypted connection only; switch TLS on.";

/** A refusal in the words every service uses. */
export function refused(reason: AuthReason, sentence: string, retryAfter?: number): Refused {
  return { ok: false, reason, sentence, ...(retryAfter === undefined ? {} : { retryAfter }) };
}
