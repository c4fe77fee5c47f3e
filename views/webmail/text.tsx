/** A plain-text message on the page: paragraphs, quotations that fold, the signature, links. Drawn from blocks that src/web/webmail/text.ts reads. */

import { tn } from "../words/words.ts";

/** A piece of a line: text, or a link with its text. */
export type Run = string | { readonly text: string; readonly href: string };

/** One stretch of a text message. */
export type TextBlock =
  | { readonly kind: "text"; readonly runs: readonly Run[] }
  | { readonly kind: "signature"; readonly runs: readonly Run[] }
  /** `folded`: long, or at the end where it only repeats what was answered; shown closed at first. */
  | { readonly kind: "quote"; readonly folded: boolean; readonly lines: number; readonly blocks: readonly TextBlock[] };

const Runs = ({ runs }: { runs: readonly Run[] }) => (
  <>
    {runs.map((run) =>
      typeof run === "string" ? (
        run
      ) : run.href.startsWith("/") ? (
        <a href={run.href}>{run.text}</a>
      ) : (
        <a href={run.href} target="_blank" rel="noopener noreferrer nofollow">
          {run.text}
        </a>
      ),
    )}
  </>
);

const Quote = ({ block }: { block: TextBlock & { kind: "quote" } }) =>
  block.folded ? (
    <details class="mail-quote">
      <summary>
        <span class="badge">{tn(block.lines, "1 quoted line", "{n} quoted lines")}</span>
      </summary>
      <blockquote>
        <TextBlocks blocks={block.blocks} />
      </blockquote>
    </details>
  ) : (
    <blockquote class="mail-quote">
      <TextBlocks blocks={block.blocks} />
    </blockquote>
  );

/** The blocks of a text message, one after the other. */
export const TextBlocks = ({ blocks }: { blocks: readonly TextBlock[] }) => (
  <>
    {blocks.map((block) =>
      block.kind === "quote" ? (
        <Quote block={block} />
      ) : (
        <p class={block.kind === "signature" ? "mail-signature" : undefined} dir="auto">
          <Runs runs={block.runs} />
        </p>
      ),
    )}
  </>
);
