/** How responses are written (RFC 5804 §1.2, §1.3, §4). Pure. */

/** A response code: its name, and a string that belongs to it. */
export interface Code {
  readonly name:
    | "AUTH-TOO-WEAK"
    | "ENCRYPT-NEEDED"
    | "QUOTA"
    | "QUOTA/MAXSCRIPTS"
    | "QUOTA/MAXSIZE"
    | "SASL"
    | "TAG"
    | "TRYLATER"
    | "ACTIVE"
    | "NONEXISTENT"
    | "ALREADYEXISTS"
    | "WARNINGS";
  readonly text?: Uint8Array;
}

/** Octets of a quoted string. */
const LONGEST_QUOTED = 1_024;

/** A string as it is sent: quoted where that is allowed, else a literal. */
export function string(value: string | Uint8Array): string {
  const octets = typeof value === "string" ? Buffer.from(value) : Buffer.from(value);
  const text = octets.toString("utf8");
  if (octets.length <= LONGEST_QUOTED && !/[\0\r\n\ufffd]/.test(text)) return `"${text.replace(/["\\]/g, "\\$&")}"`;
  return `{${octets.length}}\r\n${text}`;
}

function response(word: "OK" | "NO" | "BYE", text: string, code?: Code): string {
  const value = code?.text === undefined ? "" : ` ${string(code.text)}`;
  return `${word}${code === undefined ? "" : ` (${code.name}${value})`}${text === "" ? "" : ` ${string(text)}`}\r\n`;
}

/** What was asked for is done. */
export const ok = (text = "", code?: Code): string => response("OK", text, code);
/** It is not done. */
export const no = (text: string, code?: Code): string => response("NO", text, code);
/** The server ends the session. */
export const bye = (text: string, code?: Code): string => response("BYE", text, code);
