/** What must hold of every structure, whatever the message. */

import { expect } from "bun:test";
import type { Part, Structure } from "../../src/mime/mime.ts";

/** Every part lies within its container, after the part before it; sizes and lines are possible. */
export function expectSound({ root, size }: Structure, length: number): void {
  expect(size).toBe(length);
  expect(root.headerStart).toBe(0);
  expectNested(root, 0, size);
}

/** The offsets of a part between those of its container. */
export function expectNested(part: Part, from: number, to: number): void {
  const { headerStart, bodyStart, bodyEnd, lines } = part;
  const ordered = from <= headerStart && headerStart <= bodyStart && bodyStart <= bodyEnd && bodyEnd <= to;
  if (!ordered || lines < 0 || lines > bodyEnd - bodyStart)
    throw new Error(`unsound: ${JSON.stringify({ ...part, from, to })}`);
  let at = bodyStart;
  for (const child of part.children) {
    expectNested(child, at, bodyEnd);
    at = child.bodyEnd;
  }
  if (part.message) expectNested(part.message, bodyStart, bodyEnd);
}
