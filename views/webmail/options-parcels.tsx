/** Options: own files behind links. */
import { ActionButton } from "../parts/forms.tsx";
import { Empty } from "../parts/telling.tsx";
import { formats, t, tn } from "../words/words.ts";
import { OPTIONS, type OptionsFrame, OptionsPage } from "./options.tsx";

/** Where this page stands. */
export const PARCELS = `${OPTIONS}/parcels`;

/** One file. */
export interface ParcelLine {
  readonly id: number;
  readonly name: string;
  readonly size: string;
  /** Epoch milliseconds. */
  readonly until: number;
  readonly fetched: number;
  readonly href: string;
}

const Line = ({ one, csrf, days }: { one: ParcelLine; csrf: string; days: number }) => {
  const about = { csrf, about: one.name, fields: { id: String(one.id) } };
  return (
    <li>
      <span class="two">
        <a class="strong wraps" href={one.href}>
          <bdi>{one.name}</bdi>
        </a>
        <span class="muted small">
          {[
            one.size,
            t("until {day}", { day: formats().dateAndYear(one.until) }),
            one.fetched === 0 ? t("not fetched yet") : tn(one.fetched, "fetched once", "fetched {n} times"),
          ].join(" · ")}
        </span>
      </span>
      <span class="row wrap">
        <ActionButton
          action={`${PARCELS}/prolong`}
          label={tn(days, "One day from now", "{n} days from now")}
          {...about}
        />
        <ActionButton action={`${PARCELS}/end`} label={t("End")} {...about} />
      </span>
    </li>
  );
};

export const ParcelList = ({
  frame,
  lines,
  days,
}: {
  frame: OptionsFrame;
  lines: readonly ParcelLine[];
  days: number;
}) => (
  <OptionsPage
    frame={frame}
    title={t("Files behind links")}
    lede={t(
      "Files too large for a letter lie here, and the letter has a link. Whoever has the link can fetch them until their day.",
    )}
  >
    <section class="panel panel-flush" aria-label={t("Files behind links")}>
      {lines.length === 0 ? (
        <Empty icon="link" title={t("No files behind links")}>
          <p>{t("A file that you attach and that is too large for a letter goes behind a link by itself.")}</p>
        </Empty>
      ) : (
        <ul class="lines">
          {lines.map((one) => (
            <Line one={one} csrf={frame.csrf} days={days} />
          ))}
        </ul>
      )}
    </section>
  </OptionsPage>
);
