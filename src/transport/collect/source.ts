/** What a run asks of a server elsewhere, whichever protocol it speaks, and what can go wrong there. */

/** A message that lies there. */
export interface Listed {
  /** UID with leading zeros, or UIDL: what the journal knows it by. */
  readonly uid: string;
  /** Octets, as far as the server says. */
  readonly size: number;
}

/** What a look finds in a folder. */
export interface Listing {
  /** In the order in which they are collected. */
  readonly messages: readonly Listed[];
  /** All are named; else there are more behind them, for another look. */
  readonly whole: boolean;
  /** The highest UID there is; "" where there is none, and where they have no order. */
  readonly last: string;
}

/** One session, logged in. Used by one at a time. */
export interface Source {
  /** The server's address, for trace fields. */
  readonly remote: string;
  readonly tls: { readonly version: string; readonly cipher: string } | undefined;
  /** The folders among those that are wanted; one without a name where there are no folders. @throws Trouble */
  folders(wanted: readonly string[]): Promise<string[]>;
  /** Opens a folder; gives its UIDVALIDITY, 0 where there is none. @throws Trouble */
  open(folder: string, willRemove: boolean): Promise<number>;
  /** What lies in the open folder from a UID on, and came there at `since` or later. @throws Trouble */
  list(from: number, since?: number): Promise<Listing>;
  /** The octets of a message. Must be read to the end before anything else is asked. @throws Trouble */
  fetch(message: Listed): AsyncGenerator<Uint8Array>;
  /** Removes messages of the open folder; gives those that are gone now. @throws Trouble */
  remove(uids: readonly string[]): Promise<readonly string[]>;
  /** Whether `wait` hears of new mail. */
  readonly canWait: boolean;
  /** Waits in a folder until there is something new, for so many milliseconds at most, or until the signal. @throws Trouble */
  wait(folder: string, ms: number, signal: AbortSignal): Promise<void>;
  /** Says goodbye; gives what is gone with that. Never throws. */
  end(): Promise<readonly string[]>;
  /** Drops the connection. */
  destroy(): void;
}

/** What keeps mail from being collected. */
export type TroubleKind = "unreachable" | "tls" | "login" | "busy" | "protocol" | "full" | "notPermitted";

/** Collecting came to an end; the sentence says why, and what to do. */
export class Trouble extends Error {
  override readonly name: string = "Trouble";
  constructor(
    readonly kind: TroubleKind,
    readonly sentence: string,
  ) {
    super(sentence);
  }
}

/** The server says no when it is asked for one message. */
export class NotGiven extends Trouble {
  constructor(host: string, said: string) {
    super("protocol", `${host} did not give a message: ${said}`);
  }
}
