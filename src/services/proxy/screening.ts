/** Addresses and media types that an administrator does not want fetched. Pure. */

/** Whether an address is one of those with `*` for anything; compared without regard to case. */
export function barredUrl(url: string, patterns: readonly string[]): boolean {
  if (patterns.length === 0) return false;
  const folded = url.toLowerCase();
  const bare = folded.replace(/^[a-z]+:\/\//, "");
  const path = folded.replace(/[?].*$/, "");
  return patterns.some((pattern) => {
    const wanted = pattern.toLowerCase();
    return matches(folded, wanted) || matches(bare, wanted) || matches(path, wanted);
  });
}

/** Matches a pattern from the left, piece by piece: its time grows with the length of the text, whatever the pattern. */
function matches(text: string, pattern: string): boolean {
  const pieces = pattern.split("*");
  const first = pieces[0] as string;
  const last = pieces.at(-1) as string;
  if (pieces.length === 1) return text === pattern;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let at = first.length;
  const end = text.length - last.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, at);
    if (found < 0 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}

/** Whether a media type (a Content-Type field) is one of those, `video/*` meaning all of a kind. */
export function barredType(contentType: string | undefined, types: readonly string[]): boolean {
  if (types.length === 0 || contentType === undefined) return false;
  const type = (contentType.split(";", 1)[0] as string).trim().toLowerCase();
  const all = `${type.split("/", 1)[0]}/*`;
  return types.includes(type) || types.includes(all);
}
