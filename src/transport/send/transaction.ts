/**
 * One message over one connection (RFC 5321 §3.3), pipelined where the server allows it (RFC 2920). Every recipient gets an
 * outcome of his own. A connection that breaks before the message was complete leaves the undecided ones to another server;
 * once the last dot went out only the reply counts, and without one the message stays in the queue.
 */
import { isAscii } from "node:buffer";
import { ConnectionClosed, DeadlineExceeded } from "../../net/connection.ts";
import type { Tx } from "../../store/store.ts";
import type { QueuedMessage, QueuedRecipient } from "../queue/rows.ts";
import { SendFailed, type SmtpClient } from "./client.ts";
import { DotStuffer } from "./dots.ts";
import { type Failure, failed, replied } from "./failure.ts";
import { announce, type Nature, needsNature, recipientLine } from "./parameters.ts";
import { type Reply, replyText } from "./reply.ts";

/** A message with those of its recipients that go to one destination. */
export interface Letter {
  readonly message: QueuedMessage;
  readonly recipients: readonly QueuedRecipient[];
  /** The octets that are sent; may be asked for more than once. */
  readonly octets: () => AsyncIterable<Uint8Array>;
}

/** What became of one recipient. */
export type Outcome =
  /** `reports`: the server promised the status reports that were asked for. */
  | { readonly kind: "sent"; readonly remote: string; readonly reply: string; readonly reports: boolean }
  /** For a mailbox of this server: it is put there by the commit that notes it; false if there is no room for it after all. */
  | { readonly kind: "here"; place(tx: Tx): boolean }
  | { readonly kind: "failed"; readonly failure: Failure }
  /** The server wants fewer recipients at a time: it is his turn at once. */
  | { readonly kind: "again" };

export interface Result {
  /** By recipient id; who is missing is undecided. */
  readonly outcomes: Map<number, Outcome>;
  /** Set where the connection broke with somebody undecided. */
  readonly lost: Failure | undefined;
}

/** Sends one message. What goes wrong is in the result; only faults of our own are thrown, and the connection is closed then. */
export async function transact(client: SmtpClient, letter: Letter): Promise<Result> {
  const transaction = new Transaction(client, letter);
  try {
    await transaction.run();
    return { outcomes: transaction.outcomes, lost: undefined };
  } catch (error) {
    if (error instanceof SendFailed) return { outcomes: transaction.outcomes, lost: error.failure };
    // A message that cannot be read to its end must not be ended with a dot.
    client.connection.destroy();
    throw error;
  }
}

class Transaction {
  readonly outcomes = new Map<number, Outcome>();
  readonly #pipelining: boolean;

  constructor(
    private readonly client: SmtpClient,
    private readonly letter: Letter,
  ) {
    this.#pipelining = client.offers("PIPELINING");
  }

  async run(): Promise<void> {
    const { client, letter } = this;
    const nature = needsNature(letter.message, client) ? await natureOf(letter) : undefined;
    const mail = announce(letter.message, client, nature);
    if (mail.kind === "refused") {
      this.#fail(letter.recipients, mail.failure);
      return;
    }
    const recipients = this.#asManyAsTaken(this.#addressable());
    if (recipients.length === 0) return;
    const reset = client.needsReset;
    client.transactions++;
    client.needsReset = true;
    const lines = recipients.map(([, line]) => line);
    if (this.#pipelining) {
      const all = [...(reset ? ["RSET"] : []), mail.line, ...lines, ...(mail.bdat ? [] : ["DATA"])];
      client.send(`${all.join("\r\n")}\r\n`);
    }
    if (reset) await this.#reply("sender", "RSET");
    const sender = await this.#reply("sender", mail.line);
    const accepted = await this.#recipients(sender, recipients);
    if (mail.bdat) await this.#binary(accepted);
    else await this.#data(accepted);
  }

  /** Recipients whose addresses this server can be told, each with his command. */
  #addressable(): [QueuedRecipient, string][] {
    const { client } = this;
    const able: [QueuedRecipient, string][] = [];
    for (const recipient of this.letter.recipients) {
      const line = recipientLine(recipient, client);
      if (line !== undefined) able.push([recipient, line]);
      else {
        const text = `${client.remote} does not take international addresses such as ${recipient.address}.`;
        this.#fail([recipient], failed("recipient", "5.6.7", text, client.remote));
      }
    }
    return able;
  }

  /** RFC 9422: the server may say how many recipients it takes at a time; the others follow. */
  #asManyAsTaken(recipients: [QueuedRecipient, string][]): [QueuedRecipient, string][] {
    const limit = this.client.limit("RCPTMAX") ?? recipients.length;
    for (const [{ id }] of recipients.slice(limit)) this.outcomes.set(id, { kind: "again" });
    return recipients.slice(0, limit);
  }

  /** The reply to a line; it was sent already where the server takes pipelines. */
  async #reply(stage: "sender" | "recipient" | "message", line: string): Promise<Reply> {
    const { command, data } = this.client.timeouts;
    if (!this.#pipelining) this.client.send(`${line}\r\n`);
    return await this.client.read(stage, stage === "message" ? data : command);
  }

  /** The recipients the server takes. */
  async #recipients(sender: Reply, recipients: readonly [QueuedRecipient, string][]): Promise<QueuedRecipient[]> {
    const { client } = this;
    const refused = isPositive(sender) ? undefined : this.#refusal("sender", sender);
    if (refused !== undefined) {
      if (!client.usable) throw new SendFailed(refused);
      const everybody = recipients.map(([recipient]) => recipient);
      this.#fail(everybody, refused);
      if (!this.#pipelining) return [];
    }
    const accepted: QueuedRecipient[] = [];
    for (const [recipient, line] of recipients) {
      const reply = await this.#reply("recipient", line);
      if (refused !== undefined) continue;
      if (isPositive(reply)) accepted.push(recipient);
      else if (!client.usable) throw new SendFailed(this.#refusal("recipient", reply));
      else if (accepted.length > 0 && isTooMany(reply)) this.outcomes.set(recipient.id, { kind: "again" });
      else this.#fail([recipient], this.#refusal("recipient", reply));
    }
    return accepted;
  }

  async #data(accepted: readonly QueuedRecipient[]): Promise<void> {
    const { client } = this;
    if (accepted.length === 0 && !this.#pipelining) return;
    const go = await this.#reply("message", "DATA");
    if (accepted.length === 0) {
      // RFC 2920 §3.1: a server that goes on regardless gets an empty message to nobody.
      if (go.code === 354) await client.command("final", ".");
      return;
    }
    if (go.code !== 354) {
      const failure = this.#refusal("message", go);
      if (!client.usable) throw new SendFailed(failure);
      this.#fail(accepted, failure);
      return;
    }
    const stuffer = new DotStuffer();
    client.connection.deadline(client.timeouts.block);
    for await (const chunk of this.letter.octets()) await this.#write(stuffer.stuff(chunk));
    client.connection.write(stuffer.end()).catch(() => undefined);
    await this.#final(accepted);
  }

  /** RFC 3030: in chunks of known length, octets as they are. */
  async #binary(accepted: readonly QueuedRecipient[]): Promise<void> {
    const { client } = this;
    if (accepted.length === 0) return;
    client.connection.deadline(client.timeouts.block);
    for await (const chunk of this.letter.octets()) {
      client.send(`BDAT ${chunk.length}\r\n`);
      await this.#write(chunk);
      const reply = await client.read("message", client.timeouts.final);
      if (isPositive(reply)) continue;
      const failure = this.#refusal("message", reply);
      if (!client.usable) throw new SendFailed(failure);
      this.#fail(accepted, failure);
      return;
    }
    client.send("BDAT 0 LAST\r\n");
    await this.#final(accepted);
  }

  /** Part of the message. A server that breaks off may have said why before. */
  async #write(octets: Uint8Array): Promise<void> {
    const { client } = this;
    try {
      await client.connection.write(octets);
    } catch (error) {
      if (!(error instanceof ConnectionClosed || error instanceof DeadlineExceeded)) throw error;
      const reply = await client.read("message", 1_000).catch(() => undefined);
      if (reply !== undefined && !isPositive(reply)) throw new SendFailed(this.#refusal("message", reply));
      throw client.broken("message", error);
    }
  }

  /** The one reply that decides. */
  async #final(accepted: readonly QueuedRecipient[]): Promise<void> {
    const { client } = this;
    let reply: Reply;
    try {
      reply = await client.read("final", client.timeouts.final);
    } catch (error) {
      if (!(error instanceof SendFailed)) throw error;
      this.#fail(accepted, error.failure);
      return;
    }
    if (!isPositive(reply)) {
      this.#fail(accepted, this.#refusal("final", reply));
      return;
    }
    client.needsReset = false;
    const sent: Outcome = {
      kind: "sent",
      remote: client.remote,
      reply: replyText(reply),
      reports: client.offers("DSN"),
    };
    for (const { id } of accepted) this.outcomes.set(id, sent);
  }

  #refusal(stage: "sender" | "recipient" | "message" | "final", reply: Reply): Failure {
    // A positive reply in the wrong place is no consent.
    return reply.code >= 400
      ? this.client.refusal(stage, reply).failure
      : { ...replied(stage, reply, this.client.remote), permanent: false, enhanced: "4.5.0" };
  }

  #fail(recipients: readonly QueuedRecipient[], failure: Failure): void {
    for (const { id } of recipients) this.outcomes.set(id, { kind: "failed", failure });
  }
}

function isPositive(reply: Reply): boolean {
  return reply.code >= 200 && reply.code < 300;
}

/** RFC 5321 §4.5.3.1.10: 552 for too many recipients is to be taken as 452. */
function isTooMany(reply: Reply): boolean {
  return (reply.code === 452 || reply.code === 552) && (reply.enhanced === undefined || /\.5\.3$/.test(reply.enhanced));
}

async function natureOf(letter: Letter): Promise<Nature> {
  let eightBit = false;
  let eightBitHeader: boolean | undefined;
  for await (const chunk of letter.octets()) {
    if (eightBitHeader === undefined) {
      // A header longer than a chunk counts as one that ends with it.
      const end = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).indexOf("\r\n\r\n");
      eightBitHeader = !isAscii(chunk.subarray(0, end === -1 ? chunk.length : end));
    }
    eightBit ||= !isAscii(chunk);
    if (eightBit) break;
  }
  return { eightBit, eightBitHeader: eightBitHeader ?? false };
}
