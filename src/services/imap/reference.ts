/**
 * The page docs/imap.md, made from the command table, the item tables and the settings, so that it says what the server
 * does. Run this file to write it; a test holds it to that.
 */
import { GENERAL } from "./capability.ts";
import type { Command, State } from "./command.ts";
import { statusItemNames } from "./commands/status.ts";
import { COMMANDS } from "./commands/table.ts";
import { fetchItemWords } from "./fetch-items.ts";
import { searchKeyWords } from "./search-program.ts";
import { imapSettings } from "./settings.ts";

const INTRODUCTION = `# IMAP

Made from the source by \`src/services/imap/reference.ts\`; change it there.

Mail stays on the server, and every device sees the same folders, flags and messages. The service speaks IMAP4rev2
(RFC 9051) and IMAP4rev1 (RFC 3501).

| port | encryption | who may connect |
|---|---|---|
| 143 | STARTTLS; a password is refused before it, except from the machine itself | the LAN list |
| 993 | TLS from the first octet | the LAN list |

Every mailbox begins with INBOX, Drafts, Sent, Archive, Junk and Trash, which clients recognise by their special use
(RFC 6154). Levels of folder names are separated by "/". Names are Unicode in NFC, at most 1,000 characters and 30 levels.

What another session, a delivery or the webmail changes is told with the next response, or at once to a client that waits in
IDLE. Message numbers move only where RFC 9051 section 7.5.1 allows. If the selected folder is deleted by somebody else, the
session is ended with BYE, and the client finds the folder gone when it comes back.

Search finds substrings in any case, in decoded headers and in the text of bodies and attachments' names.
`;

/** The whole page, in Markdown. */
export function imapPage(): string {
  return [
    INTRODUCTION,
    `## Settings\n\n${settingsTable()}`,
    `## Capabilities\n\n${capabilityTable()}`,
    "## Commands",
    ...commandTables(),
    `## Items\n\n${items("FETCH", fetchItemWords)}\n\n${items("STATUS", statusItemNames)}\n\n${items("SEARCH", searchKeyWords)}\n`,
  ].join("\n");
}

function settingsTable(): string {
  const defaults: Readonly<Record<string, unknown>> = imapSettings.schema.parse({});
  const rows = Object.entries(imapSettings.schema.shape).map(
    ([name, type]) => `| \`imap.${name}\` | ${String(defaults[name])} | ${type.description ?? ""} |`,
  );
  return `| setting | default | meaning |\n|---|---|---|\n${rows.join("\n")}\n`;
}

function capabilityTable(): string {
  const brought = COMMANDS.flatMap(({ capabilities = [], rfc }) => capabilities.map((name) => ({ name, rfc })));
  const special = [
    { name: "APPENDLIMIT=<octets>", rfc: "RFC 7889" },
    { name: "AUTH=<mechanism>, STARTTLS, LOGINDISABLED", rfc: "RFC 9051 §6.2, before login" },
  ];
  const all = new Map([...GENERAL, ...brought, ...special].map(({ name, rfc }) => [name, rfc]));
  const rows = [...all].map(([name, rfc]) => `| ${name} | ${rfc} |`);
  return `| capability | from |\n|---|---|\n${rows.join("\n")}\n`;
}

const GROUPS: readonly { readonly title: string; readonly holds: (states: readonly State[]) => boolean }[] = [
  { title: "Always", holds: (states) => states.includes("notAuthenticated") && states.includes("selected") },
  { title: "Before login", holds: (states) => states.includes("notAuthenticated") && !states.includes("selected") },
  { title: "After login", holds: (states) => states.includes("authenticated") && !states.includes("notAuthenticated") },
  { title: "With a selected folder", holds: (states) => states.length === 1 && states[0] === "selected" },
];

function commandTables(): string[] {
  return GROUPS.map(({ title, holds }) => {
    const rows = COMMANDS.filter(({ states }) => holds(states)).map(commandRow);
    return `### ${title}\n\n| command | what it does | from |\n|---|---|---|\n${rows.join("\n")}\n`;
  });
}

function commandRow({ verb, usage, about, rfc }: Command): string {
  const line = usage === "" ? verb : `${verb} ${usage}`;
  return `| \`${line.replaceAll("|", "\\|")}\` | ${about} | ${rfc} |`;
}

function items(command: string, words: readonly string[]): string {
  return `${command}: ${words.map((word) => `\`${word}\``).join(", ")}.`;
}

if (import.meta.main) await Bun.write(new URL("../../../docs/imap.md", import.meta.url), imapPage());
