/** The envelope of a message, and where it came from: what the services hand to transport with the octets. */
import type { ReportKind } from "../directory/resolve.ts";
import type { User } from "../directory/user.ts";

/** When a sender wants to hear about a recipient (RFC 3461 §4.1); absent means FAILURE, and DELAY as the server likes. */
export type Notify = "NEVER" | "SUCCESS" | "FAILURE" | "DELAY";

/** What may stand after `with` in a Received field (RFC 3848, RFC 6531 §4.3, and HTTP for webmail). */
export type Protocol =
  | "SMTP"
  | "ESMTP"
  | "ESMTPA"
  | "ESMTPS"
  | "ESMTPSA"
  | "UTF8SMTP"
  | "UTF8SMTPA"
  | "UTF8SMTPS"
  | "UTF8SMTPSA"
  | "HTTP"
  | "IMAP"
  | "POP3";

/** Where a message came from. */
export interface Origin {
  /**
   * `smtp`: anybody on port 25; `submission`: a logged-in user; `web`: webmail; `system`: this server itself; `collection`: an account
   * elsewhere, whose mail nobody here can refuse any more.
   */
  readonly kind: "smtp" | "submission" | "web" | "system" | "collection";
  /** The client's address. */
  readonly remote?: string;
  /** What the client called itself. */
  readonly helo?: string;
  /** The name the client's address has in reverse, where it was looked up. */
  readonly hostname?: string;
  /** Of collected mail: who brought it to the provider, as far as that is known; "" where it is not. */
  readonly broughtBy?: { readonly remote: string; readonly helo: string };
  readonly protocol?: Protocol;
  /** Who logged in. */
  readonly user?: User;
  /** The client's network may send to other servers without a login. */
  readonly trusted?: boolean;
  /** It was held, and somebody looked at it and let it go: it is not judged again, nor held. */
  readonly released?: boolean;
  readonly session: string;
  readonly trace: string;
  /** It is a server that comes again with what it did not hear to be accepted; whoever speaks with it says when it did (`heard`). */
  readonly repeats?: boolean;
  readonly tls?: { readonly version: string; readonly cipher: string };
}

/** Somebody of this house, or the house itself, wrote it: its domain answers for it. */
export function isOwn({ kind, user, trusted }: Pick<Origin, "kind" | "user" | "trusted">): boolean {
  const foreign = kind === "smtp" || kind === "collection";
  return !foreign || user !== undefined || trusted === true;
}

/** One recipient with his delivery status wishes. */
export interface EnvelopeRecipient {
  /** A Mailbox of RFC 5321 §4.1.2 without angle brackets; `postmaster` may stand alone. */
  readonly address: string;
  readonly notify?: readonly Notify[];
  /** The original recipient as `type;address`, decoded (RFC 3461 §4.2). */
  readonly orcpt?: string;
  /** This mailbox itself, whatever addresses it has: only for what this server writes or collects. */
  readonly mailbox?: number;
}

export interface Envelope {
  /** "" is the null reverse-path of reports (RFC 5321 §4.5.5). */
  readonly reversePath: string;
  readonly recipients: readonly EnvelopeRecipient[];
  readonly ret?: "FULL" | "HDRS";
  /** Decoded (RFC 3461 §4.4). */
  readonly envid?: string;
  /** The client asked for SMTPUTF8 (RFC 6531 §3.4). */
  readonly smtputf8?: boolean;
  readonly body?: "7BIT" | "8BITMIME" | "BINARYMIME";
  /** The message may only go over verified TLS (RFC 8689). */
  readonly requireTls?: boolean;
  /** The message goes even where the policy of its domain about TLS cannot be kept to (RFC 8460 §3). */
  readonly tlsOptional?: boolean;
  /** A copy for the record: it goes where it says and nowhere else, whatever is set up there. */
  readonly asIs?: boolean;
  readonly origin: Origin;
}

/** What became of a message that was accepted. */
export interface Accepted {
  readonly trace: string;
  /** Local deliveries, one for each mailbox. */
  readonly delivered: readonly { readonly mailbox: number; readonly folder: number; readonly uid: number }[];
  /** The message's number in the queue, where some recipients are elsewhere. */
  readonly queueId: number | undefined;
}

/** What `checkRecipient` says of an address that may be sent to. */
export type Recipient =
  | {
      readonly kind: "local";
      readonly address: string;
      /** Empty for the addresses of reports. */
      readonly mailboxes: readonly number[];
      readonly reports?: ReportKind;
    }
  | {
      readonly kind: "remote";
      readonly address: string;
      readonly domain: string;
      /** The domain here whose return path it comes back to, where this server sent something on. */
      readonly through?: string;
      /** The server that has its mail, where a directory says so. */
      readonly host?: string;
    }
  /** A local address that nobody has, in a domain that takes such mail and returns it. */
  | { readonly kind: "returned"; readonly address: string };
