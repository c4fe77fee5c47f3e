/** The compose form as it is sent: its fields, and its files while they arrive. Called by the compose routes. */
import { Refusal } from "../../refusal.ts";
import type { WebContext } from "../context.ts";
import { boundaryOf, type FilePart, type MultipartLimits, readMultipart } from "./multipart.ts";

/** A form as it was sent. */
export interface LetterForm {
  readonly values: Readonly<Record<string, string>>;
  /** Parts of the forwarded message that are to go along. */
  readonly take: readonly string[];
  /** A picture for the text; a form that brings one brings no other file. */
  readonly picture: FilePart | undefined;
  readonly files: AsyncIterable<FilePart>;
  /** A file is among them. */
  readonly bringsFile: boolean;
}

/** Reads the fields of a form of either kind; the files of one that has them follow. @throws Refusal */
export async function readForm(c: WebContext, limits: MultipartLimits): Promise<LetterForm> {
  const boundary = boundaryOf(c.req.header("content-type"));
  const { body } = c.req.raw;
  if (boundary === undefined || body === null) return await readFields(c);
  const parts = readMultipart(body, boundary, limits);
  const values: Record<string, string> = {};
  const take: string[] = [];
  let first: FilePart | undefined;
  for (let next = await parts.next(); next.done !== true; next = await parts.next()) {
    if (next.value.kind === "file") {
      first = next.value;
      break;
    }
    const { name, value } = next.value;
    if (name === "take") take.push(value);
    else values[name] = value;
  }
  // A browser sends an empty part where no file was chosen.
  const bringsFile = first !== undefined && first.fileName !== "";
  if (first?.name === "picture") return { values, take, picture: first, files: none(), bringsFile };
  return { values, take, picture: undefined, files: rest(first, parts), bringsFile };
}

async function readFields(c: WebContext): Promise<LetterForm> {
  const { take, ...fields } = await c.req.parseBody({ all: true });
  const values = Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
  const taken = [take ?? []].flat().filter((part) => typeof part === "string");
  return { values, take: taken, picture: undefined, files: none(), bringsFile: false };
}

/** A form without its files: they were stored. */
export const withoutFiles = (form: LetterForm): LetterForm => ({
  ...{ values: { ...form.values, remove: "" }, take: [], picture: undefined, bringsFile: false },
  files: none(),
  bringsFile: false,
});

async function* none(): AsyncGenerator<FilePart> {}

async function* rest(first: FilePart | undefined, parts: ReturnType<typeof readMultipart>): AsyncGenerator<FilePart> {
  if (first !== undefined) yield first;
  for await (const part of parts) {
    // The form's own order is fields, then files; anything else is not our form.
    if (part.kind === "field")
      throw new Refusal("invalid", "The form did not arrive as it should. Load the page again.");
    yield part;
  }
}
