/** The page for everything that did not go through: calm, with what to do next, never with a stack. */
import type { Frame } from "./layout.tsx";
import { Gate } from "./parts/gate.tsx";
import { Icon } from "./parts/icon.tsx";
import { ToastPartial } from "./parts/telling.tsx";
import { rich } from "./words/rich.tsx";
import { said, t } from "./words/words.ts";

/** What went wrong, for a person. */
export interface ErrorPage {
  readonly title: string;
  readonly sentence: string;
  /** Shown where the log has more. */
  readonly trace?: string;
  /** A way on. */
  readonly action?: { readonly href: string; readonly label: string };
}

export const ErrorView = ({ frame, page }: { frame: Frame; page: ErrorPage }) => (
  <Gate title={page.title} frame={frame} headline={t("Mind the gap.")}>
    <div class="stack">
      <h1>{page.title}</h1>
      <p class="lede">{said(page.sentence)}</p>
      {page.trace ? (
        <p class="muted small">
          {rich("The log has more about this under the trace {trace}.", { trace: <code>{page.trace}</code> })}
        </p>
      ) : null}
      <div class="form-actions">
        <a class="btn btn-primary" href={page.action?.href ?? "/"}>
          {page.action?.label ?? t("To the start page")}
          <Icon name="arrowRight" />
        </a>
      </div>
    </div>
  </Gate>
);

/** The same for a fragment: a message in the corner, and nothing on the page changes. */
export const ErrorFragment = ({ page }: { page: ErrorPage }) => (
  <ToastPartial
    kind="danger"
    text={
      page.trace ? t("{sentence} (Trace {trace})", { sentence: page.sentence, trace: page.trace }) : said(page.sentence)
    }
  />
);
