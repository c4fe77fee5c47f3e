/**
 * LIST patterns (RFC 9051 §6.3.9): "*" stands for anything, "%" for anything within one level. Pure. The match keeps the
 * set of positions it could be at, so that no pattern takes more than its length times that of the name.
 */

const SEPARATOR = "/";

/** Makes a test for names from a pattern; INBOX is matched in any case. */
export function namePattern(pattern: string): (name: string) => boolean {
  const compact = pattern.replace(/[*%]{2,}/g, (run) => (run.includes("*") ? "*" : "%"));
  if (!/[*%]/.test(compact)) {
    const inbox = compact.toUpperCase() === "INBOX";
    return (name) => name === compact || (inbox && name === "INBOX");
  }
  const upper = compact.toUpperCase();
  return (name) => matches(compact, name) || (name === "INBOX" && matches(upper, name));
}

function matches(pattern: string, name: string): boolean {
  let states = new Uint8Array(pattern.length + 1);
  states[0] = 1;
  enterWildcards(pattern, states);
  for (const char of name) {
    const next = new Uint8Array(pattern.length + 1);
    let alive = false;
    let at = 0;
    for (const expected of pattern) {
      const width = expected.length;
      if (states[at]) {
        if (expected === "*" || (expected === "%" && char !== SEPARATOR)) next[at] = 1;
        else if (expected === char) next[at + width] = 1;
        else {
          at += width;
          continue;
        }
        alive = true;
      }
      at += width;
    }
    if (!alive) return false;
    enterWildcards(pattern, next);
    states = next;
  }
  return states[pattern.length] === 1;
}

/** A wildcard may stand for nothing: whoever stands before one also stands behind it. */
function enterWildcards(pattern: string, states: Uint8Array): void {
  for (let at = 0; at < pattern.length; at++) {
    if (states[at] && (pattern[at] === "*" || pattern[at] === "%")) states[at + 1] = 1;
  }
}
