/** Why a message is where it is: what sorted it, how it was judged, and who it is really from. In a dialog or on a page of its own. */
import type { PropsWithChildren } from "hono/jsx";
import { CsrfField } from "../parts/forms.tsx";
import { Icon } from "../parts/icon.tsx";
import { type Kind, Notice } from "../parts/telling.tsx";
import { said, t } from "../words/words.ts";

/** One test of the verdict. */
export interface WhyTest {
  /** As the header names it. */
  readonly name: string;
  readonly sentence: string;
  readonly points: number;
}

export interface Why {
  /** How it came into its folder, a sentence each. */
  readonly placed: readonly string[];
  /** What the rules of today would do; empty: nothing is known. */
  readonly today: readonly string[];
  /** Who it is from, in plain words. */
  readonly author: { readonly kind: Kind; readonly words: string };
  /** What was checked about that, a sentence each. */
  readonly checks: readonly string[];
  readonly verdict:
    | {
        readonly words: string;
        readonly junk: boolean;
        readonly tests: readonly WhyTest[];
      }
    | undefined;
  readonly virus: string | undefined;
  /** The folder is Junk. */
  readonly inJunk: boolean;
}

const points = (number: number): string => `${number > 0 ? "+" : "−"}${Math.abs(number)}`;

const Tests = ({ tests }: { tests: readonly WhyTest[] }) =>
  tests.length === 0 ? (
    <p class="muted">{t("No test found anything to say.")}</p>
  ) : (
    <ul class="why-tests">
      {tests.map(({ name, sentence, points: worth }) => (
        <li>
          <span class="num strong" data-kind={worth > 0 ? "warn" : "ok"}>
            {points(worth)}
          </span>
          <span class="two">
            <bdi class="wraps">{said(sentence)}</bdi>
            <span class="muted small mono wraps">{name}</span>
          </span>
        </li>
      ))}
    </ul>
  );

const Heading = ({ alone, children }: PropsWithChildren<{ alone: boolean }>) =>
  alone ? <h2>{children}</h2> : <h3>{children}</h3>;

/** All of it. `alone` is a page without the message beside it. */
export const WhyHere = ({
  why,
  back,
  alone,
  act,
  uid,
  csrf,
  ruleHref,
}: {
  why: Why;
  back: string;
  alone: boolean;
  /** Where "not junk" is posted; undefined where the reader may not. */
  act: string | undefined;
  uid: number;
  csrf: string;
  /** A rule for mail like this one; undefined where the mailbox is somebody else's. */
  ruleHref: string | undefined;
}) => (
  <div class="stack why">
    <div class="spread">
      {alone ? <h1>{t("Why is this here?")}</h1> : <h2>{t("Why is this here?")}</h2>}
      <a class="btn btn-quiet btn-small" href={back} data-close>
        <Icon name={alone ? "arrowLeft" : "close"} />
        {alone ? t("Back to the message") : t("Close")}
      </a>
    </div>
    {why.placed.map((sentence) => (
      <p class="wraps">{said(sentence)}</p>
    ))}
    <div class="row">
      {act === undefined ? null : (
        <form action={act} method="post">
          <CsrfField token={csrf} />
          <input type="hidden" name="uid" value={uid} />
          <input type="hidden" name="back" value={back} />
          <button class="btn btn-small" type="submit" name="do" value={why.inJunk ? "inbox" : "junk"}>
            <Icon name={why.inJunk ? "inbox" : "junk"} />
            {why.inJunk ? t("This is not junk") : t("This is junk")}
          </button>
        </form>
      )}
      {ruleHref === undefined ? null : (
        <a class="btn btn-small" href={ruleHref}>
          <Icon name="filter" />
          {t("Make a rule for mail like this")}
        </a>
      )}
    </div>
    <section class="stack stack-s" aria-label={t("Who it is from")}>
      <Heading alone={alone}>{t("Who it is from")}</Heading>
      <Notice kind={why.author.kind}>
        <p class="wraps">{said(why.author.words)}</p>
      </Notice>
      {why.checks.length === 0 ? null : (
        <details class="more small">
          <summary>{t("What was checked")}</summary>
          <ul class="wraps">
            {why.checks.map((sentence) => (
              <li>
                <bdi>{said(sentence)}</bdi>
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
    <section class="stack stack-s" aria-label={t("How it was judged")}>
      <Heading alone={alone}>{t("How it was judged")}</Heading>
      {why.verdict === undefined ? (
        <p class="muted">{t("Nobody judged whether it is junk.")}</p>
      ) : (
        <>
          <p>{why.verdict.words}</p>
          <Tests tests={why.verdict.tests} />
        </>
      )}
      {why.virus === undefined ? null : <p>{why.virus}</p>}
    </section>
    {why.today.length === 0 ? null : (
      <section class="stack stack-s" aria-label={t("What the rules of today would do")}>
        <Heading alone={alone}>{t("If it came today")}</Heading>
        {why.today.map((sentence) => (
          <p class="wraps">{said(sentence)}</p>
        ))}
      </section>
    )}
  </div>
);
