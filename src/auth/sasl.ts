/**
 * SASL exchanges (RFC 4422): PLAIN (RFC 4616), LOGIN (as clients still use it) and SCRAM-SHA-256 with and without channel
 * binding. Each is a sequence of steps over octets; base64, continuation lines and the client's `*` are the protocol's.
 */
import { Refusal } from "../refusal.ts";
import { type AuthRequest, type Mechanism, type Outcome, PLAINTEXT, refused } from "./attempt.ts";
import { type ScramOffer, ScramProof, ScramServer } from "./scram.ts";
import type { Service } from "./services.ts";

/** Octets of one message from a client, decoded. */
const MOST_SASL_OCTETS = 8_192;

/** The session in which an exchange happens. */
export interface SaslContext {
  readonly service: Service;
  readonly remote: string;
  readonly secure: boolean;
  readonly session?: string;
  /** The connection's tls-exporter value (RFC 9266), 32 octets; undefined where there is none. */
  readonly channelBinding?: () => Uint8Array | undefined;
  /** The protocol can send data together with success; then the server's last SCRAM message comes as `success`. */
  readonly successData?: boolean;
}

/** What the server says next. */
export type SaslStep = { readonly challenge: Uint8Array } | { readonly done: Outcome; readonly success?: Uint8Array };

/** One exchange. The first step takes the initial response, or null if the client sent none. */
export interface SaslExchange {
  step(client: Uint8Array | null): Promise<SaslStep>;
}

/** What exchanges need of `Auth`. */
export interface SaslParts {
  readonly offered: readonly Mechanism[];
  readonly authenticate: (request: AuthRequest) => Promise<Outcome>;
  readonly keysFor: (login: string) => ScramOffer;
  readonly sameUser: (login: string, authorization: string) => boolean;
  readonly malformed: () => void;
}

/** Begins an exchange. One for a mechanism that is not offered ends at its first step. */
export function saslExchange(mechanism: string, context: SaslContext, parts: SaslParts): SaslExchange {
  const steps = begin(mechanism, context, parts);
  return {
    async step(client) {
      try {
        if (client !== null && client.length > MOST_SASL_OCTETS) throw malformed();
        return await steps(client);
      } catch (fault) {
        if (!(fault instanceof Refusal)) throw fault;
        if (fault.kind === "invalid") parts.malformed();
        return { done: refused(fault.kind === "invalid" ? "malformed" : "credentials", fault.sentence) };
      }
    },
  };
}

type Steps = SaslExchange["step"];

function begin(mechanism: string, context: SaslContext, parts: SaslParts): Steps {
  const offered = parts.offered.find((name) => name === mechanism);
  switch (offered) {
    case "PLAIN":
      return plain(context, parts);
    case "LOGIN":
      return login(context, parts);
    case "SCRAM-SHA-256":
    case "SCRAM-SHA-256-PLUS":
      return scram(offered, context, parts);
  }
  const plaintext = mechanism === "PLAIN" || mechanism === "LOGIN";
  const done = plaintext
    ? refused("plaintext", PLAINTEXT)
    : refused("mechanism", "This authentication mechanism is not offered here.");
  return async () => ({ done });
}

function plain(context: SaslContext, parts: SaslParts): Steps {
  return async (client) => {
    if (client === null) return { challenge: new Uint8Array(0) };
    const fields = decode(client).split("\0");
    const [authorization = "", name = "", password = ""] = fields;
    if (fields.length !== 3 || name === "" || password === "") throw malformed();
    return finish(context, parts, "PLAIN", { login: name, password }, authorization);
  };
}

function login(context: SaslContext, parts: SaslParts): Steps {
  let name: string | undefined;
  return async (client) => {
    if (client === null) return { challenge: Buffer.from("Username:") };
    if (name === undefined) {
      name = decode(client);
      if (name === "" || name.includes("\0")) throw malformed();
      return { challenge: Buffer.from("Password:") };
    }
    return finish(context, parts, "LOGIN", { login: name, password: decode(client) }, "");
  };
}

function scram(mechanism: "SCRAM-SHA-256" | "SCRAM-SHA-256-PLUS", context: SaslContext, parts: SaslParts): Steps {
  const plus = mechanism === "SCRAM-SHA-256-PLUS";
  const server = new ScramServer({ plus, binding: context.channelBinding?.(), keysFor: parts.keysFor });
  let state: "first" | "final" | "last" = "first";
  let outcome: Outcome = refused("malformed", "The exchange had already ended.");
  return async (client) => {
    if (client === null) {
      if (state === "first") return { challenge: new Uint8Array(0) };
      throw malformed();
    }
    if (state === "first") {
      state = "final";
      return { challenge: Buffer.from(server.first(client)) };
    }
    if (state === "last") return { done: outcome };
    state = "last";
    const { proven, answer, key } = server.final(client);
    const proof = new ScramProof(server.login, proven, key?.appPassword);
    const step = await finish(context, parts, mechanism, proof, server.authorization);
    if (!("done" in step) || !step.done.ok) return step;
    outcome = step.done;
    // The client must see the server's signature before it hears of success (RFC 5802 §3).
    return context.successData === true
      ? { ...step, success: Buffer.from(answer) }
      : { challenge: Buffer.from(answer) };
  };
}

async function finish(
  { service, remote, secure, session }: SaslContext,
  parts: SaslParts,
  mechanism: Mechanism,
  credentials: AuthRequest["credentials"],
  authorization: string,
): Promise<SaslStep> {
  const request = { service, remote, secure, mechanism, credentials, ...(session === undefined ? {} : { session }) };
  const done = await parts.authenticate(request);
  if (done.ok && authorization !== "" && !parts.sameUser(credentials.login, authorization)) {
    return { done: refused("permission", "Nobody can log in to act as somebody else.") };
  }
  return { done };
}

function decode(octets: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(octets);
  } catch {
    throw malformed();
  }
}

function malformed(): Refusal {
  return new Refusal("invalid", "The authentication exchange is malformed.");
}
