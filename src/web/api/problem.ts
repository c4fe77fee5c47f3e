/** What a program hears where something did not go: problem details (RFC 9457), one form for every error. */
import { STATUS_CODES } from "node:http";
import { z } from "zod";
import type { Refused } from "../../auth/attempt.ts";
import { Refusal } from "../../refusal.ts";
import { STATUS } from "../status.ts";
import { WrongMedia } from "./input.ts";

/** The body of every error. Without `type` a problem is what its status says (RFC 9457 §4.2.1). */
export interface Problem {
  readonly title: string;
  readonly status: number;
  /** One sentence for a person. */
  readonly detail: string;
  /** What was refused, in a word that stays: "notPermitted". */
  readonly kind: string;
  /** The property that is wrong. */
  readonly field?: string;
  /** Under which the log has it. */
  readonly trace?: string;
}

/** The kinds that are not a Refusal's, with their status. */
export const OTHER_KINDS = { unauthenticated: 401, methodNotAllowed: 405, mediaType: 415, fault: 500 } as const;

/** How a token is asked for (RFC 6750 §3). */
export const CHALLENGE = 'Bearer realm="Gatepost"';

/** A problem as a response. */
export function problem(
  status: number,
  about: Pick<Problem, "detail" | "kind" | "field" | "trace">,
  headers: Record<string, string> = {},
): Response {
  const title = STATUS_CODES[status] ?? "Error";
  const body: Problem = { title, status, ...about };
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/problem+json", ...headers },
  });
}

/** The problem of something that was thrown; undefined for faults of our own. */
export function problemOf(thrown: unknown): Response | undefined {
  if (thrown instanceof WrongMedia)
    return problem(
      OTHER_KINDS.mediaType,
      { kind: "mediaType", detail: "Send a body as application/json." },
      { accept: "application/json" },
    );
  if (!(thrown instanceof Refusal)) return undefined;
  const { cause } = thrown.options;
  const field = thrown.field ?? (cause instanceof z.ZodError ? fieldOf(cause) : undefined);
  return problem(STATUS[thrown.kind], {
    ...{ kind: thrown.kind, detail: thrown.sentence },
    ...(field !== undefined && { field }),
  });
}

/** The problem of a token that opens nothing. */
export function problemOfToken({ reason, sentence, retryAfter }: Refused): Response {
  if (reason === "plaintext") return problem(403, { kind: "notPermitted", detail: sentence });
  if (reason === "barred") {
    const wait = { "retry-after": String(retryAfter ?? 60) };
    return problem(STATUS.barred, { kind: "barred", detail: sentence }, wait);
  }
  const challenge = { "www-authenticate": `${CHALLENGE}, error="invalid_token"` };
  return problem(STATUS.credentials, { kind: "credentials", detail: sentence }, challenge);
}

function fieldOf({ issues: [issue] }: z.ZodError): string | undefined {
  if (issue?.code === "unrecognized_keys") return issue.keys[0];
  const path = issue?.path.map(String).join(".");
  return path === "" ? undefined : path;
}
