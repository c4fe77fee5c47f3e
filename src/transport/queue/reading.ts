/** What an administrator sees of a waiting message: its header, and the beginning of what it says. */
import { StructureParser } from "../../mime/parser.ts";
import { textOf } from "../../mime/text.ts";
import type { ContentStore } from "../../store/content.ts";
import { startOf } from "./octets.ts";
import type { QueuedMessage } from "./rows.ts";

/** A message as it is shown. */
export interface ReadMessage {
  /** As it is sent; controls are left out. */
  readonly header: string;
  /** HTML as text. */
  readonly text: string;
  /** There is no more text than this. */
  readonly whole: boolean;
}

/** Octets of a message that are looked at, and characters that are shown. */
const MOST_OCTETS = 262_144;
const MOST_HEADER = 32_768;
const MOST_TEXT = 20_000;

/** Controls but line ends and tabs: they would mislead whoever reads. */
const MISLEADING = /[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/gu;

/** The beginning of a message. */
export function readMessage(content: ContentStore, message: QueuedMessage): ReadMessage {
  const octets = startOf(content, message, MOST_OCTETS);
  const parser = new StructureParser();
  parser.write(octets);
  const structure = parser.end();
  const text = textOf(structure, (start, end) => octets.subarray(start, end), MOST_TEXT);
  const header = Buffer.from(structure.headerBytes.subarray(0, MOST_HEADER)).toString("utf8");
  return {
    header: shown(header).trimEnd(),
    text: shown(text).trim(),
    whole: message.size <= MOST_OCTETS && text.length < MOST_TEXT,
  };
}

function shown(text: string): string {
  return text.toWellFormed().replaceAll("\r\n", "\n").replace(MISLEADING, "");
}
