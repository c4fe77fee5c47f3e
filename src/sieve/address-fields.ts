/** Which header fields hold addresses: those of the standards, and those that servers and list programs write. */

const ADDRESS_FIELDS: ReadonlySet<string> = new Set([
  ...["from", "sender", "reply-to", "to", "cc", "bcc"],
  ...["resent-from", "resent-sender", "resent-to", "resent-cc", "resent-bcc", "resent-reply-to"],
  ...["return-path", "delivered-to", "envelope-to", "x-original-to", "original-recipient", "apparently-to"],
  ...["x-envelope-to", "x-envelope-from", "errors-to", "for-approval", "mail-followup-to", "mail-reply-to"],
  ...["disposition-notification-to", "return-receipt-to", "x-confirm-reading-to", "original-from", "author"],
  ...["x-forwarded-to", "x-delivered-to", "x-beenthere", "x-sender", "x-original-from"],
]);

/** Whether the `address` test may look at a field (RFC 5228 §5.1). @param key the name in lower case */
export function holdsAddresses(key: string): boolean {
  return ADDRESS_FIELDS.has(key);
}

/** Whether a text can be the name of a header field (RFC 5322 §2.2). */
export function isFieldName(name: string): boolean {
  return /^[\x21-\x39\x3b-\x7e]+$/.test(name);
}
