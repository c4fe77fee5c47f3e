/** How control commands are written (RFC 5228 §3, RFC 5463, RFC 5703 §3, RFC 6609), and the tests that only join others. */
import type { Signature } from "./call.ts";

interface Control extends Signature {
  readonly tests: "none" | "one";
  readonly block: boolean;
}

const PLAIN = { tests: "none", block: false } as const;

export const CONTROLS = {
  require: { ...PLAIN, rfc: "RFC 5228 §3.2", takes: [{ name: "capabilities", kind: "strings" }] },
  if: { rfc: "RFC 5228 §3.1", takes: [], tests: "one", block: true },
  elsif: { rfc: "RFC 5228 §3.1", takes: [], tests: "one", block: true },
  else: { rfc: "RFC 5228 §3.1", takes: [], tests: "none", block: true },
  stop: { ...PLAIN, rfc: "RFC 5228 §3.3", takes: [] },
  foreverypart: {
    rfc: "RFC 5703 §3.1",
    extension: "foreverypart",
    tags: { name: { takes: "string" } },
    takes: [],
    tests: "none",
    block: true,
  },
  break: { ...PLAIN, rfc: "RFC 5703 §3.2", extension: "foreverypart", tags: { name: { takes: "string" } }, takes: [] },
  include: {
    ...PLAIN,
    rfc: "RFC 6609 §3.2",
    extension: "include",
    tags: { personal: { group: "location" }, global: { group: "location" }, once: {}, optional: {} },
    takes: [{ name: "name", kind: "string" }],
  },
  return: { ...PLAIN, rfc: "RFC 6609 §3.3", extension: "include", takes: [] },
  global: { ...PLAIN, rfc: "RFC 6609 §3.4", extension: "include", takes: [{ name: "names", kind: "strings" }] },
  error: { ...PLAIN, rfc: "RFC 5463 §5", extension: "ihave", takes: [{ name: "message", kind: "string" }] },
} as const satisfies Readonly<Record<string, Control>>;

export const NESTING = {
  allof: { rfc: "RFC 5228 §5.2", takes: [] },
  anyof: { rfc: "RFC 5228 §5.3", takes: [] },
  not: { rfc: "RFC 5228 §5.8", takes: [] },
} as const satisfies Readonly<Record<string, Signature>>;

export const IHAVE: Signature = {
  rfc: "RFC 5463 §4",
  extension: "ihave",
  takes: [{ name: "capabilities", kind: "strings" }],
};
