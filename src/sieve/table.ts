/** Every test, action and extension there is. From these tables scripts are checked, capabilities told and docs/sieve.md made. */
import type { ActionSpec, TestSpec } from "./call.ts";
import { baseActions } from "./commands/base-actions.ts";
import { baseTests } from "./commands/base-tests.ts";
import { body } from "./commands/body.ts";
import { dateTests } from "./commands/dates.ts";
import { duplicate } from "./commands/duplicate.ts";
import { headerActions } from "./commands/edit-header.ts";
import { flagCommands } from "./commands/imap-flags.ts";
import { knowledgeTests } from "./commands/knowledge.ts";
import { mailboxTests } from "./commands/mailboxes.ts";
import { mimeActions } from "./commands/mime.ts";
import { notifyCommands } from "./commands/notify.ts";
import { vacation } from "./commands/vacation.ts";
import { variableCommands } from "./commands/variables.ts";

export const TESTS: ReadonlyMap<string, TestSpec> = new Map(
  Object.entries<TestSpec>({
    ...baseTests,
    ...dateTests,
    ...knowledgeTests,
    ...mailboxTests,
    ...flagCommands.tests,
    ...notifyCommands.tests,
    ...variableCommands.tests,
    body,
    duplicate,
  }),
);

export const ACTIONS: ReadonlyMap<string, ActionSpec> = new Map(
  Object.entries<ActionSpec>({
    ...baseActions,
    ...flagCommands.actions,
    ...headerActions,
    ...mimeActions,
    ...notifyCommands.actions,
    ...variableCommands.actions,
    vacation,
  }),
);

/** One extension a script may require. */
export interface Extension {
  readonly rfc: string;
  /** What it adds, in a few words. */
  readonly about: string;
  /** Extensions that come with it. */
  readonly implies?: readonly string[];
}

/** In the order of the alphabet. */
export const EXTENSIONS: Readonly<Record<string, Extension>> = {
  body: { rfc: "RFC 5173", about: "tests of the text" },
  "comparator-i;ascii-casemap": {
    rfc: "RFC 4790",
    about: "comparing without regard to the case of A to Z; the default",
  },
  "comparator-i;ascii-numeric": { rfc: "RFC 4790", about: "comparing as numbers" },
  "comparator-i;octet": { rfc: "RFC 4790", about: "comparing exactly" },
  "comparator-i;unicode-casemap": { rfc: "RFC 5051", about: "comparing without regard to case in all scripts" },
  copy: { rfc: "RFC 3894", about: ":copy of fileinto and redirect keeps the message as well" },
  date: { rfc: "RFC 5260", about: "tests of dates and of the time of day" },
  duplicate: { rfc: "RFC 7352", about: "whether a message came before" },
  editheader: { rfc: "RFC 5293", about: "adding and deleting header fields" },
  enclose: { rfc: "RFC 5703", about: "enclosing a message in another" },
  "encoded-character": { rfc: "RFC 5228", about: "characters by their number" },
  enotify: { rfc: "RFC 5435", about: "notifications; by mail (RFC 5436)" },
  envelope: { rfc: "RFC 5228", about: "tests of the envelope's sender and recipient" },
  "envelope-auth": { rfc: "RFC 6009", about: "tests of who was logged in" },
  environment: { rfc: "RFC 5183", about: "tests of what the server knows of itself and the sender's machine" },
  ereject: { rfc: "RFC 5429", about: "refusing a message, best while it is received" },
  extlists: { rfc: "RFC 6134", about: "lists kept elsewhere, e.g. address books" },
  extracttext: { rfc: "RFC 5703", about: "the text of a part in a variable" },
  fcc: { rfc: "RFC 8580", about: "a copy of answers and notifications in a folder" },
  fileinto: { rfc: "RFC 5228", about: "delivery into folders" },
  foreverypart: { rfc: "RFC 5703", about: "looking at the parts one after the other" },
  ihave: { rfc: "RFC 5463", about: "asking which extensions there are" },
  imap4flags: { rfc: "RFC 5232", about: "flags and keywords" },
  include: { rfc: "RFC 6609", about: "scripts that use other scripts" },
  index: { rfc: "RFC 5260", about: "one of several header fields by its number" },
  mailbox: { rfc: "RFC 5490", about: "whether a folder exists; making it" },
  mailboxid: { rfc: "RFC 9042", about: "folders by their identifier" },
  mboxmetadata: { rfc: "RFC 5490", about: "tests of a folder's annotations" },
  mime: { rfc: "RFC 5703", about: "tests of the parts' header fields" },
  regex: { rfc: "draft-ietf-sieve-regex", about: "regular expressions (POSIX extended), in linear time" },
  reject: { rfc: "RFC 5429", about: "refusing a message with a text" },
  relational: { rfc: "RFC 5231", about: "more and less, and counting" },
  replace: { rfc: "RFC 5703", about: "other text in the place of a part" },
  servermetadata: { rfc: "RFC 5490", about: "tests of the server's annotations" },
  spamtest: { rfc: "RFC 5235", about: "the spam score, 0 to 10" },
  spamtestplus: { rfc: "RFC 5235", about: "the spam score, 0 to 100" },
  "special-use": { rfc: "RFC 8579", about: "folders by their use, e.g. \\Junk" },
  subaddress: { rfc: "RFC 5233", about: "the parts of ann+shop@example.org" },
  vacation: { rfc: "RFC 5230", about: "answers while somebody is away" },
  "vacation-seconds": { rfc: "RFC 6131", about: "answers again after seconds", implies: ["vacation"] },
  variables: { rfc: "RFC 5229", about: "variables, and what wildcards stood for" },
  virustest: { rfc: "RFC 5235", about: "the virus score, 0 to 5" },
};
