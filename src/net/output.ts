/**
 * Octets on their way out of one connection: small writes are joined, and what the kernel does not take is kept
 * until it asks for more. Pure but for the sink it is given.
 */

const EMPTY = new Uint8Array(0);

/** Where octets go: takes some of them and says how many; negative when the connection is gone. */
export interface Sink {
  write(octets: Uint8Array): number;
}

/** The unsent octets of one connection. */
export class Output {
  /** Octets waiting; text counts its UTF-16 units until it is encoded. */
  size = 0;
  /** True while the kernel takes nothing more; `drained` clears it. */
  blocked = false;
  #text = "";
  readonly #pieces: Uint8Array[] = [];

  /** Adds to the end; octets belong to the output until they are sent. */
  add(data: Uint8Array | string): void {
    if (typeof data === "string") {
      this.#text += data;
    } else if (data.length > 0) {
      this.#encodeText();
      this.#pieces.push(data);
    }
    this.size += data.length;
  }

  /** Forgets everything unsent. */
  clear(): void {
    this.size = 0;
    this.#text = "";
    this.#pieces.length = 0;
  }

  /** Sends as much as the kernel takes; returns the number of octets sent, or -1 when the connection is gone. */
  sendTo(sink: Sink): number {
    let sent = 0;
    while (!this.blocked && this.size > 0) {
      const batch = this.#nextBatch();
      const n = sink.write(batch);
      if (n < 0) return -1;
      sent += n;
      if (n < batch.length) {
        this.#pieces.unshift(n === 0 ? batch : batch.subarray(n));
        this.size += batch.length - n;
        this.blocked = true;
      }
    }
    return sent;
  }

  #encodeText(): void {
    if (this.#text === "") return;
    const bytes = Buffer.from(this.#text, "utf8");
    this.size += bytes.length - this.#text.length;
    this.#text = "";
    this.#pieces.push(bytes);
  }

  /** Takes the front off: one large piece, or small ones joined to at most 128 KiB. */
  #nextBatch(): Uint8Array {
    this.#encodeText();
    const pieces = this.#pieces;
    const first = pieces[0];
    if (!first) {
      this.size = 0;
      return EMPTY;
    }
    let count = 1;
    let size = first.length;
    for (let next = pieces[count]; next && size + next.length <= 131_072; next = pieces[++count]) size += next.length;
    const batch = count === 1 ? first : Buffer.concat(pieces.slice(0, count), size);
    if (count === pieces.length) this.#pieces.length = 0;
    else pieces.splice(0, count);
    this.size -= size;
    return batch;
  }
}
