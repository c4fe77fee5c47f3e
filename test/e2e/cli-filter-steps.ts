/** The commands about signing, records, scripts, junk and mail from elsewhere. */
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
const RULE = JSON.stringify({
  name: "Bills",
  conditions: [{ test: "header", fields: ["subject"], comparison: "contains", values: ["no such word"] }],
  actions: [{ do: "file", folder: "Bills", create: true }],
});
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
  { args: ["reports", "dmarc"], out: /^example\.test: No reports have come yet\./m },
  { args: ["reports", "dmarc", "example.test", "--days", "x"], code: 2, error: /Days are a number/ },
  {
    args: ["reports", "tls", "example.test", "--days", "90", "--json"],
    out: expect.objectContaining({ failures: [] }),
  },
  { args: ["reports", "list", "dmarc", "example.test", "--json"], out: [] },
  { args: ["reports", "show", "example.test", "1"], code: 1, error: /no such report/ },
  { args: ["reports", "sent", "--json"], out: [] },
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
  { args: ["rules", "add", "anna@example.test"], stdin: RULE, out: /added/ },
  { args: ["rules", "add", "anna@example.test"], stdin: "{}", code: 1, error: /no rule as JSON/ },
  { args: ["rules", "list", "anna@example.test"], out: /^1 +Bills +on\n2 /m },
  { args: ["rules", "show", "anna@example.test", "1"], out: /fileinto :create "Bills"/ },
  { args: ["rules", "show", "anna@example.test", "9"], code: 1, error: /no rule 9/ },
  { args: ["rules", "set", "anna@example.test", "1", "--off"], out: /changed/ },
  { args: ["rules", "set", "anna@example.test", "1"], stdin: RULE, out: /changed/ },
  { args: ["rules", "move", "anna@example.test", "1", "2"], out: /rule 2 now/ },
  { args: ["rules", "run", "anna@example.test", "INBOX", "--preview"], out: /work on INBOX: done.*would be/ },
  { args: ["rules", "run", "anna@example.test", "INBOX", "--rule", "2"], out: /Bills on INBOX: done.*0 moved/ },
  { args: ["rules", "run", "anna@example.test", "Nowhere"], code: 1, error: /Nowhere/ },
  { args: ["rules", "stop", "anna@example.test"], out: /done|Nothing is under way/ },
  { args: ["rules", "undo", "anna@example.test"], code: 1, error: /nothing to take back|No rules were run/ },
  { args: ["rules", "remove", "anna@example.test", "2"], out: /removed/ },
  { args: ["sieve", "remove", "anna@example.test", "work"], code: 1, error: /active/ },
  { args: ["sieve", "activate", "anna@example.test", ""], out: /No script/ },
  { args: ["sieve", "rename", "anna@example.test", "work", "play"], out: /“play”/ },
  { args: ["sieve", "remove", "anna@example.test", "play"], out: /removed/ },
  { args: ["sieve", "remove", "--house", "before"], out: /removed/ },
  { args: ["sieve", "show", "anna@example.test", "play"], code: 1, error: /play/ },

  { args: ["spam", "set", "anna@example.test", "7"] },
  { args: ["spam", "set", "anna@example.test", "soon"], code: 2, error: /number/ },
  { args: ["spam", "status", "anna@example.test", "--json"], out: { junkAt: 7, spam: 0, ham: 0 } },
  {
    args: ["spam", "set", "anna@example.test", "--quarantine-at", "9", "--refuse-at", "12", "--json"],
    out: { junkAt: 7, quarantineAt: 9, refuseAt: 12 },
  },
  { args: ["spam", "allow", "anna@example.test", "Greta@Elsewhere.test", "*.friends.test"] },
  { args: ["spam", "bar", "anna@example.test", "*.friends.test"] },
  { args: ["spam", "bar", "--everybody", "not a sender"], code: 1, error: /is no sender/ },
  {
    args: ["spam", "senders", "anna@example.test", "--json"],
    out: [
      expect.objectContaining({ pattern: "*.friends.test", wanted: "never" }),
      expect.objectContaining({ pattern: "greta@elsewhere.test", wanted: "always" }),
    ],
  },
  { args: ["spam", "forget", "anna@example.test", "*.friends.test"] },
  { args: ["spam", "forget", "anna@example.test", "*.friends.test"], code: 1, error: /neither list/ },
  { args: ["spam", "train", "anna@example.test", "INBOX", "spam"], out: /Learned from \d+ message/ },
  { args: ["spam", "train", "anna@example.test", "Nowhere", "spam"], code: 1, error: /Nowhere/ },
  { args: ["spam", "untrain", "anna@example.test", "INBOX"], out: /Took back/ },
  { args: ["spam", "export", "anna@example.test"] },
  { args: ["spam", "reset", "--everybody"] },

  { args: ["quarantine", "list", "--mailbox", "anna@example.test", "--json"], out: [] },
  { args: ["quarantine", "show", "1"], code: 1, error: /not held/ },
  { args: ["quarantine", "release", "1", "--to", "anna@example.test"], code: 1, error: /not held/ },
  { args: ["quarantine", "remove", "1", "--mailbox", "anna@example.test"], code: 1, error: /not held/ },

  {
    // Nothing listens there.
    args: [
      ...["collect", "add", "anna@example.test", "host=127.0.0.1", "port=9", "tls=none", "local=yes", "login=far"],
      ...["enabled=no", "keepDays=3", "--password-stdin", "--json"],
    ],
    stdin: "far-away-secret",
    out: { id: 1, host: "127.0.0.1", keepDays: 3, hasSecret: true },
  },
  { args: ["collect", "add", "anna@example.test", "host=no server", "login=far"], code: 1, error: /server is a name/ },
  { args: ["collect", "set", "anna@example.test", "1", "name=Far", "folders=INBOX,Work"] },
  { args: ["collect", "set", "anna@example.test", "Far", "host=elsewhere.test"], code: 1, error: /password again/ },
  { args: ["collect", "list"], out: /Far +imap:\/\/127\.0\.0\.1 +false/ },
  { args: ["collect", "test", "anna@example.test", "Far"], code: 1, error: /cannot be reached at port 9/ },
  { args: ["collect", "run", "anna@example.test", "Far"], code: 1, error: /cannot be reached at port 9/ },
  { args: ["collect", "log", "anna@example.test", "Far"] },
  { args: ["collect", "remove", "anna@example.test", "Far"], out: /No more/ },
];
