/** The test `body` (RFC 5173). It sets no match variables (§6). */
import type { Part } from "../../mime/structure.ts";
import type { Call, TestSpec } from "../call.ts";
import { Value } from "../comparators.ts";
import { COMPARE } from "../options.ts";
import type { Run } from "../run.ts";
import type { Texts } from "../text.ts";
import type { MessageView } from "../view.ts";

const LABEL = "The text";

export const body: TestSpec = {
  rfc: "RFC 5173 §4",
  extension: "body",
  tags: {
    ...COMPARE,
    raw: { group: "transform" },
    content: { takes: "strings", group: "transform" },
    text: { group: "transform" },
  },
  takes: [{ name: "key list", kind: "strings" }],
  readsBody: () => true,
  build(call) {
    const matcher = call.matcher("key list", { captures: false });
    const values = transform(call);
    return (run) => matcher.any(run, values(run));
  },
};

function transform(call: Call): (run: Run) => readonly Value[] {
  // Empty bodies count as one value that is the empty string.
  if (call.has(":raw")) return ({ view }) => [view.value(view.root, "raw", () => view.raw)];
  if (!call.has(":content"))
    return ({ view }) => textParts(view).map((part) => view.value(part, "text", () => view.textOf(part)));
  const types = call.texts(":content");
  return (run) => contents(run, types);
}

/** What a person reads: the text parts that are not attached files (RFC 5173 §5.3). */
function textParts(view: MessageView): Part[] {
  return view.parts().filter((part) => part.type === "text" && part.disposition?.type !== "attachment");
}

function contents(run: Run, types: Texts): Value[] {
  const wanted = run.texts(types).map(contentType);
  const { view } = run;
  const parts = view.parts();
  run.spend(parts.length * wanted.length);
  return parts.flatMap((part) => {
    if (!wanted.some((fits) => fits(part))) return [];
    if (part.children.length > 0 || part.message) return view.around(part).map((text) => new Value(text, LABEL));
    return [view.value(part, "content", () => view.contentOf(part))];
  });
}

/** RFC 5173 §5.2: "" is every type; a type alone all its subtypes; what has no such form fits nothing. */
function contentType(text: string): (part: Part) => boolean {
  const name = text.toLowerCase();
  if (name === "") return () => true;
  const slash = name.indexOf("/");
  if (slash < 0) return ({ type }) => type === name;
  if (slash === 0 || slash === name.length - 1 || name.indexOf("/", slash + 1) >= 0) return () => false;
  return ({ type, subtype }) => `${type}/${subtype}` === name;
}
