/** Held messages, as administrators and their recipients see them. Everything in them is text of strangers, and stays text. */
import type { PropsWithChildren } from "hono/jsx";
import { rich } from "../words/rich.tsx";
import { key, t } from "../words/words.ts";
import { Badge, Empty, fullTime, type Kind, Moment, sizeWords } from "./telling.tsx";

export type HeldReason = "virus" | "unscanned" | "junk" | "policy" | "attachment" | "rule";

export interface HeldLine {
  readonly id: number;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly expiresAt: number;
  readonly from: string;
  readonly subject: string;
  readonly size: number;
  readonly reason: HeldReason;
  readonly sentence: string;
  readonly recipients: readonly string[];
  readonly releasable: boolean;
}

export interface HeldMessage extends HeldLine {
  readonly trace: string;
  readonly returnPath: string;
  readonly text: string;
  readonly files: readonly { readonly name: string; readonly type: string; readonly size: number }[];
  readonly findings: readonly { readonly test: string; readonly points: number; readonly sentence: string }[];
}

const REASONS: Record<HeldReason, { readonly kind: Kind; readonly word: string }> = {
  virus: { kind: "danger", word: key("virus") },
  unscanned: { kind: "warn", word: key("not scanned") },
  junk: { kind: "warn", word: key("junk") },
  policy: { kind: "warn", word: key("not proven") },
  attachment: { kind: "info", word: key("attachment") },
  rule: { kind: "info", word: key("rule") },
};

/** The first of some, and how many more there are. */
const firstOf = ([first = "", ...others]: readonly string[]): string =>
  others.length === 0 ? first : t("{first} and {n} more", { first, n: others.length });

const Reason = ({ reason }: { reason: HeldReason }) => (
  <Badge kind={REASONS[reason].kind}>{t(REASONS[reason].word)}</Badge>
);

export const HeldLines = ({ lines, now, at }: { lines: readonly HeldLine[]; now: number; at: string }) => (
  <div class="table-wrap">
    <table class="table table-stacks table-fixed">
      <thead>
        <tr>
          <th>{t("Message")}</th>
          <th class="w-s">{t("Why")}</th>
          <th class="w-m">{t("Since")}</th>
          <th class="w-m">{t("Deleted on")}</th>
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <tr>
            <td>
              <span class="two">
                <a class="clip" href={`${at}/${line.id}`}>
                  <bdi>{line.subject || t("(no subject)")}</bdi>
                </a>
                <span class="muted small clip">
                  {rich("{from} to {whom}", {
                    from: <bdi>{line.from || t("a report")}</bdi>,
                    whom: firstOf(line.recipients),
                  })}
                </span>
              </span>
            </td>
            <td data-label={t("Why")}>
              <Reason reason={line.reason} />
            </td>
            <td data-label={t("Since")}>
              <Moment at={line.at} now={now} />
            </td>
            <td data-label={t("Deleted on")}>
              <Moment at={line.expiresAt} now={now} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);

/** The subject, and what can be done. */
export const HeldHead = ({ page, children }: PropsWithChildren<{ page: HeldMessage }>) => (
  <div class="page-head">
    <div>
      <h1>
        <bdi>{page.subject || t("(no subject)")}</bdi>
      </h1>
      <p class="lede">{page.sentence}</p>
    </div>
    <div class="row wrap">{children}</div>
  </div>
);

/** What there is to know of it before one decides. `trace` is where its way is told. */
export const HeldParts = ({
  page,
  now,
  trace,
  children,
}: PropsWithChildren<{ page: HeldMessage; now: number; trace?: string }>) => (
  <div class="split">
    <div class="stack">
      {children}
      <section class="panel stack" aria-labelledby="held-text">
        <h2 id="held-text">{t("Its text")}</h2>
        {page.text.trim() === "" ? (
          <p class="muted">{t("It has no text.")}</p>
        ) : (
          <pre class="wraps" dir="auto">
            {page.text}
          </pre>
        )}
      </section>
      {page.files.length === 0 ? null : (
        <section class="panel panel-flush" aria-labelledby="held-files">
          <div class="panel-head">
            <h2 id="held-files">{t("Files")}</h2>
          </div>
          <ul class="lines">
            {page.files.map((file) => (
              <li>
                <span class="two">
                  <bdi class="strong clip">{file.name || t("(no name)")}</bdi>
                  <span class="muted small clip">{file.type}</span>
                </span>
                <span class="muted num end">{sizeWords(file.size)}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      <section class="panel panel-flush" aria-labelledby="held-findings">
        <div class="panel-head">
          <h2 id="held-findings">{t("What was found")}</h2>
        </div>
        {page.findings.length === 0 ? (
          <Empty icon="info" title={t("Nothing else")}>
            <p>{t("No other test says anything of it.")}</p>
          </Empty>
        ) : (
          <ul class="lines">
            {page.findings.map((finding) => (
              <li>
                <span class="two">
                  <span class="wraps">{finding.sentence}</span>
                  <span class="muted small">{finding.test}</span>
                </span>
                <span class="num end">{finding.points === 0 ? "" : signed(finding.points)}</span>
              </li>
            ))}
          </ul>
        )}
      </section>
    </div>
    <section class="panel" aria-label={t("About this message")}>
      <dl class="facts facts-tight">
        <dt>{t("From")}</dt>
        <dd>
          <bdi class="wraps">{page.from || t("a report")}</bdi>
        </dd>
        <dt>{t("Return path")}</dt>
        <dd>
          <bdi class="wraps">{page.returnPath || t("none")}</bdi>
        </dd>
        <dt>{t("To")}</dt>
        <dd class="wraps">{page.recipients.join(", ")}</dd>
        <dt>{t("Why")}</dt>
        <dd>
          <Reason reason={page.reason} />
        </dd>
        <dt>{t("Size")}</dt>
        <dd class="num">{sizeWords(page.size)}</dd>
        <dt>{t("Came")}</dt>
        <dd title={fullTime(page.at)}>
          <Moment at={page.at} now={now} />
        </dd>
        <dt>{t("Deleted on")}</dt>
        <dd title={fullTime(page.expiresAt)}>
          <Moment at={page.expiresAt} now={now} />
        </dd>
        {trace === undefined ? null : (
          <>
            <dt>{t("Trace")}</dt>
            <dd>
              <a class="mono" href={trace}>
                {page.trace}
              </a>
            </dd>
          </>
        )}
      </dl>
    </section>
  </div>
);

const signed = (points: number) => (points > 0 ? `+${points}` : `\u2212${-points}`);
