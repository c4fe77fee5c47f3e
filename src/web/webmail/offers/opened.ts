/** A message that somebody has open, as its offers are found in it and done with it. */
import type { User } from "../../../directory/user.ts";
import type { Part } from "../../../mime/structure.ts";
import { decodeText } from "../../../mime/text.ts";
import type { WebDeps } from "../../deps.ts";
import type { Access, RoledFolder } from "../access.ts";
import { bodyRange, type Messages, type StoredMessage } from "../message.ts";
import { folderHref } from "../rail.ts";

/** A message that somebody reads, and what is known of it. */
export interface Opened {
  readonly deps: WebDeps;
  readonly access: Access;
  readonly messages: Messages;
  readonly user: User;
  readonly folder: RoledFolder;
  readonly message: StoredMessage;
}

/** Octets of a calendar or a card, as sent, that are read: an honest one has a few thousand, and a picture. */
const SMALL = 400_000;
/** Parts of one kind that are looked at. */
const MOST_PARTS = 5;

/** The address below which everything about an open message stands. */
export const hereOf = ({ folder, message }: Opened): string => `${folderHref(folder.id)}/m/${message.uid}`;

/** The parts of a kind, by their media types; those of inner messages not included. */
export function partsNamed({ structure }: StoredMessage, types: RegExp): Part[] {
  const found: Part[] = [];
  const look = (part: Part): void => {
    if (part.children.length > 0) for (const child of part.children) look(child);
    else if (types.test(`${part.type}/${part.subtype}`) && !part.opaque) found.push(part);
  };
  look(structure.root);
  return found.slice(0, MOST_PARTS);
}

/** The text of a small part. */
export function textOf({ messages, message }: Opened, part: Part): string {
  const { start, end } = bodyRange(part, SMALL);
  return decodeText(part, messages.read(message.content, start, end));
}
