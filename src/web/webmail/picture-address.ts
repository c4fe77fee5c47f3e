/**
 * Addresses under which pictures of other servers are shown: this server's own, with the picture's inside and signed, so that nobody can
 * have it fetch what no message names. Written by the sanitiser, read by pictures.ts.
 */
import { createHmac } from "node:crypto";

/** Where the proxy for pictures stands. */
export const PICTURES = "/mail/pictures";

/** The address that shows the picture at a URL. */
export const pictureAddress = (url: string, key: string): string =>
  `${PICTURES}/${signatureOf(url, key)}/${Buffer.from(url).toString("base64url")}`;

/** What stands before the URL, and proves that it was in a message. */
export const signatureOf = (url: string, key: string): string =>
  createHmac("sha256", key).update(url).digest("base64url");
