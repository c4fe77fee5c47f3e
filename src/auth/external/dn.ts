/** Distinguished names in text form (RFC 4514), as far as they are compared here. Pure. */
import { fold } from "../../directory/address.ts";

/** Whether a text looks like a DN. */
export function isDn(text: string): boolean {
  return /^[A-Za-z0-9.-]+\s*=/.test(text);
}

/** A DN as it is compared: case and the blanks around `,` and `=` do not count. */
export function comparableDn(dn: string): string {
  return fold(partsOf(dn, ",").map(withoutBlanks).join(","));
}

function withoutBlanks(part: string): string {
  const equals = part.indexOf("=");
  return equals < 0 ? part.trim() : `${part.slice(0, equals).trim()}=${part.slice(equals + 1).trim()}`;
}

/** The value in front: "staff" of `cn=staff,ou=groups,dc=example`. */
export function firstValueOf(dn: string): string {
  const [first = ""] = partsOf(dn, ",");
  const value = first.slice(first.indexOf("=") + 1).trim();
  return value.replaceAll(
    /((?:\\[0-9a-f]{2})+)|\\(.)/gi,
    (_all, octets: string | undefined, plain: string | undefined) =>
      octets === undefined ? (plain ?? "") : Buffer.from(octets.replaceAll("\\", ""), "hex").toString(),
  );
}

/** Cuts at a character that no backslash stands before. */
function partsOf(dn: string, at: string): string[] {
  const parts: string[] = [];
  let part = "";
  for (let i = 0; i < dn.length; i++) {
    const character = dn.charAt(i);
    if (character === "\\") {
      part += character + dn.charAt(i + 1);
      i++;
    } else if (character === at) {
      parts.push(part);
      part = "";
    } else part += character;
  }
  return [...parts, part];
}
