/** The commands about what people have in webmail: choices, searches, identities, templates, what waits, links, contacts and mail in files. */
import { expect } from "bun:test";
import type { Step } from "./cli-filter-steps.ts";

const CARD = "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Zoe Pipe\r\nEMAIL:zoe@pipes.test\r\nEND:VCARD\r\n";
const TABLE = "First Name,Last Name,E-mail Address\nZoe,Pipe,zoe@pipes.test\n";

/** DATA stands for the data folder. Anna has mail of one message. */
export const WEBMAIL_STEPS: readonly Step[] = [
  { args: ["self", "preferences", "--as", "anna"], out: /^undoSeconds +10$/m },
  {
    args: ["self", "preferences", "--as", "anna", "language=de", "undoSeconds=30", "--json"],
    out: { language: "de", undoSeconds: 30 },
  },
  { args: ["self", "preferences", "--as", "anna", "language=tlh"], code: 1, error: /language/ },
  { args: ["self", "searches", "keep", "Bills", "subject:bill", "larger:1M", "--as", "anna"], out: /larger:1M/ },
  { args: ["self", "searches", "--as", "anna", "--json"], out: { kept: [{ name: "Bills" }], earlier: [] } },
  { args: ["self", "searches", "remove", "1", "--as", "anna"] },
  { args: ["self", "searches", "forget", "--as", "anna"] },
  { args: ["session", "quiet", "anna", "abc"], code: 1, error: /not exactly one session/ },

  { args: ["mailbox", "import", "anna", "DATA/nothing.mbox"], code: 1, error: /no such file/ },
  { args: ["mailbox", "import", "status", "anna"], out: /Nothing was imported lately/ },
  { args: ["mailbox", "import", "stop", "anna"], code: 1, error: /No mail is being imported/ },
  { args: ["mailbox", "export", "anna", "DATA/anna.zip"], out: /^folders +\d+$/m },
  { args: ["mailbox", "export", "anna", "DATA/anna.zip"], code: 1, error: /there is one already/ },
  { args: ["mailbox", "import", "anna", "DATA/anna.zip", "--json"], out: { state: "done", leftOut: 0 } },
  {
    args: ["mailbox", "folder", "add", "anna", "Plans/Garden", "--colour", "green", "--json"],
    out: { colour: "green" },
  },
  { args: ["mailbox", "folder", "add", "anna", "Plans", "--name", "Ideas"], code: 2, error: /--name means nothing/ },
  { args: ["mailbox", "folder", "set", "anna", "Plans", "--name", "Ideas", "--unsubscribed"], out: /^name +Ideas$/m },
  { args: ["mailbox", "folder", "list", "anna"], out: /^Ideas\/Garden .*green$/m },
  { args: ["mailbox", "folder", "read", "anna", "Ideas/Garden"] },
  { args: ["mailbox", "folder", "empty", "anna", "Ideas/Garden"] },
  { args: ["mailbox", "folder", "remove", "anna", "Ideas"] },
  { args: ["mailbox", "folder", "dance", "anna"], code: 2, error: /list, add, set/ },

  { args: ["identity", "set", "anna", "anna@example.test", "--name", "Anna G", "--default"], out: /^name +Anna G$/m },
  { args: ["identity", "set", "anna", "bert@example.test", "--name", "Bert"], code: 1, error: /bert@example\.test/ },
  { args: ["identity", "list", "anna"], out: /anna@example\.test +Anna G +true/ },
  { args: ["identity", "remove", "anna", "anna@example.test"], out: /forgotten/ },
  { args: ["template", "add", "name=Thanks", "text=Thank you.", "--as", "anna", "--json"], out: { id: 1 } },
  { args: ["template", "set", "1", "name=Many thanks", "--as", "anna"], out: /^name +Many thanks$/m },
  { args: ["template", "set", "1", "name=Mine", "--as", "bert"], code: 1, error: /./ },
  { args: ["template", "list", "--as", "anna", "--json"], out: [{ name: "Many thanks" }] },
  { args: ["template", "remove", "1", "--as", "anna"], out: /removed/ },
  { args: ["letter", "list", "anna", "--json"], out: [] },
  { args: ["letter", "send", "anna", "5"], code: 1, error: /does not wait/ },
  { args: ["letter", "back", "anna", "5"], code: 1, error: /does not wait/ },
  { args: ["parcel", "list", "anna", "--json"], out: [] },
  { args: ["parcel", "prolong", "anna", "3", "9"], code: 1, error: /no such file/ },
  { args: ["parcel", "end", "anna", "3"], code: 1, error: /no such file/ },

  { args: ["contact", "import", "--group", "Trades"], stdin: CARD, out: /1/ },
  { args: ["contact", "import"], stdin: TABLE, out: /1/ },
  { args: ["contact", "import"], stdin: "", code: 1, error: /no contacts/ },
  { args: ["contact", "groups", "--json"], out: [{ name: "Trades", contacts: 1 }] },
  { args: ["contact", "duplicates", "--json"], out: expect.arrayContaining([expect.objectContaining({ set: 1 })]) },
  { args: ["contact", "merge", "900", "901"], code: 1, error: /no such contact/ },
  { args: ["contact", "export"], out: /^FN:Zoe Pipe\r?$/m },
  { args: ["contact", "export", "--csv"], out: /zoe@pipes\.test/ },
];
