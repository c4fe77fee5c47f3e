/**
 * Pages that the server puts in the place of somebody's home pages: the list of a folder, and what is said where nothing is. They bring
 * their few styles along, since nothing of the server's own is fetched from there.
 */
import { raw } from "hono/html";
import type { PropsWithChildren } from "hono/jsx";
import type { HtmlEscapedString } from "hono/utils/html";

const STYLE = `
:root { color-scheme: light dark; --ink: #17211b; --quiet: #55625a; --line: #d7ded8; --ground: #f7f9f6; --link: #14603f; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e7ede9; --quiet: #9fada4; --line: #2c3731; --ground: #0f1512; --link: #7fd3aa; }
}
body { margin: 0 auto; max-width: 60rem; padding: 2rem 1.25rem 4rem; background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.4rem; overflow-wrap: anywhere; }
a { color: var(--link); }
a:focus-visible { outline: 2px solid; outline-offset: 2px; }
table { width: 100%; border-collapse: collapse; }
th { text-align: left; font-weight: 600; color: var(--quiet); }
th, td { padding: .45rem .75rem .45rem 0; border-bottom: 1px solid var(--line); }
td:first-child { overflow-wrap: anywhere; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
p { color: var(--quiet); }
`;

const Document = ({ title, children }: PropsWithChildren<{ title: string }>) => (
  <>
    {raw("<!doctype html>")}
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{title}</title>
        <style>{raw(STYLE)}</style>
      </head>
      <body>
        <main>{children}</main>
      </body>
    </html>
  </>
);

/** One line of a folder's list. */
export interface ListedEntry {
  readonly name: string;
  /** The address, relative to the folder's. */
  readonly href: string;
  readonly folder: boolean;
  /** Octets. */
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly modified: number;
}

/** What is in a folder. */
export const ListingView = ({
  path,
  up,
  rows,
  more,
}: {
  path: string;
  /** There is a folder above it. */
  up: boolean;
  /** As ListedRows has drawn them, some at a time. */
  rows: readonly HtmlEscapedString[];
  /** There is more than is shown. */
  more: boolean;
}) => (
  <Document title={path}>
    <h1>{path}</h1>
    {up ? (
      <p>
        <a href="../">The folder above</a>
      </p>
    ) : null}
    {rows.length === 0 ? (
      <p>There is nothing in this folder.</p>
    ) : (
      <table>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col" class="number">
              Size
            </th>
            <th scope="col" class="number">
              Changed
            </th>
          </tr>
        </thead>
        <tbody>{rows}</tbody>
      </table>
    )}
    {more ? <p>There is more in this folder than can be shown here.</p> : null}
  </Document>
);

/** Some lines of a folder's list. */
export const ListedRows = ({ entries }: { entries: readonly ListedEntry[] }) => (
  <>
    {entries.map((entry) => (
      <tr>
        <td>
          <a href={entry.href}>{entry.folder ? `${entry.name}/` : entry.name}</a>
        </td>
        <td class="number">{entry.folder ? "" : sizeOf(entry.size)}</td>
        <td class="number">{new Date(entry.modified).toISOString().slice(0, 16).replace("T", " ")}</td>
      </tr>
    ))}
  </>
);

/** What is said where no page can be shown. */
export const NoPageView = ({ title, sentence }: { title: string; sentence: string }) => (
  <Document title={title}>
    <h1>{title}</h1>
    <p>{sentence}</p>
  </Document>
);

const sizeOf = (octets: number): string => {
  if (octets < 1_000) return `${octets} B`;
  const units = ["KB", "MB", "GB", "TB"];
  const power = Math.min(units.length, Math.floor(Math.log10(octets) / 3));
  const value = octets / 1_000 ** power;
  return `${value.toFixed(value < 10 ? 1 : 0)} ${units[power - 1]}`;
};
