/** The frame of pages before the gate: sign-in, first start, errors. A dark side with the fence, and the page's card beside it. */
import type { Child, PropsWithChildren } from "hono/jsx";
import { Document, type Frame } from "../layout.tsx";
import { Brand } from "./icon.tsx";

/** Widths of the pickets' gaps are even; the heights make a calm wave. Drawn once, as one path. */
const FENCE = (() => {
  const pickets: string[] = [];
  for (let i = 0; i < 22; i++) {
    const x = 6 + i * 28;
    const top = Math.round(58 - 22 * Math.sin((i / 21) * Math.PI));
    pickets.push(`M${x} 170V${top}l8-11 8 11v${170 - top}z`);
  }
  return pickets.join("");
})();

/** The picket fence at the foot of the dark side. */
const Fence = () => (
  <svg class="fence" viewBox="0 0 616 170" preserveAspectRatio="xMinYMax slice" aria-hidden="true">
    <path class="fence-rail" d="M0 92h616v10H0zM0 136h616v10H0z" />
    <path class="fence-pickets" d={FENCE} />
  </svg>
);

/** A page before the gate. `headline`, `words` and `side` stand on the dark side. */
export const Gate = ({
  title,
  frame,
  headline,
  words,
  side,
  wide,
  children,
}: PropsWithChildren<{
  title: string;
  frame: Frame;
  headline: string;
  words?: string;
  side?: Child;
  wide?: boolean;
}>) => (
  <Document title={title} frame={frame} bodyClass="gate">
    <header class="gate-side">
      <Brand />
      <div class="gate-words">
        <p class="gate-headline">{headline}</p>
        {words ? <p>{words}</p> : null}
        {side}
      </div>
      <Fence />
    </header>
    <main class={wide ? "gate-main gate-wide" : "gate-main"} id="main" tabindex={-1}>
      <div class="gate-card">{children}</div>
    </main>
  </Document>
);
