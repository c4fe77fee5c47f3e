/** Addresses of one's own mailbox that end by themselves: those there are, making one, extending and ending. */
import { ActionButton, CopyButton, CsrfField, type FieldErrors, FormActions, TextField } from "../parts/forms.tsx";
import { Badge, Moment, Notice, Problem } from "../parts/telling.tsx";
import { rich } from "../words/rich.tsx";
import { t } from "../words/words.ts";
import { formTo, type OptionsFrame, OptionsPage } from "./options.tsx";
import { BELOW, type MailboxHead } from "./options-mailbox.tsx";

export interface TemporaryPage extends MailboxHead {
  readonly addresses: readonly {
    readonly address: string;
    readonly note: string;
    readonly expiresAt: number;
    readonly ended: boolean;
  }[];
  /** Further ones can be made. */
  readonly allowed: boolean;
  /** The mailbox's own address, for the examples. */
  readonly own: string;
  /** What was typed. */
  readonly days: string;
  readonly note: string;
  readonly errors: FieldErrors;
}

const Line = ({
  line,
  id,
  page,
  frame,
}: {
  line: TemporaryPage["addresses"][number];
  id: string;
  page: TemporaryPage;
  frame: OptionsFrame;
}) => (
  <li class="bar">
    <div class="spread wrap">
      <span class="two">
        <span class="row wrap">
          <span class="strong mono wraps" id={id}>
            {line.address}
          </span>
          {line.ended ? <Badge kind="off">{t("ended")}</Badge> : null}
        </span>
        <span class="muted small wraps">
          {rich(line.ended ? "Ended {time}" : "Good until {time}", {
            time: <Moment at={line.expiresAt} now={frame.now} />,
          })}
          {line.note === "" ? "" : ` · ${line.note}`}
        </span>
      </span>
      <span class="row wrap">
        {line.ended ? null : <CopyButton of={id} about={line.address} />}
        <ActionButton
          action={`${page.href}/temporary/extend`}
          csrf={frame.csrf}
          label={line.ended ? t("60 days anew") : t("60 days from now")}
          about={line.address}
          icon="clock"
          class="btn btn-small"
          fields={{ address: line.address, days: "60" }}
        />
        {line.ended ? null : (
          <ActionButton
            action={`${page.href}/temporary/end`}
            csrf={frame.csrf}
            label={t("End")}
            about={line.address}
            icon="trash"
            class="btn btn-small"
            fields={{ address: line.address }}
          />
        )}
      </span>
    </div>
  </li>
);

const dated = (own: string, form: string): string => {
  const at = own.lastIndexOf("@");
  return `${own.slice(0, at)}$E${form}${own.slice(at)}`;
};

export const TemporaryAddresses = ({ frame, page }: { frame: OptionsFrame; page: TemporaryPage }) => (
  <OptionsPage
    frame={frame}
    title={t("Temporary addresses")}
    under={BELOW(page)}
    lede={t(
      "For shops and forms: an address that says nothing of you and ends by itself. Mail to it comes into this mailbox until then.",
    )}
  >
    {page.addresses.length === 0 ? null : (
      <section class="panel panel-flush" aria-label={t("Temporary addresses")}>
        <ul class="bars">
          {page.addresses.map((line, at) => (
            <Line line={line} id={`temporary-${at}`} page={page} frame={frame} />
          ))}
        </ul>
      </section>
    )}
    {page.allowed ? (
      <>
        <form class="panel form" {...formTo(`${page.href}/temporary`)}>
          <h2>{t("Make one")}</h2>
          <CsrfField token={frame.csrf} />
          <Problem text={page.errors[""]} />
          <TextField
            label={t("Good for")}
            name="days"
            value={page.days}
            error={page.errors.days}
            type="number"
            addon={t("days")}
            short
            required
            attributes={{ min: 1, max: 3650 }}
          />
          <TextField
            label={t("What it is for")}
            name="note"
            value={page.note}
            error={page.errors.note}
            hint={t("Only you see it.")}
          />
          <FormActions label={t("Make the address")} />
        </form>
        <Notice kind="info" title={t("Without this page")}>
          <p>
            {rich(
              "Hand out {one}: it reaches you until the end of that day. Write as {other} in your mail program: what leaves has an address like those above in its place, good for 60 days.",
              {
                one: <span class="mono wraps">{dated(page.own, "20271231")}</span>,
                other: <span class="mono wraps">{dated(page.own, "60")}</span>,
              },
            )}
          </p>
        </Notice>
      </>
    ) : (
      <Notice kind="info">
        <p>{t("Further ones cannot be made on this server. What is listed works until it ends.")}</p>
      </Notice>
    )}
  </OptionsPage>
);
