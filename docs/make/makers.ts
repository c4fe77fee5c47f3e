/** Every region that is made from the code, by its name. Regions of a group carry its name behind a blank: "settings imap". */
import { PORTS, SERVICES } from "../../src/appliance/ports.ts";
import { PRIVATE_NETWORKS } from "../../src/appliance/settings.ts";
import { SETTINGS_GROUPS } from "../../src/appliance/settings-groups.ts";
import { type Described, usageOf } from "../../src/cli/command.ts";
import { allCommands } from "../../src/cli/commands.ts";
import { SERVE } from "../../src/cli/help.ts";
import { PERMISSIONS } from "../../src/directory/permissions.ts";
import type { AccessRule } from "../../src/net/access.ts";
import { commands as ftpCommands } from "../../src/services/ftp/commands.ts";
import { GENERAL } from "../../src/services/imap/capability.ts";
import type { Command as ImapCommand, State as ImapState } from "../../src/services/imap/command.ts";
import { statusItemNames } from "../../src/services/imap/commands/status.ts";
import { COMMANDS as imapCommands } from "../../src/services/imap/commands/table.ts";
import { fetchItemWords } from "../../src/services/imap/fetch-items.ts";
import { searchKeyWords } from "../../src/services/imap/search-program.ts";
import { commands as managesieveCommands } from "../../src/services/managesieve/commands.ts";
import { commands as pop3Commands } from "../../src/services/pop3/commands.ts";
import { commands as smtpCommands } from "../../src/services/smtp/commands.ts";
import { type SettingShape, type SettingsGroup, shapesOf } from "../../src/store/settings.ts";
import { accountMakers } from "./accounts.ts";
import { apiMakers } from "./api.ts";
import { collectionMakers } from "./collection.ts";
import { MOMENTS, type Offered, type Offers } from "./house.ts";
import { KEYWORDS } from "./keywords.ts";
import { code, type Makers, table } from "./regions.ts";
import { ledger, ledgerCount } from "./rfc.ts";
import { sieveMakers } from "./sieve.ts";
import { spamMakers } from "./spam.ts";

const cliCommands = await allCommands();

/** The makers; `offers` is what sessions were heard to offer. */
export function makersOf(offers: Offers): Makers {
  return new Map<string, () => string>([
    ["ports", () => portTable(PORTS)],
    ...Object.keys(SERVICES).map((name): [string, () => string] => [
      `ports ${name}`,
      () => portTable(PORTS.filter(({ service }) => service === name)),
    ]),
    ["lan", () => `${PRIVATE_NETWORKS.map(code).join(", ")}.`],
    ["permissions", permissionTable],
    ["settings", settingsPage],
    ...SETTINGS_GROUPS.map(({ group }): [string, () => string] => [
      `settings ${group.name}`,
      () => settingsTable(group),
    ]),
    ...[SERVE, ...cliCommands].map((command): [string, () => string] => [
      `cli ${command.name}`,
      () => cliText(command),
    ]),
    ["smtp.extensions", () => offeredTable("keyword", offers.smtp, KEYWORDS.smtp)],
    ["smtp.commands", () => commandTable([...smtpCommands.values()])],
    ["pop3.capabilities", () => offeredTable("capability", offers.pop3, KEYWORDS.pop3)],
    ["pop3.commands", () => commandTable([...pop3Commands.values()])],
    ["managesieve.capabilities", () => offeredTable("capability", offers.managesieve, KEYWORDS.managesieve)],
    ["managesieve.commands", () => commandTable([...managesieveCommands.values()])],
    ["ftp.features", () => offeredTable("feature", offers.ftp, KEYWORDS.ftp)],
    ["ftp.commands", () => commandTable([...ftpCommands.values()])],
    ["imap.capabilities", () => imapCapabilityTable(offers.imap)],
    ["imap.missing", () => imapMissing(offers.imap)],
    ["imap.commands", imapCommandTables],
    ["imap.items", imapItems],
    ...sieveMakers,
    ...spamMakers,
    ...collectionMakers,
    ...apiMakers,
    ...accountMakers,
    ["rfc", ledger],
    ["rfc.count", ledgerCount],
  ]);
}

const TLS = {
  starttls: "STARTTLS",
  implicit: "TLS from the first octet",
  none: "none",
} as const;
const WEB_WITHOUT_TLS = "none; browsers are sent on to 443";

function portTable(ports: typeof PORTS): string {
  const rows = ports.map(({ service, standardPort, tls, access }) => [
    SERVICES[service],
    String(standardPort),
    service === "web" && tls === "none" ? WEB_WITHOUT_TLS : TLS[tls],
    accessWords(access),
  ]);
  return table(["service", "port", "encryption", "open to"], rows);
}

function accessWords(access: AccessRule): string {
  if (access === "any") return "everybody";
  return access === "lan" ? "the LAN list" : access.join(", ");
}

function permissionTable(): string {
  const rows = PERMISSIONS.map(({ name, group, label, help, default: on }) => [
    code(name),
    `${group}: ${label}`,
    help,
    on ? "yes" : "no",
  ]);
  return table(["permission", "on the page", "what it allows", "new users have it"], rows);
}

function settingsPage(): string {
  return SETTINGS_GROUPS.map(({ title, group }) => `## ${title}\n\n${settingsTable(group)}`).join("\n\n");
}

/** One table for a group, and below it one for the fields of each of its lists of things. */
function settingsTable({ name, schema }: SettingsGroup): string {
  const fields = Object.entries(shapesOf(schema));
  const main = table(
    ["setting", "default", "values", "meaning"],
    fields.map(([field, value]) => settingRow(`${name}.${field}`, value)),
  );
  const lists = fields.flatMap(([field, { items }]) =>
    items?.properties ? [listTable(`${name}.${field}`, items)] : [],
  );
  return [main, ...lists].join("\n\n");
}

function listTable(path: string, items: SettingShape): string {
  const rows = Object.entries(items.properties ?? {}).map(([field, value]) => settingRow(field, value));
  return `Each of ${code(path)} has:\n\n${table(["field", "default", "values", "meaning"], rows)}`;
}

function settingRow(name: string, shape: SettingShape): string[] {
  return [code(name), defaultText(shape.default), valuesText(shape), shape.description ?? ""];
}

function defaultText(value: unknown): string {
  if (value === undefined) return "must be given";
  if (value === "" || (Array.isArray(value) && value.length === 0)) return "empty";
  if (typeof value === "boolean") return value ? "on" : "off";
  if (Array.isArray(value)) return value.join(", ");
  return typeof value === "object" ? "empty" : String(value);
}

/** Numbers beyond this are no limit that anybody set. */
const ANY_NUMBER = Number.MAX_SAFE_INTEGER;

function valuesText(shape: SettingShape): string {
  if (shape.enum) return shape.enum.map(String).join(", ");
  if (shape.const !== undefined) return String(shape.const);
  if (shape.anyOf) return shape.anyOf.map(valuesText).join(", or ");
  switch (shape.type) {
    case "boolean":
      return "on, off";
    case "integer":
    case "number":
      return rangeText(shape);
    case "array":
      return shape.items?.properties ? "a list of entries, see below" : `a list of ${pluralOf(shape.items)}`;
    case "object":
      return "set by the pages";
    default:
      return "text";
  }
}

function rangeText({ minimum, maximum, type }: SettingShape): string {
  const least = minimum !== undefined && minimum > -ANY_NUMBER ? `from ${minimum}` : "";
  const most = maximum !== undefined && maximum < ANY_NUMBER ? `to ${maximum}` : "";
  const range = [least, most].filter((part) => part !== "").join(" ") || "any number";
  return type === "integer" ? range : `${range}, decimals too`;
}

function pluralOf(shape: SettingShape | undefined): string {
  return shape?.type === "number" || shape?.type === "integer" ? `numbers (${rangeText(shape)})` : "texts";
}

function cliText(command: Described): string {
  const actions = Object.values(command.actions);
  const rows = actions.map((action) => [code(`gatepost ${usageOf(command, action)}`), action.summary]);
  const properties = [...new Set(actions.flatMap((action) => action.properties ?? []))];
  const named = properties.length > 0 ? [`PROPERTY is one of ${properties.map(code).join(", ")}.`] : [];
  return [command.summary, table(["command", "what it does"], rows), ...named].join("\n\n");
}

function commandTable(commands: readonly { syntax: string; summary: string; rfc: string }[]): string {
  return table(
    ["command", "what it does", "from"],
    commands.map(({ syntax, summary, rfc }) => [code(syntax), summary, rfc]),
  );
}

function momentWords({ moments }: Offered): string {
  return moments.length === MOMENTS.length ? "always" : moments.join(", ");
}

function offeredTable(
  title: string,
  offered: readonly Offered[],
  known: Readonly<Record<string, { readonly rfc: string; readonly about: string }>>,
): string {
  const rows = offered.map((one) => {
    const about = known[one.word];
    if (about === undefined) throw new Error(`keywords.ts does not know “${one.word}”`);
    return [code(one.word), momentWords(one), about.about, about.rfc];
  });
  return table([title, "offered", "what it means", "from"], rows);
}

/** Words that no table has: they depend on the session alone. */
const IMAP_SPECIAL: Readonly<Record<string, string>> = {
  APPENDLIMIT: "RFC 7889",
  STARTTLS: "RFC 9051 §6.2.1",
  LOGINDISABLED: "RFC 9051 §6.2.3",
};

function imapCapabilityTable(offered: readonly Offered[]): string {
  const brought = imapCommands.flatMap(({ capabilities = [], rfc }) =>
    capabilities.map((name) => [name, rfc] as const),
  );
  const known = new Map<string, string>([
    ...GENERAL.map(({ name, rfc }) => [name, rfc] as const),
    ...brought,
    ...Object.entries(IMAP_SPECIAL),
  ]);
  const rows = offered.map((one) => {
    const rfc = one.word.startsWith("AUTH=") ? "RFC 9051 §6.2.2" : known.get(one.word);
    if (rfc === undefined) throw new Error(`no table says where the capability ${one.word} is from`);
    return [code(one.word), momentWords(one), rfc];
  });
  return table(["capability", "offered", "from"], rows);
}

/** What clients like to have, and may not be here yet. */
const WANTED = [
  "CONDSTORE",
  "QRESYNC",
  "SORT",
  "THREAD",
  "ACL",
  "QUOTA",
  "NOTIFY",
  "METADATA",
  "COMPRESS",
  "MULTIAPPEND",
];

function imapMissing(offered: readonly Offered[]): string {
  const there = (word: string) => offered.some((one) => one.word === word || one.word.startsWith(`${word}=`));
  const missing = WANTED.filter((word) => !there(word));
  return missing.length === 0 ? "" : `Not there yet: ${missing.map(code).join(", ")}.`;
}

const GROUPS: readonly { readonly title: string; readonly holds: (states: readonly ImapState[]) => boolean }[] = [
  { title: "Always", holds: (states) => states.includes("notAuthenticated") && states.includes("selected") },
  { title: "Before login", holds: (states) => states.includes("notAuthenticated") && !states.includes("selected") },
  { title: "After login", holds: (states) => states.includes("authenticated") && !states.includes("notAuthenticated") },
  { title: "With a selected folder", holds: (states) => states.length === 1 && states[0] === "selected" },
];

function imapCommandTables(): string {
  return GROUPS.map(({ title, holds }) => {
    const rows = imapCommands.filter(({ states }) => holds(states)).map(imapRow);
    return `### ${title}\n\n${table(["command", "what it does", "from"], rows)}`;
  }).join("\n\n");
}

function imapRow({ verb, usage, about, rfc }: ImapCommand): string[] {
  return [code(usage === "" ? verb : `${verb} ${usage}`), about, rfc];
}

function imapItems(): string {
  const line = (command: string, words: readonly string[]) => `${command}: ${words.map(code).join(", ")}.`;
  return [line("FETCH", fetchItemWords), line("STATUS", statusItemNames), line("SEARCH", searchKeyWords)].join("\n\n");
}
