/**
 * One question to a scanner and its answer, each over a connection of its own: all three (clamd, rspamd, SpamAssassin) can be asked so.
 * Whatever listens there is not believed to keep to its protocol: its answer is bounded in size, and every wait in time.
 */
import { connect, type Socket } from "node:net";
import { type Place, placeOf } from "./place.ts";

export interface Bounds {
  /** For the connection, for each piece that is sent, and for the whole answer. */
  readonly seconds: number;
  /** Octets of an answer. */
  readonly mostOctets: number;
  /** Ends what is not needed any more. */
  readonly signal?: AbortSignal | undefined;
}

/** A scanner that cannot be asked, or does not answer. */
export class NoAnswer extends Error {}

/** It closed while it was still being told, and what it may have said is lost. */
export class HungUp extends NoAnswer {}

/**
 * Sends octets and gives what comes back until the other side closes. Whoever closes before it has read everything may have answered.
 * @throws NoAnswer
 */
export async function exchange(at: string, octets: AsyncIterable<Uint8Array>, bounds: Bounds): Promise<Buffer> {
  const place = placeOf(at);
  if (place === undefined) throw new NoAnswer(`${at} is not a place where a scanner can be`);
  return await new Asking(at, place, bounds).run(octets);
}

class Asking {
  readonly #socket: Socket;
  readonly #answer: Buffer[] = [];
  #octets = 0;
  #over = false;
  #hungUp = false;
  #settle: (fault?: NoAnswer) => void = () => {};
  /** Whoever waits until more can be sent. */
  #goOn: () => void = () => {};
  readonly #closed: Promise<void>;

  constructor(
    private readonly at: string,
    place: Place,
    private readonly bounds: Bounds,
  ) {
    this.#closed = new Promise((resolve, reject) => {
      this.#settle = (fault) => {
        this.#over = true;
        this.#goOn();
        if (fault === undefined) resolve();
        else reject(fault);
      };
    });
    // Whoever sends hears of it afterwards.
    this.#closed.catch(() => {});
    this.#socket = connect(place);
    this.#socket.on("data", (piece: Buffer) => this.#take(piece));
    this.#socket.on("drain", () => this.#goOn());
    this.#socket.on("end", () => this.#settle());
    this.#socket.on("close", () => this.#settle());
    this.#socket.on("error", (error) => this.#fail(error.message));
  }

  async run(octets: AsyncIterable<Uint8Array>): Promise<Buffer> {
    const { seconds, signal } = this.bounds;
    const timer = setTimeout(() => this.#settle(new NoAnswer(`${this.at} does not answer`)), seconds * 1_000);
    const end = () => this.#settle(new NoAnswer("nobody waits for the answer any more"));
    signal?.addEventListener("abort", end);
    try {
      if (signal?.aborted === true) end();
      let complete = true;
      for await (const piece of octets) {
        if (this.#over) {
          complete = false;
          break;
        }
        if (!this.#socket.write(piece)) await new Promise<void>((resolve) => this.#wait(resolve));
        timer.refresh();
        // Who has enough answers and hangs up: to write on would lose what he said.
        await new Promise(setImmediate);
      }
      await this.#closed.catch((fault: unknown) => {
        throw fault instanceof NoAnswer && !complete && this.#hungUp ? new HungUp(fault.message) : fault;
      });
      if (!complete && this.#octets === 0) throw new HungUp(`${this.at} closed too early`);
      return Buffer.concat(this.#answer);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      this.#socket.destroy();
    }
  }

  #wait(resolve: () => void): void {
    this.#goOn = resolve;
    if (this.#over || !this.#socket.writableNeedDrain) resolve();
  }

  #take(piece: Buffer): void {
    this.#octets += piece.length;
    if (this.#octets > this.bounds.mostOctets) this.#settle(new NoAnswer(`${this.at} answers without end`));
    else this.#answer.push(piece);
  }

  /** Somebody who answered and closed without reading the rest resets the connection: the answer counts. */
  #fail(why: string): void {
    this.#hungUp = true;
    this.#settle(this.#octets > 0 ? undefined : new NoAnswer(`${this.at} does not answer: ${why}`));
  }
}
