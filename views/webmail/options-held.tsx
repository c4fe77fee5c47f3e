/** Mail that is held for one's own mailbox. */
import { ActionButton, SearchBox } from "../parts/forms.tsx";
import { type HeldLine, HeldLines, type HeldMessage, HeldParts } from "../parts/held.tsx";
import { listHref } from "../parts/list.tsx";
import { Empty, Notice, Pager } from "../parts/telling.tsx";
import { t } from "../words/words.ts";
import { type OptionsFrame, OptionsPage } from "./options.tsx";
import { BELOW, type MailboxHead } from "./options-mailbox.tsx";

export interface HeldPage extends MailboxHead {
  readonly lines: readonly HeldLine[];
  readonly search: string;
  readonly page: number;
  readonly pages: number;
  readonly total: number;
}

export const MailboxHeld = ({ frame, page }: { frame: OptionsFrame; page: HeldPage }) => {
  const at = `${page.href}/held`;
  return (
    <OptionsPage
      frame={frame}
      title={t("Held mail")}
      under={BELOW(page)}
      lede={t("Mail to you that is kept back. What nobody releases is deleted after its time.")}
    >
      {page.total > 0 || page.search !== "" ? (
        <SearchBox action={at} value={page.search} label={t("Search sender or subject")} target="#held" />
      ) : null}
      <section class="panel panel-flush" id="held">
        {page.lines.length === 0 ? (
          <Empty icon="lock" title={page.search ? t("Nothing matches") : t("Nothing is held for you")}>
            <p>
              {t("What is surely junk, or does not prove who wrote it, can be held here instead of going to Junk.")}
            </p>
          </Empty>
        ) : (
          <>
            <HeldLines lines={page.lines} now={frame.now} at={at} />
            <Pager
              page={page.page}
              pages={page.pages}
              total={page.total}
              noun={page.total === 1 ? t("message") : t("messages")}
              href={(to) => listHref(at, { q: page.search }, to)}
            />
          </>
        )}
      </section>
    </OptionsPage>
  );
};

export const MailboxHeldMessage = ({
  frame,
  head,
  page,
}: {
  frame: OptionsFrame;
  head: MailboxHead;
  page: HeldMessage;
}) => {
  const here = `${head.href}/held/${page.id}`;
  return (
    <OptionsPage frame={frame} title={t("Held message")} under={{ label: t("Held mail"), href: `${head.href}/held` }}>
      {page.releasable ? null : (
        <Notice kind="info">
          <p>{t("Only an administrator may release this message. Ask one, if you expect it.")}</p>
        </Notice>
      )}
      <HeldParts page={page} now={frame.now}>
        <section class="panel stack" aria-label={t("What becomes of it")}>
          <h2>
            <bdi>{page.subject || t("(no subject)")}</bdi>
          </h2>
          <p>{page.sentence}</p>
          <div class="row wrap">
            {page.releasable ? (
              <ActionButton
                action={`${here}/release`}
                csrf={frame.csrf}
                label={t("Deliver it")}
                icon="play"
                class="btn btn-primary"
              />
            ) : null}
            {page.releasable && page.reason === "junk" ? (
              <ActionButton
                action={`${here}/release`}
                csrf={frame.csrf}
                label={t("Deliver it, it is no junk")}
                icon="check"
                class="btn"
                fields={{ learn: "on" }}
              />
            ) : null}
            <ActionButton action={`${here}/remove`} csrf={frame.csrf} label={t("Delete it")} icon="trash" class="btn" />
          </div>
        </section>
      </HeldParts>
    </OptionsPage>
  );
};
