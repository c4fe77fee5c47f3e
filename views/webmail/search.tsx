/** The search box with its chips, and texts with the place that was looked for. */
import { CsrfField } from "../parts/forms.tsx";
import { Icon } from "../parts/icon.tsx";
import { t } from "../words/words.ts";

/** Where all folders are searched. */
export const SEARCH = "/mail/search";

/** The address of a search in all folders; `folder` is the one from which one looked. */
export const searchHref = (query: string, folder?: number, page = 1): string => {
  const parameters = new URLSearchParams({ q: query });
  if (folder !== undefined) parameters.set("folder", String(folder));
  if (page > 1) parameters.set("page", String(page));
  return `${SEARCH}?${parameters}`;
};

/** One thing that was asked for. */
export interface Chip {
  readonly text: string;
  /** The search without it. */
  readonly href: string;
}

/** The box as it stands above a list. */
export interface SearchBoxOf {
  readonly query: string;
  readonly chips: readonly Chip[];
  /** The folder from which one looks. */
  readonly folder: { readonly id: number; readonly label: string; readonly href: string } | undefined;
  /** Only the folder is searched. */
  readonly narrow: boolean;
  /** The number under which it is kept in the rail already. */
  readonly kept?: number | undefined;
}

/** How links and forms of a search put its answer in the place of the page. */
export const swaps = { "hx-target": "#main", "hx-swap": "outerMorph", "hx-push-url": "true" } as const;

export const SearchBox = ({ box, csrf }: { box: SearchBoxOf; csrf: string }) => (
  <search class="mail-search">
    <form class="search" action={SEARCH} method="get" hx-get={SEARCH} {...swaps}>
      <Icon name="search" />
      <input
        class="input"
        type="search"
        name="q"
        id="q"
        value={box.query}
        dir="auto"
        placeholder={t("Search")}
        aria-label={t("Search all folders")}
        role="combobox"
        aria-expanded="false"
        aria-autocomplete="list"
        aria-controls="search-panel"
        data-suggest={`${SEARCH}/suggest`}
        autocomplete="off"
        spellcheck={false}
        enterkeyhint="search"
      />
      {box.folder ? <input type="hidden" name="folder" value={box.folder.id} /> : null}
      <a
        class="btn btn-quiet btn-small btn-icon"
        href={`${SEARCH}/form?${new URLSearchParams({ q: box.query })}`}
        title={t("More ways to search")}
        aria-label={t("More ways to search")}
      >
        <Icon name="filter" />
      </a>
      <div
        class="search-panel"
        id="search-panel"
        role="listbox"
        aria-label={t("Suggestions and first results")}
        hidden
      />
    </form>
    {box.query === "" ? null : <Narrowing box={box} csrf={csrf} />}
  </search>
);

/** What was asked for, piece by piece, and where it is looked for. */
const Narrowing = ({ box, csrf }: { box: SearchBoxOf; csrf: string }) => (
  <div class="search-chips">
    {box.chips.map((chip) => (
      <a
        class="search-chip"
        href={chip.href}
        hx-get={chip.href}
        {...swaps}
        aria-label={t("Look without {condition}", { condition: chip.text })}
      >
        <bdi class="clip">{chip.text}</bdi>
        <Icon name="close" />
      </a>
    ))}
    {box.folder ? <Where box={box} folder={box.folder} /> : null}
    {box.narrow ? null : <Keeping box={box} csrf={csrf} />}
  </div>
);

/** Among the folders with it, or away from there. */
const Keeping = ({ box, csrf }: { box: SearchBoxOf; csrf: string }) =>
  box.kept === undefined ? (
    <details class="mail-menu search-keep">
      <summary class="btn btn-quiet btn-small">
        <Icon name="plus" />
        {t("Keep this search")}
      </summary>
      <form class="mail-menu-items" action={`${SEARCH}/keep`} method="post">
        <CsrfField token={csrf} />
        <input type="hidden" name="q" value={box.query} />
        <label class="small" for="search-name">
          {t("Its name among the folders")}
        </label>
        <input class="input" id="search-name" name="name" maxlength={100} autocomplete="off" placeholder={box.query} />
        <button class="btn btn-primary btn-small" type="submit">
          {t("Keep")}
        </button>
      </form>
    </details>
  ) : (
    <form action={`${SEARCH}/drop`} method="post">
      <CsrfField token={csrf} />
      <input type="hidden" name="id" value={box.kept} />
      <button class="btn btn-quiet btn-small" type="submit">
        <Icon name="minus" />
        {t("No longer keep it")}
      </button>
    </form>
  );

const Where = ({ box, folder }: { box: SearchBoxOf; folder: NonNullable<SearchBoxOf["folder"]> }) => {
  const href = box.narrow
    ? searchHref(box.query, folder.id)
    : `${folder.href}?${new URLSearchParams({ q: box.query })}`;
  return (
    <a class="btn btn-quiet btn-small" href={href} hx-get={href} {...swaps}>
      {box.narrow ? t("In all folders") : t("Only in {folder}", { folder: folder.label })}
    </a>
  );
};

/** A text with the place that was looked for. */
export interface Marked {
  readonly before: string;
  readonly match: string;
  readonly after: string;
}

export const MarkedText = ({ text }: { text: string | Marked }) =>
  typeof text === "string" ? (
    text
  ) : (
    <>
      {text.before}
      <mark>{text.match}</mark>
      {text.after}
    </>
  );
