/** Single-line responses (RFC 1939 §3, RFC 2449 §8). */

/** A positive response. */
export const ok = (text = "") => (text === "" ? "+OK\r\n" : `+OK ${oneLine(text)}\r\n`);
/** A negative response, with an extended code (RFC 2449 §8) or "". */
export const err = (code: string, text: string) => `-ERR ${code === "" ? "" : `[${code}] `}${oneLine(text)}\r\n`;

/** RFC 2449 §4: a response's first line has at most 512 octets. */
const oneLine = (text: string) => text.replace(/[^\x20-\x7e]+/gu, "?").slice(0, 480);
