/** The reading of each message under judgement, made once for all tests. */
import type { WholeMessage } from "../judgement.ts";
import { READ_OCTETS, type Reading, readMessage } from "./reading.ts";

export class Readings {
  readonly #made = new WeakMap<WholeMessage["structure"], Promise<Reading>>();

  of(mail: WholeMessage): Promise<Reading> {
    let reading = this.#made.get(mail.structure);
    if (reading === undefined) {
      reading = beginningOf(mail).then((octets) => readMessage(mail.structure, octets));
      this.#made.set(mail.structure, reading);
    }
    return reading;
  }
}

/** The first octets of a message, as far as they are read. */
async function beginningOf({ structure, octets }: WholeMessage): Promise<Uint8Array> {
  const wanted = Math.min(READ_OCTETS, structure.size);
  const beginning = new Uint8Array(wanted);
  let at = 0;
  for await (const piece of octets()) {
    beginning.set(piece.subarray(0, wanted - at), at);
    at += Math.min(piece.length, wanted - at);
    if (at === wanted) break;
  }
  return beginning.subarray(0, at);
}
