/**
 * What a sender is told of what became of his message: a message disposition notification (RFC 8098 §3). For one that a script rejected
 * after he had gone (RFC 5429 §2.2.1), and for one that was read. Pure.
 */
import { encodeBody } from "../../mime/quoted.ts";
import { printable } from "../send/reply.ts";

/** What such a notification says. */
export interface Disposition {
  readonly reason: string;
  /** This server's name. */
  readonly hostname: string;
  /** The recipient who does not take it. */
  readonly recipient: string;
  /** The Message-ID of the message, as it stands there; "" where there is none. */
  readonly messageId: string;
  /** Unique; makes the boundary. */
  readonly id: string;
  /** What was done, and by whom (RFC 8098 §3.2.6). */
  readonly disposition:
    | "automatic-action/MDN-sent-automatically; deleted"
    | "manual-action/MDN-sent-manually; displayed";
}

/** The notification as a MIME entity. */
export function dispositionEntity(told: Disposition): string {
  const { reason, hostname, recipient, messageId, id, disposition } = told;
  const boundary = `disposition-${id}`;
  const { encoding, body } = encodeBody(reason.replace(/\r\n|\r|\n/g, "\n"));
  const type = /^[\x20-\x7e]*$/.test(recipient) ? "rfc822" : "utf-8";
  const original = /^<[\x21-\x3b\x3d\x3f-\x7e]{1,250}>$/.test(messageId) ? [`Original-Message-ID: ${messageId}`] : [];
  return [
    `Content-Type: multipart/report; report-type=disposition-notification;\r\n boundary="${boundary}"`,
    "",
    `--${boundary}`,
    "Content-Type: text/plain; charset=utf-8",
    `Content-Transfer-Encoding: ${encoding}`,
    "",
    body,
    `--${boundary}`,
    "Content-Type: message/disposition-notification",
    "",
    `Reporting-UA: ${hostname}; Gatepost`,
    `Final-Recipient: ${type}; ${printable(recipient)}`,
    ...original,
    `Disposition: ${disposition}`,
    "",
    `--${boundary}--`,
    "",
  ].join("\r\n");
}
