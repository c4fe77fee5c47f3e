/**
 * Every property of accounts and mailboxes, for docs/accounts.md and for test/accounts/, which sets each of them as the page says, reads
 * it back, and looks for its effect. The rows stand in account-users.ts, account-life.ts and account-mailboxes.ts.
 */
import { LIFE_ROWS } from "./account-life.ts";
import { MAILBOX_ROWS } from "./account-mailboxes.ts";
import { HEADINGS, type Heading, type Row, SEEN, waitsFor } from "./account-row.ts";
import { USER_ROWS } from "./account-users.ts";
import { code, table } from "./regions.ts";

export { HEADINGS, type Heading, type Reading, type Row, type Shown, waitsFor } from "./account-row.ts";

export const ROWS: readonly Row[] = [...USER_ROWS, ...LIFE_ROWS, ...MAILBOX_ROWS];

/** The rows of a heading, in order. */
export const rowsOf = (heading: Heading): readonly Row[] => ROWS.filter((row) => row.heading === heading);

/** The regions of the page, one for each heading: "accounts general". */
export const accountMakers: readonly (readonly [string, () => string])[] = HEADINGS.map((heading) => [
  `accounts ${heading.toLowerCase()}`,
  () => rowsOf(heading).map(section).join("\n\n"),
]);

function section(row: Row): string {
  const text = [row.effect, waitsFor(row)].filter((part) => part !== "").join(" ");
  return `### ${row.name}\n\n${text}\n\n${facts(row)}`;
}

function facts({ page, command, stdin, show, api, at, initially, seen }: Row): string {
  const typed = stdin === undefined ? "" : ", with the password on standard input";
  const body = api.body === undefined ? "" : ` with ${code(JSON.stringify(api.body).replace(/"(\{\w+\})"/g, "$1"))}`;
  const place = (one: string) => (one === "" ? "" : `, ${code(one)}`);
  const rows = [
    ["in the pages", `${page.way}: *${page.field}* (${code(page.at)})`],
    ...(command === undefined ? [] : [["command", `${code(command)}${typed}`]]),
    ["shown by", `${code(show)}${place(at)}`],
    ["API", [api.change && `${code(api.change)}${body}`, code(api.read)].filter(Boolean).join("; ")],
    ["at first", initially],
    ["seen in", seen.map((service) => SEEN[service]).join(", ")],
  ];
  return table(["", ""], rows);
}
