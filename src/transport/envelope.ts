/** The envelope of a message, and where it came from: what the services hand to transport with the octets. */
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
  | "HTTP";

/** Where a message came from. */
export interface Origin {
  /** `smtp`: anybody on port 25; `submission`: a logged-in user; `web`: webmail; `system`: this server itself. */
  readonly kind: "smtp" | "submission" | "web" | "system";
  /** The client's address. */
  readonly remote?: string;
  /** What the client called itself. */
  readonly helo?: string;
  /** The name the client's address has in reverse, where it was looked up. */
  readonly hostname?: string;
  readonly protocol?: Protocol;
  /** Who logged in. */
  readonly user?: User;
  /** The client's network may send to other servers without a login. */
  readonly trusted?: boolean;
  readonly session: string;
  readonly trace: string;
  readonly tls?: { readonly version: string; readonly cipher: string };
}

/** One recipient with his delivery status wishes. */
export interface EnvelopeRecipient {
  /** A Mailbox of RFC 5321 §4.1.2 without angle brackets; `postmaster` may stand alone. */
  readonly address: string;
  readonly notify?: readonly Notify[];
  /** The original recipient as `type;address`, decoded (RFC 3461 §4.2). */
  readonly orcpt?: string;
  /** This mailbox itself, whatever addresses it has: only for what this server writes. */
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
  | { readonly kind: "local"; readonly address: string; readonly mailboxes: readonly number[] }
  | { readonly kind: "remote"; readonly address: string; readonly domain: string }
  /** A local address that nobody has, in a domain that takes such mail and returns it. */
  | { readonly kind: "returned"; readonly address: string };
