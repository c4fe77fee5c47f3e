/**
 * The colours that people give their folders: an annotation of their own on the folder (RFC 5464 §6.2.2), so that it goes with the
 * folder and other programs can read it.
 */
import type { Statement } from "bun:sqlite";
import type { Store, Tx } from "../store/store.ts";
import type { Annotations } from "./annotations.ts";

export const COLOURS = ["red", "orange", "yellow", "green", "teal", "blue", "purple", "pink"] as const;
export type Colour = (typeof COLOURS)[number];

const ENTRY = "/private/vendor/gatepost/colour";

const isColour = (text: string): text is Colour => COLOURS.some((colour) => colour === text);

export class Colours {
  readonly #ofUser: Statement;

  constructor(
    store: Store,
    private readonly annotations: Annotations,
  ) {
    this.#ofUser = store.client.prepare(
      `SELECT folder, CAST(value AS TEXT) AS colour FROM annotations WHERE "user" = ? AND entry = '${ENTRY}'`,
    );
  }

  /** A user's colours, by folder. What another program wrote that is no colour counts for none. */
  of(user: number): Map<number, Colour> {
    const rows = this.#ofUser.all(user) as { folder: number; colour: string }[];
    return new Map(rows.flatMap(({ folder, colour }) => (isColour(colour) ? [[folder, colour] as const] : [])));
  }

  /** Gives a folder a colour in a user's eyes, or none. @throws Refusal "tooMany" */
  setWithin(tx: Tx, user: number, folder: number, colour: Colour | ""): void {
    const value = colour === "" ? undefined : new TextEncoder().encode(colour);
    this.annotations.setWithin(tx, { folder, user }, ENTRY, value);
  }
}
