/**
 * The room's door: everything other rooms use of it. Pure code, no state, no input or output.
 *
 * transport and mailstore run a StructureParser over every message; mailstore keeps `encodeStructure`, `imapEnvelope`
 * and `imapBodyStructure`; IMAP slices messages with `locateSection`; webmail, search and filters read headers,
 * envelopes and text. Implements RFC 2045, 2046, 2047, 2183, 2231, 5322, 6532, and the texts of RFC 9051 §7.5.2.
 */

export * from "./addresses.ts";
export * from "./attachments.ts";
export * from "./charset.ts";
export * from "./dates.ts";
export * from "./envelope.ts";
export * from "./header.ts";
export * from "./html.ts";
export * from "./imap-text.ts";
export * from "./parameters.ts";
export * from "./parser.ts";
export * from "./section.ts";
export * from "./stored.ts";
export * from "./structure.ts";
export * from "./text.ts";
export * from "./transfer.ts";
export * from "./words.ts";
export * from "./write.ts";
