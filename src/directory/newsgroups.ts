/** Which newsgroups a list of patterns allows: wildmats, as news servers know them. Pure. */

/**
 * Whether a list allows a group: the last pattern that fits counts, and one behind `!` takes the group out again. An empty list allows
 * none.
 */
export function allowsGroup(patterns: readonly string[], group: string): boolean {
  const last = patterns.findLast((pattern) => fits(pattern.replace(/^!/, ""), group));
  return last !== undefined && !last.startsWith("!");
}

/** Whether a group fits a pattern, in which `*` stands for any characters and `?` for one. Takes time in proportion to both lengths. */
function fits(pattern: string, group: string): boolean {
  let [at, behind] = [0, 0];
  let star = -1;
  for (let next = 0; next < group.length; ) {
    if (pattern[at] === "*") [star, behind] = [at++, next];
    else if (pattern[at] === "?" || pattern[at] === group[next]) [at, next] = [at + 1, next + 1];
    else if (star >= 0) [at, next] = [star + 1, ++behind];
    else return false;
  }
  return /^\**$/.test(pattern.slice(at));
}
