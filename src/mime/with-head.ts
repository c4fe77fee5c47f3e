/** The structure of a message in front of whose header more fields are set when it is in. */
import { Header } from "./header.ts";
import type { Part, Structure } from "./structure.ts";

/** @param head complete fields with their line ends (RFC 5322 §2.2), and no blank line */
export function withHead(structure: Structure, head: Uint8Array): Structure {
  if (head.length === 0) return structure;
  const headerBytes = Buffer.concat([head, structure.headerBytes]);
  const root = moved(structure.root, head.length);
  return {
    root: { ...root, headerStart: 0, ...(root.header && { header: new Header(headerBytes) }) },
    size: structure.size + head.length,
    headerBytes,
  };
}

function moved(part: Part, by: number): Part {
  return {
    ...part,
    headerStart: part.headerStart + by,
    bodyStart: part.bodyStart + by,
    bodyEnd: part.bodyEnd + by,
    children: part.children.map((child) => moved(child, by)),
    ...(part.message && { message: moved(part.message, by) }),
  };
}
