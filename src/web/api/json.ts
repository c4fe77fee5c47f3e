/**
 * JSON as the API takes it (RFC 8259, and RFC 7493 where that is stricter): UTF-8, no name twice in an object, not deeper than anybody
 * needs, and no name by which a prototype is reached. Pure.
 */
import { Refusal } from "../../refusal.ts";

/** Objects and lists within each other. */
const MOST_DEPTH = 32;

/** In text that is known to be JSON: strings with what follows a name, and what opens and closes. */
const TOKEN = /("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?|[{}[\]]/g;

/** Reads a body. @throws Refusal "invalid" */
export function readJson(octets: Uint8Array): unknown {
  const text = textOf(octets);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Refusal("invalid", "The body is not JSON.");
  }
  refuseOddities(text);
  return value;
}

function textOf(octets: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(octets);
  } catch {
    throw new Refusal("invalid", "The body is not text in UTF-8.");
  }
}

function refuseOddities(text: string): void {
  const open: (Set<string> | undefined)[] = [];
  for (const [token, string, colon] of text.matchAll(TOKEN)) {
    if (token === "{" || token === "[") {
      open.push(token === "{" ? new Set() : undefined);
      if (open.length > MOST_DEPTH) throw new Refusal("invalid", `The body is nested more than ${MOST_DEPTH} deep.`);
    } else if (token === "}" || token === "]") open.pop();
    else if (string !== undefined && colon !== undefined) takeName(open.at(-1), JSON.parse(string));
  }
}

/** Two parties may each believe another one of two values; neither shall. */
function takeName(names: Set<string> | undefined, name: string): void {
  if (name === "__proto__") throw new Refusal("invalid", "There is no property __proto__.");
  if (names?.has(name)) throw new Refusal("invalid", `The body says twice what “${name.slice(0, 100)}” is.`);
  names?.add(name);
}
