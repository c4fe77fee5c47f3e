/** What a file is, by its name's ending: the table is the runtime's own, which is kept up with the IANA registry. Pure. */

/** Endings that the runtime's table has not, or has as something that browsers would not do anything with. */
const OURS: Readonly<Record<string, string>> = {
  ".jxl": "image/jxl",
  ".md": "text/plain",
  ".py": "text/plain",
  ".log": "text/plain",
  ".ini": "text/plain",
  ".conf": "text/plain",
  ".gmi": "text/plain",
  ".vcf": "text/vcard",
  ".mjs": "text/javascript",
  ".ico": "image/x-icon",
};

export const UNKNOWN_TYPE = "application/octet-stream";

/** The media type of a file, without parameters. */
export const typeOf = (name: string): string => {
  const dot = name.lastIndexOf(".");
  if (dot < 1) return UNKNOWN_TYPE;
  const ending = name.slice(dot).toLowerCase();
  return OURS[ending] ?? Bun.file(`x${ending}`).type.replace(/;.*$/, "");
};

/** Whether a type is text that has a character encoding to name (RFC 2046 §4.1.2 and the types that browsers read as text). */
export const isText = (type: string): boolean =>
  type.startsWith("text/") ||
  /^application\/(json|manifest\+json|ld\+json|xml|.+\+xml)$/.test(type) ||
  type === "image/svg+xml";

/** Whether octets of a type become noticeably fewer by compression; pictures, sound and archives are compressed already. */
export const isCompressible = (type: string): boolean =>
  isText(type) ||
  /^(application\/(wasm|vnd\.ms-fontobject|x-font-.+|rtf)|font\/(ttf|otf)|image\/(bmp|x-ms-bmp)|model\/gltf\+json)$/.test(
    type,
  );

/** Whether the server may look into a file for scripts. */
export const isHtml = (name: string): boolean => /\.html?$/i.test(name);
