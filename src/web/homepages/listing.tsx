/** The list of what is in a folder. It may be long: it is read, sorted and drawn in turns with everybody else. */
import { raw } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import { type ListedEntry, ListedRows, ListingView } from "../../../views/homepages/pages.tsx";
import { Refusal } from "../../refusal.ts";
import type { Turns } from "../../turns.ts";
import { ownPage } from "./own-pages.tsx";
import { addressPath, nameAt } from "./paths.ts";
import type { Visit } from "./visit.ts";

/** Entries that a list shows. */
const MOST_LISTED = 5_000;
/** Entries that are sorted or drawn in one go. */
const AT_ONCE = 100;

export type TakingTurns = Pick<Turns, "over" | "next">;

/** Answers with a folder's list; undefined where there is no such folder. */
export const listing = async (visit: Visit, turns: TakingTurns): Promise<Response | undefined> => {
  const entries: ListedEntry[] = [];
  let more = false;
  try {
    for await (const { name, kind, size, modified } of visit.jail.list(visit.path)) {
      if (turns.over) await turns.next();
      // Links are not followed, so they lead nowhere; names that are not UTF-8 have no address.
      if (name.startsWith(".") || (kind !== "file" && kind !== "folder") || !name.isWellFormed()) continue;
      more = entries.length === MOST_LISTED;
      if (more) break;
      const folder = kind === "folder";
      entries.push({ name, href: `./${addressPath(name)}${folder ? "/" : ""}`, folder, size, modified });
    }
  } catch (error) {
    if (error instanceof Refusal && !error.temporary) return undefined;
    throw error;
  }
  const names = new Intl.Collator("en", { numeric: true });
  const sorted = await sortedInTurns(
    entries,
    (left, right) => Number(right.folder) - Number(left.folder) || names.compare(left.name, right.name),
    turns,
  );
  const title = `${visit.owner.login}: ${visit.path === "/" ? "/" : nameAt(visit.path.slice(0, -1))}`;
  const rows = await drawn(sorted, turns);
  return await ownPage(200, <ListingView path={title} up={visit.path !== "/"} rows={rows} more={more} />);
};

const drawn = async (entries: readonly ListedEntry[], turns: TakingTurns): Promise<HtmlEscapedString[]> => {
  const rows: HtmlEscapedString[] = [];
  for (let from = 0; from < entries.length; from += AT_ONCE) {
    if (turns.over) await turns.next();
    rows.push(raw(String(await (<ListedRows entries={entries.slice(from, from + AT_ONCE)} />))));
  }
  return rows;
};

/** Sorts by merging; what is equal stays in its order. */
export const sortedInTurns = async <T,>(
  all: readonly T[],
  compare: (left: T, right: T) => number,
  turns: TakingTurns,
): Promise<readonly T[]> => {
  if (turns.over) await turns.next();
  if (all.length <= AT_ONCE) return all.toSorted(compare);
  const middle = all.length >> 1;
  const left = await sortedInTurns(all.slice(0, middle), compare, turns);
  const right = await sortedInTurns(all.slice(middle), compare, turns);
  const merged: T[] = [];
  let taken = 0;
  for (const one of left) {
    for (let next = right[taken]; next !== undefined && compare(next, one) < 0; next = right[taken]) {
      merged.push(next);
      taken++;
    }
    merged.push(one);
    if (merged.length % AT_ONCE === 0 && turns.over) await turns.next();
  }
  return [...merged, ...right.slice(taken)];
};
