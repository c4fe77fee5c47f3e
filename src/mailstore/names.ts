import { Refusal } from "../refusal.ts";

/** Between the levels of a folder name. */
export const SEPARATOR = "/";

const LONGEST_NAME = 1_000;
const MOST_LEVELS = 30;

/**
 * The stored form of a folder name: NFC (RFC 9051 §5.1), INBOX in capitals however it was written.
 * @throws Refusal "invalid" for names that could not be shown or addressed.
 */
export function folderName(name: string): string {
  const normal = name.normalize("NFC");
  const levels = normal.split(SEPARATOR);
  if (levels[0]?.toUpperCase() === "INBOX") levels[0] = "INBOX";
  if (levels.some((level) => level === "" || level.trim() !== level)) {
    throw new Refusal("invalid", "Every level of a folder name needs letters, and none begins or ends with a space.");
  }
  if (normal.length > LONGEST_NAME || levels.length > MOST_LEVELS) {
    throw new Refusal("invalid", `A folder name has at most ${LONGEST_NAME} characters and ${MOST_LEVELS} levels.`);
  }
  // Control characters and line separators (RFC 9051 §5.1), and the wildcards that LIST could not tell apart.
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029%*]/.test(normal) || !normal.isWellFormed()) {
    throw new Refusal("invalid", "A folder name has no control characters, no % and no *.");
  }
  return levels.join(SEPARATOR);
}

/** The names above a name, outermost first. */
export function parentsOf(name: string): string[] {
  const levels = name.split(SEPARATOR);
  return levels.slice(0, -1).map((_, index) => levels.slice(0, index + 1).join(SEPARATOR));
}

/** The folders that every mailbox begins with, and their roles (RFC 6154). */
export const FIRST_FOLDERS: readonly { name: string; specialUse: string | null }[] = [
  { name: "INBOX", specialUse: null },
  { name: "Drafts", specialUse: "Drafts" },
  { name: "Sent", specialUse: "Sent" },
  { name: "Archive", specialUse: "Archive" },
  { name: "Junk", specialUse: "Junk" },
  { name: "Trash", specialUse: "Trash" },
];

/** The roles that a folder may have, one folder each. */
export const specialUses: readonly string[] = FIRST_FOLDERS.flatMap(({ specialUse }) => specialUse ?? []);
