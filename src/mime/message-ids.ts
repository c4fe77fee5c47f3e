/** Message identifiers as threading compares them (RFC 5256 §3, RFC 5322 §3.6.4). Pure. */

/** A left side in quotes or as it is, and a right side. */
const ID = /<[ \t]*("(?:[^"\\]|\\.)*"|[^<>"@\s]+)[ \t]*@([^<>\s]+?)[ \t]*>/g;

/**
 * The valid message identifiers in a field's value, without brackets, in order. A left side that stands in quotes needlessly
 * is the same as one without (RFC 5256 §3).
 *
 * @param most reads no more than so many
 */
export function messageIdsOf(value: string, most: number): string[] {
  const ids: string[] = [];
  for (const match of value.matchAll(ID)) {
    const [, local = "", domain = ""] = match;
    const plain = local.startsWith('"') ? local.slice(1, -1).replace(/\\(.)/g, "$1") : local;
    ids.push(`${plain}@${domain}`);
    if (ids.length === most) break;
  }
  return ids;
}
