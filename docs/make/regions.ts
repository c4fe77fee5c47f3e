/**
 * Pages of the documentation are written by hand, but for regions between two comments that are made from the code:
 *
 *     <!-- made: pop3.commands -->
 *     …
 *     <!-- end -->
 *
 * `make docs` writes them anew; test/docs.test.ts holds the pages to what the code says now. Pure.
 */

const REGION = /^<!-- made: ([\w. -]+) -->\n[\s\S]*?^<!-- end -->$/gm;

/** Gives the text of each region by its name, in Markdown, without a line end behind the last line. */
export type Makers = ReadonlyMap<string, () => string>;

/** The names of the regions of a page, in order. */
export function regionsOf(page: string): string[] {
  return [...page.matchAll(REGION)].map((match) => match[1] as string);
}

/** The page with every region as its maker has it. @throws Error for a region that nothing makes */
export function filled(page: string, makers: Makers): string {
  return page.replace(REGION, (_region, name: string) => {
    const make = makers.get(name);
    if (make === undefined) throw new Error(`nothing makes the region “${name}”`);
    return `<!-- made: ${name} -->\n${make()}\n<!-- end -->`;
  });
}

/** A Markdown table. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(" | ")} |`;
  return [line(columns), `|${"---|".repeat(columns.length)}`, ...rows.map(line)].join("\n");
}

/** Text that can stand in a cell: one line, and no bar that would end it. */
function cell(text: string): string {
  return text.replace(/\s*\n\s*/g, " ").replace(/(?<!\\)\|/g, "\\|");
}

/** Text as code. */
export const code = (text: string): string => `\`${text}\``;
