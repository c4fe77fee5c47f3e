/** How full something is. */
import { t } from "../words/words.ts";

/**
 * A bar from empty to full: green, from `warn` on yellow, and red where it is full. `fill` is 1 there. Browsers draw meters each in
 * their own way; here they speak it, and the bar is drawn.
 */
export const Fill = ({ fill, label, warn = 0.8 }: { fill: number; label: string; warn?: number }) => (
  <span class="fullness" title={fillWords(fill)} data-kind={fill >= 1 ? "danger" : fill >= warn ? "warn" : "ok"}>
    <meter class="visually-hidden" min={0} max={1} value={Math.min(1, fill)} aria-label={label}>
      {fillWords(fill)}
    </meter>
    <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
      <rect width={Math.min(100, fill * 100).toFixed(1)} height={8} />
    </svg>
  </span>
);

/** The same in words. */
export const fillWords = (fill: number): string => t("{n} % full", { n: Math.round(fill * 100) });
