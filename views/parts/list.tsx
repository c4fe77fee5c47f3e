/** Lists that are searched and read page by page. */
import type { PropsWithChildren } from "hono/jsx";
import { SearchBox } from "./forms.tsx";
import type { IconName } from "./icon.tsx";
import { Empty, Pager } from "./telling.tsx";

/** A page of a list, and the search it answers. Pages are counted from 1. */
export interface Found {
  readonly search: string;
  readonly page: number;
  readonly pages: number;
  readonly total: number;
}

/** The address of a list with these wishes; what is empty, and the first page, go without saying. */
export const listHref = (path: string, wishes: Readonly<Record<string, string>>, page = 1): string => {
  const said = Object.entries({ ...wishes, page: page > 1 ? String(page) : "" }).filter(([, value]) => value !== "");
  return said.length === 0 ? path : `${path}?${new URLSearchParams(said)}`;
};

/** The lists that one may look at instead, each for a kind of things; the one that is shown is marked. */
export const Pills = ({
  label,
  choices,
}: {
  label: string;
  choices: readonly {
    readonly label: string;
    readonly href: string;
    readonly current: boolean;
    /** How many stand there. */
    readonly count?: number;
  }[];
}) => (
  <nav class="pills" aria-label={label}>
    {choices.map((choice) => (
      <a href={choice.href} aria-current={choice.current ? "page" : undefined}>
        {choice.label}
        {choice.count === undefined ? null : <span class="num muted"> {choice.count.toLocaleString("en")}</span>}
      </a>
    ))}
  </nav>
);

/** The search box, what was found (the children), and the way to its other pages. `wishes` are kept while one searches. */
export const FoundList = ({
  at,
  label,
  found,
  lines,
  noun,
  wishes = {},
  empty,
  children,
}: PropsWithChildren<{
  /** The list's address. */
  at: string;
  /** What the search looks at. */
  label: string;
  found: Found;
  /** How many stand on this page. */
  lines: number;
  /** The word for one, and for more. */
  noun: readonly [string, string];
  wishes?: Readonly<Record<string, string>>;
  /** What to say where nothing matches. */
  empty: { readonly icon: IconName; readonly title: string; readonly hint: string };
}>) => (
  <div class="stack">
    <SearchBox action={at} value={found.search} label={label} target="#list">
      {Object.entries(wishes).map(([name, value]) =>
        value === "" ? null : <input type="hidden" name={name} value={value} />,
      )}
    </SearchBox>
    <section class="panel panel-flush" id="list" aria-live="polite">
      {lines === 0 ? (
        <Empty icon={empty.icon} title={empty.title}>
          <p>{empty.hint}</p>
        </Empty>
      ) : (
        <>
          {children}
          <Pager
            page={found.page}
            pages={found.pages}
            total={found.total}
            noun={noun[found.total === 1 ? 0 : 1]}
            href={(page) => listHref(at, { q: found.search, ...wishes }, page)}
          />
        </>
      )}
    </section>
  </div>
);
