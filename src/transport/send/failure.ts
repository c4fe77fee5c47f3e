/** What went wrong in sending, as a value: for the next attempt, the queue page, and the report to the sender. */

import { type Reply, replyText } from "./reply.ts";
import type { TlsTrouble } from "./tls-outcome.ts";

/** How far the attempt came. */
export type Stage = "route" | "connect" | "greeting" | "tls" | "login" | "sender" | "recipient" | "message" | "final";

export interface Failure {
  readonly stage: Stage;
  /** Trying again cannot help. */
  readonly permanent: boolean;
  /** The reply code, where a server answered. */
  readonly code?: number;
  /** Enhanced status code (RFC 3463), its class as `permanent` says. */
  readonly enhanced: string;
  /** The server that was spoken to, `name [address]`. */
  readonly remote?: string;
  /** Its reply as it was. */
  readonly reply?: string;
  /** What happened, in plain words and one sentence. */
  readonly sentence: string;
  /** What the domain is told of it, where it is about TLS to its servers (RFC 8460). */
  readonly tls?: TlsTrouble;
}

/** What was asked for when the server said no, for the sentence. */
const REFUSED: Record<Stage, string> = {
  route: "refused the mail",
  connect: "refused the connection",
  greeting: "refused the connection",
  tls: "refused encryption",
  login: "refused the login",
  sender: "refused the sender",
  recipient: "refused the recipient",
  message: "refused the message",
  final: "refused the message",
};

/** RFC 3463 status for a stage whose reply has none: its subject and detail. */
const STATUS: Record<Stage, string> = {
  route: "4.0",
  connect: "4.1",
  greeting: "3.2",
  tls: "7.0",
  login: "7.0",
  sender: "1.0",
  recipient: "1.0",
  message: "6.0",
  final: "6.0",
};

/** A reply of 400 or more as a failure. `forceTemporary` where the fault is in our own settings: mail waits for their repair. */
export function replied(stage: Stage, reply: Reply, remote: string, forceTemporary = false): Failure {
  const permanent = reply.code >= 500 && !forceTemporary;
  const detail = (reply.enhanced ?? "").replace(/^\d\./, "") || STATUS[stage];
  const text = replyText(reply);
  return {
    stage,
    permanent,
    code: reply.code,
    enhanced: `${permanent ? 5 : 4}.${detail}`,
    remote,
    reply: text,
    sentence: `${remote} ${REFUSED[stage]}${reply.code < 500 ? " for now" : ""}: ${text}`,
  };
}

/** A failure without a reply. */
export function failed(stage: Stage, enhanced: string, sentence: string, remote?: string, code?: number): Failure {
  return {
    stage,
    permanent: enhanced.startsWith("5"),
    enhanced,
    sentence,
    ...(remote !== undefined && { remote }),
    ...(code !== undefined && { code }),
  };
}
