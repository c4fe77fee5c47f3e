/** How full something is. */

/** A bar from empty to full, green, then yellow, then red. `fill` is 1 where it is full. */
export const Fill = ({ fill, label, warn = 0.8 }: { fill: number; label: string; warn?: number }) => (
  <meter
    class="fill"
    min={0}
    max={1}
    low={Math.min(warn, 0.999)}
    high={0.9995}
    optimum={0}
    value={Math.min(1, fill)}
    aria-label={label}
    title={fillWords(fill)}
  >
    {fillWords(fill)}
  </meter>
);

/** The same in words. */
export const fillWords = (fill: number): string => `${Math.round(fill * 100)} % full`;
