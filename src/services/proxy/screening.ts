/** Addresses and media types that an administrator does not want fetched by anybody. */
import { SeenUrl, UrlPatterns } from "../../gateway/urls.ts";
import { GateRefusal } from "../../gateway/visit.ts";

/** The addresses that are not fetched, made ready once for as long as the setting stands. */
export class BarredUrls {
  #of: readonly string[] = [];
  #patterns = new UrlPatterns([]);

  /** @param setting gives the same list until it is changed */
  constructor(private readonly setting: () => readonly string[]) {}

  /**
   * Whether an address is one of them.
   * @param url normalised in scheme, host and port, as `parseTarget` gives it
   */
  has(url: string): boolean {
    const written = this.setting();
    if (written.length === 0) return false;
    if (written !== this.#of) this.#patterns = new UrlPatterns(written);
    this.#of = written;
    return this.#patterns.fitsSome(new SeenUrl(url));
  }

  /** Why an address is not fetched; undefined where it is none of them. */
  refusal(url: string): GateRefusal | undefined {
    return this.has(url)
      ? new GateRefusal("barred", "Addresses of this kind are not fetched through the proxy.")
      : undefined;
  }
}

/**
 * Whether a media type (a Content-Type field) is one of those, `video/*` meaning all of a kind. Where the field is there twice, or
 * holds a list, each of them counts: programs differ in which they take.
 */
export function barredType(contentType: string | undefined, types: readonly string[]): boolean {
  if (types.length === 0 || contentType === undefined) return false;
  return contentType.split(",").some((one) => {
    const type = (one.split(";", 1)[0] as string).trim().toLowerCase();
    return types.includes(type) || types.includes(`${type.split("/", 1)[0]}/*`);
  });
}
