/**
 * What an operation is asked with: parameters of the path, and beside them the query (GET, DELETE) or a JSON object in the body (the
 * others). The operation's own schema then decides; here only text becomes what that schema takes.
 */
import { Refusal } from "../../refusal.ts";
import { readJson } from "./json.ts";
import type { FieldKinds, Match, Route } from "./routes.ts";

/** JSON and nothing that only looks so; it is UTF-8 always (RFC 8259 §8.1). */
const JSON_TYPE = /^application\/json(?:\s*;\s*charset="?utf-8"?)?$/i;

/** A body of another kind than JSON: 415. */
export class WrongMedia extends Error {
  override readonly name = "WrongMedia";
}

/** The input of a request. @throws Refusal "invalid", "tooLarge"; WrongMedia */
export async function inputOf({ route, parameters }: Match, request: Request, mostOctets: number) {
  const input = new Map<string, unknown>();
  for (const [name, text] of parameters) input.set(name, valueFrom([text], route.fields().get(name)));
  const { searchParams } = new URL(request.url);
  const octets = await bodyOf(request, mostOctets);
  if (route.asksInQuery && octets.length > 0)
    throw new Refusal("invalid", `What ${route.method} asks stands in the address. Send no body.`);
  const rest = route.asksInQuery ? asked(searchParams, route) : sent(request, octets);
  if (!route.asksInQuery && searchParams.size > 0)
    throw new Refusal(
      "invalid",
      `What ${route.method} takes stands in the body. Leave the question mark out of the address.`,
    );
  for (const [name, value] of rest) {
    if (input.has(name)) throw new Refusal("invalid", `“${name}” stands in the path already.`);
    input.set(name, value);
  }
  return Object.fromEntries(input);
}

function* asked(query: URLSearchParams, route: Route): Generator<[string, unknown]> {
  for (const name of new Set(query.keys())) {
    if (name === "__proto__") throw new Refusal("invalid", "There is no property __proto__.");
    yield [name, valueFrom(query.getAll(name), route.fields().get(name))];
  }
}

function sent(request: Request, octets: Uint8Array): [string, unknown][] {
  const type = request.headers.get("content-type");
  if (type === null && octets.length === 0) return [];
  if (!JSON_TYPE.test(type ?? "") || request.headers.has("content-encoding")) throw new WrongMedia();
  const value = octets.length === 0 ? {} : readJson(octets);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Refusal("invalid", "The body is a JSON object: properties in braces.");
  return Object.entries(value);
}

/** A field from its texts; what does not fit stays text, so that the schema can say what is wrong. */
function valueFrom(texts: readonly string[], field: FieldKinds | undefined): unknown {
  if (field?.kinds.has("array")) return texts.map((text) => single(text, field.items));
  const [text = ""] = texts;
  return texts.length === 1 ? single(text, field?.kinds ?? new Set()) : texts;
}

function single(text: string, kinds: FieldKinds["kinds"]): unknown {
  if (kinds.has("string")) return text;
  if ((kinds.has("integer") || kinds.has("number")) && /^-?\d{1,15}(?:\.\d{1,15})?$/.test(text)) return Number(text);
  if (kinds.has("boolean") && (text === "true" || text === "false")) return text === "true";
  return text;
}

/** The body, as far as it may be long. What a header says of its length is not believed. */
async function bodyOf(request: Request, most: number): Promise<Uint8Array> {
  if (request.body === null) return new Uint8Array(0);
  const tooLarge = () => new Refusal("tooLarge", `A body has at most ${most} octets here.`);
  if (Number(request.headers.get("content-length") ?? 0) > most) throw tooLarge();
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of request.body) {
    length += piece.length;
    if (length > most) throw tooLarge();
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
