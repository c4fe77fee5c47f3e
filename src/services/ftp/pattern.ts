/**
 * Patterns in the last name of LIST and NLST, as shells have them: `*`, `?` and `[…]`. Compared by going back to the last star alone, so
 * that no pattern takes longer than its length times the name's. Pure.
 */

/** One character of a pattern: what it matches. A star is undefined. */
type Part = ((character: string) => boolean) | undefined;

/** Which names a pattern means; undefined where the name is no pattern. */
export function patternOf(name: string): ((other: string) => boolean) | undefined {
  if (!/[*?]|\[[^\]]+\]/.test(name)) return undefined;
  const parts = [...name.matchAll(/\*+|\?|\[(!?)([^\]]+)\]|[\s\S]/gu)].map(partOf);
  return (other) => matches(parts, [...other]);
}

function partOf([written, not, set]: RegExpMatchArray): Part {
  if (written.startsWith("*")) return undefined;
  if (written === "?") return () => true;
  if (set === undefined) return (character) => character === written;
  const ranges = [...set.matchAll(/([\s\S])-([\s\S])|[\s\S]/gu)].map(
    ([one, from, to]) => [from ?? one, to ?? one] as const,
  );
  return (character) => ranges.some(([from, to]) => character >= from && character <= to) !== (not === "!");
}

function matches(parts: readonly Part[], name: readonly string[]): boolean {
  let [at, part, star, retry] = [0, 0, -1, 0];
  while (at < name.length) {
    const test = parts[part];
    if (part < parts.length && test === undefined) {
      [star, retry] = [part++, at];
    } else if (test?.(name[at] as string)) {
      at++;
      part++;
    } else if (star >= 0) {
      // What the last star covers grows by one; those before it need not be tried again.
      [part, at] = [star + 1, ++retry];
    } else {
      return false;
    }
  }
  return parts.slice(part).every((rest) => rest === undefined);
}
