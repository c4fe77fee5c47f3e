/** A section of a message that is in memory whole. */
import { locateSection, type Section, type Structure, selectFields } from "../../src/mime/mime.ts";

/** Its octets as IMAP sends them, or undefined if the message has no such section. */
export function readSection(
  structure: Structure,
  section: Section,
  read: (start: number, end: number) => Uint8Array,
): Uint8Array | undefined {
  const range = locateSection(structure, section);
  if (!range) return undefined;
  const bytes = read(range.start, range.end);
  if (section.text === "HEADER.FIELDS") return selectFields(bytes, section.fields ?? [], false);
  if (section.text === "HEADER.FIELDS.NOT") return selectFields(bytes, section.fields ?? [], true);
  return bytes;
}
