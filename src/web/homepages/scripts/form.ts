/** The fields of a form that was sent to a page, as pairs; read in the process that runs pages. RFC 7578, URL standard §5.1. */
import type { Pairs } from "./engine.ts";

const MOST_FIELDS = 1_000;

/** The text fields of a request's body; empty for what is no form, or is broken. Files are left out. */
export async function readForm(body: Uint8Array, headers: Pairs): Promise<Pairs> {
  const type = headers.find(([name]) => name === "content-type")?.[1] ?? "";
  if (body.length === 0) return [];
  if (/^\s*application\/x-www-form-urlencoded\b/i.test(type)) {
    return [...new URLSearchParams(new TextDecoder().decode(body))].slice(0, MOST_FIELDS);
  }
  if (!/^\s*multipart\/form-data\b/i.test(type)) return [];
  try {
    const form = await new Response(Uint8Array.from(body), { headers: { "content-type": type } }).formData();
    return [...form]
      .flatMap(([name, value]) => (typeof value === "string" ? [[name, value] as const] : []))
      .slice(0, MOST_FIELDS);
  } catch {
    return [];
  }
}
