/** The commands about signing, records, scripts and junk. */
import { expect } from "bun:test";

/** One call of the executable and what must come of it. */
export interface Step {
  readonly args: readonly string[];
  readonly stdin?: string;
  /** 0 unless said otherwise. */
  readonly code?: number;
  /** What standard output must hold; with `--json` the value that it is. */
  readonly out?: RegExp | object;
  /** What standard error must hold. */
  readonly error?: RegExp;
}

const SCRIPT = 'require "fileinto";\nfileinto "Work";\n';
const LETTER = "From: Greta <greta@elsewhere.test>\nSubject: Hello\n\nHow are you?\n";

export const FILTER_STEPS: readonly Step[] = [
  // Nobody is asked: nothing listens there.
  { args: ["settings", "set", "dns.servers=127.0.0.1:9", "dns.timeout=0.05"] },
  { args: ["dkim", "rotate", "example.test"], out: /^gp\d{8}r\S* +rsa-sha256 +new/m },
  { args: ["dkim", "rotate", "nowhere.test"], code: 1, error: /nowhere\.test/ },
  {
    args: ["dkim", "list", "example.test", "--json"],
    out: expect.arrayContaining([expect.objectContaining({ algorithm: "ed25519-sha256", state: "new" })]),
  },
  { args: ["dkim", "check", "example.test"], out: /name servers|could not/i },
  { args: ["dkim", "use", "example.test", "KEY"], out: /signing/ },
  { args: ["dkim", "use", "example.test", "nosuch"], code: 1, error: /nosuch/ },
  { args: ["dns", "zone", "example.test"], out: /_domainkey\.example\.test\. IN TXT "v=DKIM1; k=rsa; p=/m },
  { args: ["dns", "check", "example.test"], out: /MX example\.test/ },
  { args: ["dns", "check", "nowhere.test"], code: 1, error: /nowhere\.test/ },
  { args: ["dkim", "remove", "example.test", "KEY"], out: /ed25519-sha256/ },

  { args: ["sieve", "check", "anna@example.test"], stdin: SCRIPT, out: /good/ },
  { args: ["sieve", "check", "anna@example.test"], stdin: "keep", code: 1, error: /Line 1, column 5/ },
  { args: ["sieve", "put", "anna@example.test", "work", "--activate"], stdin: SCRIPT, out: /stored and active/ },
  { args: ["sieve", "put", "--house", "before"], stdin: "keep;", out: /stored/ },
  {
    args: ["sieve", "list", "anna@example.test", "--json"],
    out: [expect.objectContaining({ name: "work", active: true })],
  },
  { args: ["sieve", "show", "anna@example.test", "work"], out: /fileinto "Work"/ },
  {
    args: ["sieve", "try", "anna@example.test", "--from", "greta@elsewhere.test"],
    stdin: LETTER,
    out: /folder “Work”/,
  },
  { args: ["sieve", "remove", "anna@example.test", "work"], code: 1, error: /active/ },
  { args: ["sieve", "activate", "anna@example.test", ""], out: /No script/ },
  { args: ["sieve", "rename", "anna@example.test", "work", "play"], out: /“play”/ },
  { args: ["sieve", "remove", "anna@example.test", "play"], out: /removed/ },
  { args: ["sieve", "remove", "--house", "before"], out: /removed/ },
  { args: ["sieve", "show", "anna@example.test", "play"], code: 1, error: /play/ },

  { args: ["spam", "set", "anna@example.test", "7"] },
  { args: ["spam", "set", "anna@example.test", "soon"], code: 2, error: /number/ },
  { args: ["spam", "status", "anna@example.test", "--json"], out: { junkAt: 7, spam: 0, ham: 0 } },
  { args: ["spam", "train", "anna@example.test", "INBOX", "spam"], out: /Learned from \d+ message/ },
  { args: ["spam", "train", "anna@example.test", "Nowhere", "spam"], code: 1, error: /Nowhere/ },
  { args: ["spam", "untrain", "anna@example.test", "INBOX"], out: /Took back/ },
  { args: ["spam", "export", "anna@example.test"] },
  { args: ["spam", "reset", "--everybody"] },
];
