/** What the gateway's pages share: figures, the graph, words for numbers. */

/** A figure with what it says. */
export const Figure = ({ value, label }: { value: string; label: string }) => (
  <div class="figure">
    <b>{value}</b>
    <span>{label}</span>
  </div>
);

/** 12,345 */
export const numberWords = (value: number): string => value.toLocaleString("en");

/** One of many, as a part of a hundred; a dash where there is nothing yet. */
export const shareWords = (part: number, whole: number): string =>
  whole === 0 ? "–" : `${Math.round((part / whole) * 100)} %`;
