/**
 * What comes of running a script: actions as values, to be done by whoever delivers the message. Nothing is done while a script
 * runs; a script that fails half-way therefore leaves nothing behind (RFC 5228 §2.10.6).
 */
import type { Place } from "./error.ts";
import type { Source } from "./script.ts";

/** A piece of a message: octets of the message as it came (from `start`, up to `end`), or new ones. */
export type Piece = Uint8Array | { readonly start: number; readonly end: number };

/** A message that a script changed (RFC 5293, RFC 5703): these pieces one after the other are the whole of it, header and body. */
export interface Rewritten {
  readonly pieces: readonly Piece[];
}

/** What every action has that works with the message itself: the message as it was when the action was taken. */
interface WithMessage {
  /** Undefined: the message as it came. */
  readonly rewritten: Rewritten | undefined;
}

/** Into the inbox (RFC 5228 §4.3), or what the script was to do and did not say. */
export interface Keep extends WithMessage {
  readonly kind: "keep";
  /** Nothing else was asked for (RFC 5228 §2.10.2), or the script failed. */
  readonly implicit: boolean;
  /** IMAP flags and keywords (RFC 5232), each once. */
  readonly flags: readonly string[];
}

/** Into a folder (RFC 5228 §4.1). */
export interface FileInto extends WithMessage {
  readonly kind: "fileinto";
  /** The folder's name as the script says it, in UTF-8. */
  readonly mailbox: string;
  readonly flags: readonly string[];
  /** Make the folder if there is none (RFC 5490 §3.2); otherwise the message is kept in the inbox. */
  readonly create: boolean;
  /** Rather into the folder with this id, if there is one (RFC 9042 §4). */
  readonly mailboxId: string | undefined;
  /** Rather into the folder of this use, e.g. "\\Junk"; if none is, `mailbox` (made with that use if `create`) (RFC 8579 §4). */
  readonly specialUse: string | undefined;
}

/** On to another address (RFC 5228 §4.2). */
export interface Redirect extends WithMessage {
  readonly kind: "redirect";
  readonly address: string;
}

/** On to everybody on a list (RFC 6134 §2.4). */
export interface RedirectToList extends WithMessage {
  readonly kind: "redirectToList";
  readonly list: string;
}

/** Not delivered, and the sender told (RFC 5429): `reject` in the way that suits, `ereject` in the SMTP session. */
export interface Reject {
  readonly kind: "reject" | "ereject";
  readonly reason: string;
}

/** A copy of what an action sends goes into a folder (RFC 8580). */
export type Filing = Pick<FileInto, "mailbox" | "flags" | "create" | "mailboxId" | "specialUse">;

/** An answer to the sender, at most once in a while (RFC 5230). Whether he is answered is judged by whoever delivers. */
export interface Vacation {
  readonly kind: "vacation";
  /** The text, or with `mime` a MIME entity with its header. */
  readonly reason: string;
  readonly mime: boolean;
  /** Undefined: "Auto: " and the subject of the message. */
  readonly subject: string | undefined;
  /** The From of the answer, where it is not the mailbox's own address. */
  readonly from: string | undefined;
  /** Addresses of the owner beyond those the server knows. */
  readonly addresses: readonly string[];
  /** Nobody is answered twice within this time; 0 answers each message (RFC 6131). */
  readonly seconds: number;
  /** What tells one answer from another: the same handle counts as the same answer (RFC 5230 §4.2). */
  readonly handle: string;
  readonly fcc: Filing | undefined;
}

/** A notification by mail (RFC 5435, RFC 5436). */
export interface Notify {
  readonly kind: "notify";
  /** The URI as the script says it. */
  readonly method: string;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
  /** Further header fields of the URI that may be set, without the dangerous ones (RFC 5436 §2.3, §5). */
  readonly fields: readonly { readonly name: string; readonly value: string }[];
  readonly from: string | undefined;
  readonly subject: string;
  readonly body: string;
  /** 1 is urgent, 2 normal, 3 can wait. */
  readonly importance: 1 | 2 | 3;
  readonly fcc: Filing | undefined;
}

/** Nothing, and the implicit keep is off (RFC 5228 §4.4). */
export interface Discard {
  readonly kind: "discard";
}

/** An identifier that `duplicate` asked for is to be remembered (RFC 7352 §3); only where the script came to its end. */
export interface Remember {
  readonly kind: "remember";
  /** Unlike for different handles and names; not longer than 64 characters. */
  readonly id: string;
  readonly seconds: number;
}

export type Action = Keep | FileInto | Redirect | RedirectToList | Reject | Vacation | Notify | Discard | Remember;

/** One line of the story: what was tested and why it held, or what was done. */
export interface Step extends Place {
  readonly kind: "test" | "action" | "note" | "error";
  /** Undefined: the script that was run; otherwise the name of one it includes. */
  readonly script: string | undefined;
  /** What the script says there. */
  readonly what: string;
  /** Of a test. */
  readonly held?: boolean;
  /** One plain sentence, e.g. `Subject is “Invoice 17”, which contains “invoice”.` */
  readonly why: string;
}

/** What comes of running a script. */
export interface Outcome {
  /** In the order of the script; the implicit keep is among them where it applies. */
  readonly actions: readonly Action[];
  /** Where in the script's text each of them was asked for; those of included scripts are missing. */
  readonly places: ReadonlyMap<Action, Source>;
  /** The script failed at run time; `actions` is then the implicit keep alone. */
  readonly error: (Place & { readonly reason: string; readonly script: string | undefined }) | undefined;
  /** Only where it was asked for. */
  readonly story: readonly Step[];
}
