/**
 * A tunnel that the pump passes once it is worth it: after so many octets, or when it has stood for a moment. What passes before, and a tunnel
 * that is over by then, costs neither descriptors nor a turn of the other thread. Then both connections are emptied, and their sockets
 * given away. Called by Tunnels.
 */
import type { Connection } from "./connection.ts";
import { type Ending, type Pump, type Running, TUNNEL } from "./pump/pump.ts";
import type { Passed, Tunnel, TunnelOptions } from "./tunnels.ts";
import { copyBoth } from "./tunnels-copy.ts";

/** Octets after which the pump passes the rest. */
const WORTH_IT = 32_768;
/** The pump alone counts the time without octets: a tunnel that has little of it is given to the pump at once (milliseconds). */
const PATIENT_MS = 10_000;

export class PumpedTunnel implements Tunnel {
  readonly done: Promise<Passed>;
  #finish: (passed: Passed) => void = () => {};
  /** What passed before the pump. */
  #sent = 0;
  #received = 0;
  #running: Running | undefined;
  /** Passed from here as long as octets come that are few. */
  #light: boolean;
  #told: Passed | undefined;

  constructor(
    private readonly pump: Pump,
    private readonly left: Connection,
    private readonly right: Connection,
    private readonly options: TunnelOptions,
  ) {
    this.done = new Promise((resolve) => {
      this.#finish = resolve;
    });
    this.#light = options.bucket === undefined && options.idleMs >= PATIENT_MS;
    if (!this.#light) this.#prepare();
    else {
      left.deadline(0);
      right.deadline(0);
      this.#watch(left);
      this.#watch(right);
    }
  }

  /** True while the pump does not have it. */
  get light(): boolean {
    return this.#light;
  }

  /** Gives it to the pump, where it does not have it yet. */
  settle(): void {
    if (!this.#light) return;
    this.#light = false;
    this.#prepare();
  }

  #prepare(): void {
    this.#lookAway();
    this.left.hold();
    this.right.hold();
    // What the loop has already taken from the sockets comes in this turn.
    setImmediate(() => this.#begin());
  }

  #watch(from: Connection): void {
    const look = () => this.#look(from);
    from.watch(look);
    // Whoever opens the tunnel has it in hand before anything happens.
    if (from.buffered > 0 || from.dry) queueMicrotask(look);
  }

  /** From now on both are read by somebody else. */
  #lookAway(): void {
    this.left.watch(undefined);
    this.right.watch(undefined);
  }

  #look(from: Connection): void {
    if (!this.#light) return;
    const { left, right } = this;
    if (from.buffered > 0) {
      if (from === left) this.#sent += hurry(left, right);
      else this.#received += hurry(right, left);
      if (this.#sent + this.#received >= WORTH_IT) this.settle();
    }
    if (this.#light && from.dry) this.#endLight();
  }

  /** One side has ended before it was worth it. */
  #endLight(): void {
    this.#light = false;
    this.#lookAway();
    const { left, right } = this;
    // Who breaks off before anything has passed takes nothing from anybody: the other side is not waited for, either.
    if (this.#sent + this.#received === 0 && (gone(left) ? right.buffered === 0 : gone(right) && left.buffered === 0)) {
      this.end();
      this.#over();
      return;
    }
    // The other is read by somebody else from now on.
    left.hold();
    right.hold();
    this.#copy();
  }

  get passed(): Passed {
    const running = this.#running;
    return { sent: this.#sent + (running?.forth ?? 0), received: this.#received + (running?.back ?? 0) };
  }

  end(): void {
    this.left.destroy();
    this.right.destroy();
  }

  /** Tells what has passed, if that is more than before. */
  tellProgress(): void {
    const { passed } = this;
    if (passed.sent === (this.#told?.sent ?? 0) && passed.received === (this.#told?.received ?? 0)) return;
    this.#told = passed;
    this.options.onProgress?.(passed);
  }

  #begin(): void {
    const { left, right } = this;
    this.#sent += hurry(left, right);
    this.#received += hurry(right, left);
    left.flush().catch(() => undefined);
    right.flush().catch(() => undefined);
    if (!this.#handOver()) this.#copy();
  }

  #handOver(): boolean {
    const { left, right, pump, options } = this;
    const [first, second] = [duplicate(pump, left), duplicate(pump, right)];
    const running =
      first >= 0 && second >= 0
        ? pump.begin({
            ...{ kind: TUNNEL, first, second, idleMs: options.idleMs, bucket: options.bucket },
            ended: (ending) => this.#ended(ending),
          })
        : undefined;
    if (!running) {
      pump.discard(first);
      pump.discard(second);
      return false;
    }
    this.#running = running;
    left.giveAway(running.end);
    right.giveAway(running.end);
    return true;
  }

  #ended({ forth, back }: Ending): void {
    this.#running = undefined;
    this.#sent += forth;
    this.#received += back;
    this.left.leave(forth, back);
    this.right.leave(back, forth);
    this.#over();
  }

  /** Someone does not take what is already here, or the pump takes no more. */
  #copy(): void {
    const { left, right } = this;
    left.release();
    right.release();
    const tunnel = copyBoth(left, right, { ...this.options, onProgress: undefined });
    const sent = this.#sent;
    const received = this.#received;
    void tunnel.done.then((passed) => {
      this.#running = undefined;
      this.#sent = sent + passed.sent;
      this.#received = received + passed.received;
      this.#over();
    });
    this.#running = {
      get forth() {
        return tunnel.passed.sent;
      },
      get back() {
        return tunnel.passed.received;
      },
      end: () => tunnel.end(),
    };
  }

  #over(): void {
    const { passed } = this;
    this.options.onProgress?.(passed);
    this.#finish(passed);
  }
}

const gone = (connection: Connection) => !connection.open && connection.buffered === 0;

/** Writes what one side has sent and nobody has read to the other; the octets. */
function hurry(from: Connection, to: Connection): number {
  const octets = from.takeBuffered();
  if (octets.length > 0) void to.write(octets);
  return octets.length;
}

/** A duplicate of a connection's descriptor; negative where there is none to be had, or something is still to be sent. */
function duplicate(pump: Pump, connection: Connection): number {
  const fd = connection.descriptor;
  return fd === undefined ? -1 : pump.duplicate(fd);
}
