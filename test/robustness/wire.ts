/** Very many connections at once: each costs its test little, and does only what it is told. */

const handlers: Bun.SocketHandler<Wire> = {
  data: (socket, octets) => socket.data.received(octets),
  close: (socket) => socket.data.ended(),
  end: (socket) => socket.data.ended(),
  error: (socket) => socket.data.ended(),
};

/** Octets kept of what came. */
const MOST_KEPT = 4_096;

export class Wire {
  /** The last of what came and was not taken. */
  text = "";
  /** Octets that came in all. */
  octets = 0;
  closed = false;
  #socket: Bun.Socket<Wire> | undefined;
  #waiting: (() => void) | undefined;

  static async open(port: number): Promise<Wire> {
    const wire = new Wire();
    wire.#socket = await Bun.connect({ hostname: "127.0.0.1", port, data: wire, socket: handlers });
    return wire;
  }

  /** Opens so many, a few at a time, each to the port that `portOf` gives it. */
  static async openMany(count: number, portOf: (n: number) => number): Promise<Wire[]> {
    const wires: Wire[] = [];
    for (let at = 0; at < count; at += 100) {
      const some = Array.from({ length: Math.min(100, count - at) }, (_, n) => Wire.open(portOf(at + n)));
      wires.push(...(await Promise.all(some)));
    }
    return wires;
  }

  /** Sends text; short enough for the kernel to take at once. */
  send(text: string): void {
    this.#socket?.write(text);
  }

  /** Takes nothing more from the kernel. */
  pause(): void {
    this.#socket?.pause();
  }

  /** Resolves when the text that came has this in it, and forgets that text; rejects where the connection ends before. */
  async heard(what: string, seconds = 30): Promise<string> {
    const end = performance.now() + seconds * 1_000;
    while (!this.text.includes(what)) {
      if (this.closed) throw new Error(`closed after ${JSON.stringify(this.text)}, without ${what}`);
      if (performance.now() > end) throw new Error(`no ${what} in ${JSON.stringify(this.text)}`);
      await this.#more(end);
    }
    const { text } = this;
    this.text = "";
    return text;
  }

  /** Resolves when the other side has closed, with the last of what it said. */
  async end(seconds = 30): Promise<string> {
    const end = performance.now() + seconds * 1_000;
    while (!this.closed) {
      if (performance.now() > end) throw new Error(`not closed after ${JSON.stringify(this.text)}`);
      await this.#more(end);
    }
    return this.text;
  }

  destroy(): void {
    this.#socket?.terminate();
  }

  received(octets: Uint8Array): void {
    this.octets += octets.length;
    this.text = (this.text + Buffer.from(octets).toString("latin1")).slice(-MOST_KEPT);
    this.#waiting?.();
  }

  ended(): void {
    this.closed = true;
    this.#waiting?.();
  }

  /** Waits until something happens, or a little. */
  async #more(end: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(1, end - performance.now()));
      this.#waiting = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#waiting = undefined;
  }
}
