/** What comes up below the search box: the options of its list. */
import { Icon, type IconName } from "../parts/icon.tsx";
import { fullTime } from "../parts/telling.tsx";
import { t } from "../words/words.ts";
import type { FoundRow } from "./found.tsx";
import { MarkedText } from "./search.tsx";

/** Something to type on with, or a place to go to. */
export interface PanelOption {
  readonly icon: IconName;
  readonly label: string;
  readonly note: string;
  /** What then stands in the box; it is looked for at once, unless it ends with a blank or a colon. */
  readonly value?: string;
  readonly href?: string;
}

export interface SearchPanel {
  readonly options: readonly PanelOption[];
  /** The first messages that were found. */
  readonly hits: readonly FoundRow[];
  /** Where all of them are; undefined where these are all. */
  readonly more: string | undefined;
}

const inMain = { "hx-target": "#main", "hx-swap": "outerHTML", "hx-push-url": "true" } as const;

const Option = ({ option }: { option: PanelOption }) => {
  const inside = (
    <>
      <Icon name={option.icon} />
      <bdi class="clip">{option.label}</bdi>
      {option.note ? <bdi class="muted small clip">{option.note}</bdi> : null}
    </>
  );
  return option.href ? (
    <a
      class="search-option"
      role="option"
      aria-selected="false"
      tabindex={-1}
      href={option.href}
      hx-get={option.href}
      {...inMain}
    >
      {inside}
    </a>
  ) : (
    <div class="search-option" role="option" aria-selected="false" tabIndex={-1} data-value={option.value}>
      {inside}
    </div>
  );
};

const Hit = ({ row }: { row: FoundRow }) => (
  <a
    class="search-option search-hit"
    role="option"
    aria-selected="false"
    tabindex={-1}
    href={row.href}
    hx-get={row.href}
    {...inMain}
  >
    <bdi class={row.unread ? "strong clip" : "clip"}>
      <MarkedText text={row.who} />
    </bdi>
    <time class="muted small num" datetime={new Date(row.at).toISOString()} title={fullTime(row.at)}>
      {row.when}
    </time>
    <bdi class="clip">
      <MarkedText text={row.subject} />
    </bdi>
    {row.snippet ? (
      <bdi class="muted small clip">
        <MarkedText text={row.snippet} />
      </bdi>
    ) : null}
  </a>
);

export const Panel = ({ panel }: { panel: SearchPanel }) => (
  <>
    {panel.options.map((option) => (
      <Option option={option} />
    ))}
    {panel.hits.map((row) => (
      <Hit row={row} />
    ))}
    {panel.more ? (
      <Option option={{ icon: "search", label: t("Show all that is found"), note: "Enter", href: panel.more }} />
    ) : null}
  </>
);
