/**
 * The way to one destination in one attempt: its targets in turn, until one is ready to take mail. A target whose TLS is broken is
 * tried once more without, where TLS was only an opportunity (RFC 7435).
 */
import { connect } from "../../net/connect.ts";
import { ConnectFailed, type Connection, TlsFailed } from "../../net/connection.ts";
import type { Deadlines } from "../../net/deadlines.ts";
import type { Route } from "../route.ts";
import type { BrokenTls } from "./broken-tls.ts";
import { type ClientOptions, SendFailed, SmtpClient, TlsBroken, tlsOptions } from "./client.ts";
import { type Failure, failed } from "./failure.ts";
import { policyNames } from "./sts-policy.ts";
import { type Target, type TargetParts, targetsOf } from "./targets.ts";
import { type TlsTrouble, type TlsWish, troubleOf } from "./tls-outcome.ts";

export interface WayParts extends TargetParts, Omit<ClientOptions, "withoutTls" | "strict"> {
  readonly brokenTls: BrokenTls;
  readonly deadlines: Deadlines;
  /** Gives up when aborted. */
  readonly signal: AbortSignal;
  /** Told of each target that did not work. */
  readonly onFailure: (failure: Failure) => void;
  /** Told how TLS went with each server that was reached, where its domain may want to hear of it. */
  readonly onSession?: ((wish: TlsWish, trouble: TlsTrouble | undefined) => void) | undefined;
}

export class Way {
  readonly #targets: AsyncGenerator<Target | Failure>;
  #last: Failure | undefined;
  #lastTemporary: Failure | undefined;

  constructor(
    route: Route,
    private readonly parts: WayParts,
    private readonly strict: boolean,
  ) {
    this.#targets = targetsOf(route, parts, strict);
  }

  /** The next server that is ready; undefined if there is none left, and `failure` says why. */
  async next(): Promise<SmtpClient | undefined> {
    for (;;) {
      const { value: target, done } = await this.#targets.next();
      if (done === true || target === undefined) return undefined;
      if ("sentence" in target) {
        this.note(target);
        continue;
      }
      try {
        return await this.#reach(target);
      } catch (error) {
        if (!(error instanceof SendFailed)) throw error;
        this.note(error.failure);
      }
    }
  }

  /** Remembers that a target did not work. */
  note(failure: Failure): void {
    this.#last = failure;
    if (!failure.permanent) this.#lastTemporary = failure;
    this.parts.onFailure(failure);
  }

  /** Why nothing worked: for good only if no target leaves hope. */
  get failure(): Failure {
    return this.#lastTemporary ?? this.#last ?? failed("route", "4.4.4", "There is no server to send to.");
  }

  async #reach(target: Target): Promise<SmtpClient> {
    const withoutTls = !this.strict && target.tls === "opportunistic" && this.parts.brokenTls.has(target.address);
    try {
      const client = await this.#greet(target, withoutTls);
      if (target.wish !== undefined) this.parts.onSession?.(target.wish, troubleWith(client, target, target.wish));
      return client;
    } catch (error) {
      if (!(error instanceof TlsBroken) || this.strict) throw error;
      this.parts.onFailure(error.failure);
      const client = await this.#greet(target, true);
      this.parts.brokenTls.add(target.address);
      return client;
    }
  }

  async #greet(target: Target, withoutTls: boolean): Promise<SmtpClient> {
    const options = { ...this.parts, withoutTls, strict: this.strict };
    return await SmtpClient.greet(await this.#connect(target), target, options);
  }

  async #connect(target: Target): Promise<Connection> {
    const { parts } = this;
    const name = `${target.name} [${target.address}]`;
    try {
      return await connect({
        host: target.address,
        port: target.port,
        timeoutMs: parts.timeouts.connect,
        deadlines: parts.deadlines,
        signal: parts.signal,
        ...(target.tls === "implicit" && { tls: tlsOptions(target, { ...parts, strict: this.strict }) }),
      });
    } catch (error) {
      if (error instanceof ConnectFailed) {
        const why = error.attempts.map((attempt) => attempt.reason).join("; ");
        throw new SendFailed(
          failed("connect", "4.4.1", `${name} cannot be reached at port ${target.port}: ${why}.`, name),
        );
      }
      if (error instanceof TlsFailed) {
        throw new SendFailed(failed("tls", "4.7.5", `Encryption with ${name} failed: ${error.message}.`, name));
      }
      throw error;
    }
  }
}

/** What the domain would have to be told of a session although it came about (RFC 8461 §5: a policy that is only tried refuses nothing). */
function troubleWith({ connection }: SmtpClient, target: Target, wish: TlsWish): TlsTrouble | undefined {
  const about = { wish, server: target.name, address: target.address };
  if (!connection.secure) return { ...about, type: "starttls-not-supported" };
  if (wish.type !== "sts") return undefined;
  if (!policyNames({ mx: wish.servers }, target.name)) return { ...about, type: "validation-failure" };
  const said = connection.tls?.verifyError;
  return said === undefined ? undefined : { ...about, type: troubleOf(said) };
}
