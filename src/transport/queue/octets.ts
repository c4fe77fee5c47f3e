/** The octets of a queued message: what is sent, and what lies in the store. */
import { StructureParser } from "../../mime/parser.ts";
import type { Structure } from "../../mime/structure.ts";
import type { ContentStore } from "../../store/content.ts";
import type { QueuedMessage } from "./rows.ts";

/** What is sent: this copy's own trace fields, then the message without what stays here. */
export async function* octetsOf(content: ContentStore, message: QueuedMessage): AsyncGenerator<Uint8Array> {
  let prefix: Uint8Array | undefined = message.prefix === "" ? undefined : Buffer.from(message.prefix, "utf8");
  for await (const chunk of content.stream(message.content, message.skip)) {
    // In one piece with the header that follows: whoever looks for its end looks in the first chunk.
    yield prefix === undefined ? chunk : Buffer.concat([prefix, chunk]);
    prefix = undefined;
  }
}

/** The first octets of what is sent, as far as `most` octets of the message. */
export function startOf(content: ContentStore, message: QueuedMessage, most: number): Uint8Array {
  const start = content.read(message.content, message.skip, message.skip + most);
  return message.prefix === "" ? start : Buffer.concat([Buffer.from(message.prefix, "utf8"), start]);
}

/** The structure of a stored message that no mailbox may hold yet. Reads all of it. */
export async function structureOf(content: ContentStore, id: number): Promise<Structure> {
  const parser = new StructureParser();
  for await (const chunk of content.stream(id)) parser.write(chunk);
  return parser.end();
}
