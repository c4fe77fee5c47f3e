/** Commands of every state: CAPABILITY, NOOP, LOGOUT, ID; and ENABLE. */
import { ANY_STATE, command, LOGGED_IN, noArguments } from "../command.ts";
import type { Parser } from "../parse.ts";

/**
 * ```
 * C: a1 CAPABILITY
 * S: * CAPABILITY IMAP4rev2 IMAP4rev1 …
 * S: a1 OK CAPABILITY completed
 * ```
 */
export const capability = command({
  verb: "CAPABILITY",
  states: ANY_STATE,
  rfc: "RFC 9051 §6.1.1",
  usage: "",
  about: "Lists what this server can do in the present state.",
  syntax: noArguments,
  run: async (session) => {
    session.out.ascii(`* CAPABILITY ${session.capabilities.join(" ")}\r\n`);
  },
});

/** Does nothing, and so gives the server occasion to tell what changed. */
export const noop = command({
  verb: "NOOP",
  states: ANY_STATE,
  rfc: "RFC 9051 §6.1.2",
  usage: "",
  about: "Does nothing; what changed in the selected folder is told.",
  syntax: noArguments,
  run: async () => {},
});

/**
 * ```
 * C: a9 LOGOUT
 * S: * BYE Until next time
 * S: a9 OK LOGOUT completed
 * ```
 */
export const logout = command({
  verb: "LOGOUT",
  states: ANY_STATE,
  rfc: "RFC 9051 §6.1.3",
  usage: "",
  about: "Ends the session.",
  syntax: noArguments,
  run: async (session) => {
    session.ending = true;
    session.untagged("BYE Until next time");
  },
});

/** RFC 2971 §3.3: at most 30 pairs, names of at most 30 octets, values of at most 1024. */
const MOST_FIELDS = 30;
const LONGEST_NAME = 30;
const LONGEST_VALUE = 1024;

function idFields(p: Parser): Record<string, string> {
  p.space();
  if (p.acceptWord("NIL")) return {};
  const words = p.list(() => p.nstring("a field or NIL"));
  if (words.length % 2 !== 0) p.fail("Expected pairs of field and value");
  if (words.length > 2 * MOST_FIELDS) p.fail(`Expected at most ${MOST_FIELDS} fields`);
  const fields: Record<string, string> = {};
  for (let i = 0; i < words.length; i += 2) {
    const [name, value] = [words[i] ?? "", words[i + 1]];
    if (name.length > LONGEST_NAME || (value?.length ?? 0) > LONGEST_VALUE) p.fail("The field is too long");
    if (value !== undefined) fields[name.toLowerCase()] = value;
  }
  return fields;
}

/**
 * ```
 * C: a2 ID ("name" "mutt" "version" "2.2")
 * S: * ID ("name" "Gatepost")
 * ```
 */
export const id = command({
  verb: "ID",
  states: ANY_STATE,
  rfc: "RFC 2971",
  usage: "(field value …) | NIL",
  about: "Client and server tell each other what they are; the log shows it.",
  capabilities: ["ID"],
  syntax: idFields,
  run: async (session, fields) => {
    if (Object.keys(fields).length > 0) session.log("client", { data: fields, level: "debug" });
    session.out.ascii('* ID ("name" "Gatepost")\r\n');
  },
});

/** What ENABLE knows, as it is spelled in ENABLED. */
const ENABLEABLE: readonly string[] = [
  "IMAP4rev2",
  "METADATA",
  "METADATA-SERVER",
  "CONDSTORE",
  "QRESYNC",
  "UIDONLY",
  "UTF8=ACCEPT",
];

/**
 * ```
 * C: a3 ENABLE IMAP4rev2
 * S: * ENABLED IMAP4rev2
 * ```
 */
export const enable = command({
  verb: "ENABLE",
  states: LOGGED_IN,
  rfc: "RFC 5161, RFC 9051 §6.3.1",
  usage: "capability …",
  about: "Switches extensions on that change what the server sends by itself.",
  capabilities: ["ENABLE"],
  syntax: (p) => {
    const words: string[] = [];
    do {
      p.space();
      words.push(p.word("a capability"));
    } while (p.sees(" "));
    return words;
  },
  run: async (session, words) => {
    const fresh = ENABLEABLE.filter((name) => {
      const word = name.toUpperCase();
      return words.includes(word) && !session.enabled.has(word);
    });
    const { condstore } = session.enabled;
    for (const name of fresh) session.enabled.add(name.toUpperCase());
    session.out.ascii(`* ENABLED${fresh.map((name) => ` ${name}`).join("")}\r\n`);
    session.unasked.hearOfMetadata();
    // RFC 7162 §3.1.2.1
    if (!condstore && session.enabled.condstore && session.selected) session.tellModseq(session.selected);
  },
});
