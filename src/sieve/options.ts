/** Options that many commands and tests share. */
import type { Tags } from "./call.ts";

/** RFC 5228 §2.7.1, RFC 5231 §4, draft-ietf-sieve-regex §2, RFC 6134 §2.2. */
export const MATCH: Tags = {
  is: { group: "match" },
  contains: { group: "match" },
  matches: { group: "match" },
  count: { group: "match", takes: "string", extension: "relational" },
  value: { group: "match", takes: "string", extension: "relational" },
  regex: { group: "match", extension: "regex" },
  list: { group: "match", extension: "extlists" },
};

/** RFC 5228 §2.7.3. */
export const COMPARE: Tags = { comparator: { takes: "string" }, ...MATCH };

/** RFC 5228 §2.7.4, RFC 5233 §4. */
export const ADDRESS_PART: Tags = {
  all: { group: "part" },
  localpart: { group: "part" },
  domain: { group: "part" },
  user: { group: "part", extension: "subaddress" },
  detail: { group: "part", extension: "subaddress" },
};

/** RFC 5260 §6. */
export const INDEX: Tags = {
  index: { takes: "number", extension: "index" },
  last: { extension: "index" },
};

/** RFC 5703 §4. */
export const MIME: Tags = {
  mime: { extension: "mime" },
  anychild: { extension: "mime" },
};

/** Where a message is put: RFC 5232 §5, RFC 5490 §3.2, RFC 9042 §4, RFC 8579 §4. */
export const FILING: Tags = {
  flags: { takes: "strings", extension: "imap4flags" },
  create: { extension: "mailbox" },
  mailboxid: { takes: "string", extension: "mailboxid" },
  specialuse: { takes: "string", extension: "special-use" },
};

/** Where a copy of what is sent is put: RFC 8580 §3. */
export const FCC: Tags = { fcc: { takes: "string", extension: "fcc" }, ...FILING };
