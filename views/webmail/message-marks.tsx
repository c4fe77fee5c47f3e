/** The marks of the open message: its star and its labels, each where it stands, so that they change there when they do. */
import { Icon } from "../parts/icon.tsx";
import { t } from "../words/words.ts";
import { LabelChip, type RowLabel } from "./list-rows.tsx";
import { Do } from "./menus.tsx";

export interface Marks {
  readonly flagged: boolean;
  readonly labels: readonly RowLabel[];
}

/** Puts the star on, or takes it off. */
export const StarButton = ({ flagged }: { flagged: boolean }) => (
  <Do
    id="reader-star"
    what={flagged ? "unflag" : "flag"}
    icon="star"
    label={flagged ? t("Take the star off") : t("Put a star on")}
  />
);

/** The star beside the subject. */
export const Starred = ({ flagged }: { flagged: boolean }) => (
  <span id="reader-starred">{flagged ? <Icon name="star" filled label={t("Starred")} /> : null}</span>
);

export const LabelsLine = ({ labels }: { labels: readonly RowLabel[] }) => (
  <p class="mail-labels" id="reader-labels" hidden={labels.length === 0}>
    {labels.map((label) => (
      <LabelChip label={label} />
    ))}
  </p>
);

/** All of them, in place of what they were. */
export const MarksPartial = ({ marks: { flagged, labels } }: { marks: Marks }) => (
  <>
    <hx-partial hx-target="#reader-star" hx-swap="outerMorph">
      <StarButton flagged={flagged} />
    </hx-partial>
    <hx-partial hx-target="#reader-starred" hx-swap="outerHTML">
      <Starred flagged={flagged} />
    </hx-partial>
    <hx-partial hx-target="#reader-labels" hx-swap="outerHTML">
      <LabelsLine labels={labels} />
    </hx-partial>
  </>
);
