/** A text that every match of a regular expression contains: where it is missing, the machine need not run at all. */
import type { Node } from "./parse.ts";

/** The longest literal text that a match cannot do without; "" if there is none. */
export function requiredText(node: Node): string {
  const runs = [""];
  gather(node, runs);
  return runs.reduce((longest, run) => (run.length > longest.length ? run : longest));
}

/** Adds to the last of the runs what follows it at once, and begins another where something else may stand between. */
function gather(node: Node, runs: string[]): void {
  switch (node.kind) {
    case "set":
      if (node.literal === undefined) runs.push("");
      else runs[runs.length - 1] += node.literal;
      return;
    case "sequence":
      for (const one of node.nodes) gather(one, runs);
      return;
    case "group":
      gather(node.node, runs);
      return;
    case "repeat":
      runs.push("");
      if (node.least > 0) gather(node.node, runs);
      runs.push("");
      return;
    case "choice":
      runs.push("");
      return;
    case "assert":
  }
}
