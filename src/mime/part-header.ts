/** The MIME fields of a part's header (RFC 2045, 2183, 1864, 3282, 2557). */

import type { Header } from "./header.ts";
import { type ParameterizedValue, parseParameters } from "./parameters.ts";
import type { Disposition, Part } from "./structure.ts";

/** What a header says about the body that follows it. */
export type Content = Pick<
  Part,
  "type" | "subtype" | "params" | "encoding" | "disposition" | "id" | "description" | "md5" | "language" | "location"
>;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * What holds for a part that says nothing about itself.
 *
 * @param digest the part stands in a multipart/digest, whose parts are messages unless they say otherwise (RFC 2046 §5.1.5)
 */
export function defaultContent(digest: boolean): Content {
  return {
    type: digest ? "message" : "text",
    subtype: digest ? "rfc822" : "plain",
    params: [],
    encoding: "7bit",
    disposition: undefined,
    id: undefined,
    description: undefined,
    md5: undefined,
    language: undefined,
    location: undefined,
  };
}

/**
 * Reads the MIME fields.
 *
 * @param digest as for `defaultContent`
 */
export function readContent(header: Header, digest: boolean): Content {
  const content: Mutable<Content> = defaultContent(digest);
  let typed = false;
  let encoded = false;
  for (const field of header.fields) {
    // Most fields of a message are not about its content: one comparison tells.
    if (field.key.charCodeAt(0) !== 99 || !field.key.startsWith("content-")) continue;
    switch (field.key) {
      case "content-type":
        if (typed) break;
        typed = true;
        applyType(content, parseParameters(header.octetsOf(field)));
        break;
      case "content-transfer-encoding":
        if (encoded) break;
        encoded = true;
        content.encoding = parseParameters(header.octetsOf(field)).value || "7bit";
        break;
      case "content-disposition":
        content.disposition ??= dispositionOf(parseParameters(header.octetsOf(field)));
        break;
      case "content-id":
        content.id ??= header.octetsOf(field) || undefined;
        break;
      case "content-description":
        content.description ??= header.octetsOf(field) || undefined;
        break;
      case "content-md5":
        content.md5 ??= header.octetsOf(field) || undefined;
        break;
      case "content-language":
        content.language ??= languagesOf(header.octetsOf(field));
        break;
      case "content-location":
        content.location ??= header.octetsOf(field) || undefined;
        break;
    }
  }
  return content;
}

/**
 * A type that is no type means text/plain (RFC 2045 §5.2); so does the bare "text" of RFC 1049. Any other lonely word
 * names something that is not text.
 */
function applyType(content: Mutable<Content>, { value, params }: ParameterizedValue): void {
  const [type = "", subtype = ""] = value.split("/");
  content.params = params;
  if (type !== "" && subtype !== "") {
    content.type = type;
    content.subtype = subtype;
  } else if (type === "" || type === "text") {
    content.type = "text";
    content.subtype = "plain";
  } else {
    content.type = "application";
    content.subtype = "octet-stream";
  }
}

function dispositionOf({ value, params }: ParameterizedValue): Disposition | undefined {
  if (value === "" && params.length === 0) return undefined;
  return { type: value || "attachment", params };
}

/** The tags between commas; a word behind a tag is none of its own (RFC 3282 §2). */
function languagesOf(value: string): readonly string[] | undefined {
  const tags = value
    .split(",")
    .map((tag) => /[^ \t]+/.exec(tag.replace(/\([^()]*\)/g, " "))?.[0] ?? "")
    .filter((tag) => tag !== "");
  return tags.length > 0 ? tags : undefined;
}
