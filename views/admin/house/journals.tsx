/** Journals: where copies of mail go for the record, making one, and one journal's page. */
import { Check, CsrfField, EXACT, FormActions, Select, TextField } from "../../parts/forms.tsx";
import { type TabForm, TabPanel, textIn, tickedIn } from "../../parts/tabs.tsx";
import { Badge, Empty, PageHead, Problem } from "../../parts/telling.tsx";
import { AskToRemove } from "../confirm.tsx";
import { Admin, type AdminFrame, Crumbs } from "../frame.tsx";
import { HouseTabs } from "./tabs.tsx";

export const JOURNALS = "/admin/house/journals";

export interface JournalLine {
  readonly id: number;
  readonly enabled: boolean;
  readonly direction: "in" | "out" | "both";
  readonly about: string;
  readonly to: string;
  readonly note: string;
  readonly copies: number;
}

const DIRECTIONS = [
  { value: "both", label: "All mail" },
  { value: "in", label: "Mail from outside" },
  { value: "out", label: "Mail of people here" },
] as const;

const sentenceOf = ({ direction, about, note }: JournalLine): string => {
  const what = DIRECTIONS.find(({ value }) => value === direction)?.label ?? "";
  const whose =
    about === "" ? "" : about.includes("@") ? `, to and from ${about}` : `, to and from the domain ${about}`;
  return `${what}${whose}${note === "" ? "" : ` · ${note}`}`;
};

const Fields = ({ form, journal }: { form: TabForm; journal: Omit<JournalLine, "id" | "copies" | "enabled"> }) => (
  <>
    <TextField
      label="Copies go to"
      name="to"
      value={textIn(form, "to", journal.to)}
      error={form.errors.to}
      hint="An address of a mailbox here, or one elsewhere."
      required
      attributes={{ ...EXACT, inputmode: "email" }}
    />
    <Select
      label="Of"
      name="direction"
      value={textIn(form, "direction", journal.direction)}
      options={DIRECTIONS}
      error={form.errors.direction}
    />
    <TextField
      label="Only of"
      name="about"
      value={textIn(form, "about", journal.about)}
      error={form.errors.about}
      hint="A domain or an address here; empty: everybody."
      attributes={EXACT}
    />
    <TextField label="Note" name="note" value={textIn(form, "note", journal.note)} error={form.errors.note} />
  </>
);

const NEW = { direction: "both", about: "", to: "", note: "" } as const;

export const Journals = ({
  frame,
  journals,
  form,
}: {
  frame: AdminFrame;
  journals: readonly JournalLine[];
  form: TabForm;
}) => (
  <Admin title="Journals" frame={frame} place="house">
    <PageHead
      title="House rules"
      lede="Copies of mail for the record: the message as it is, with fields in front of it that say what its envelope said, hidden recipients too."
    />
    <HouseTabs current="journals" />
    <div class="split">
      <section class="panel panel-flush" aria-label="Journals">
        {journals.length === 0 ? (
          <Empty icon="archive" title="No journal">
            <p>No copies are kept. Where people's mail is copied, the law may ask that they are told so.</p>
          </Empty>
        ) : (
          <ul class="lines">
            {journals.map((journal) => (
              <li class="ordered">
                <span class="two">
                  <span class="row wrap">
                    <a class="strong wraps" href={`${JOURNALS}/${journal.id}`}>
                      {journal.to}
                    </a>
                    {journal.enabled ? null : <Badge kind="off">paused</Badge>}
                    <span class="muted small num">{`${journal.copies.toLocaleString("en")} copies`}</span>
                  </span>
                  <span class="muted small wraps">{sentenceOf(journal)}</span>
                </span>
              </li>
            ))}
          </ul>
        )}
      </section>
      <TabPanel form={form} title="Keep copies" save="Begin the journal">
        <Fields form={form} journal={NEW} />
      </TabPanel>
    </div>
  </Admin>
);

/** One journal's page. */
export const JournalView = ({ frame, journal, form }: { frame: AdminFrame; journal: JournalLine; form: TabForm }) => (
  <Admin title={journal.to} frame={frame} place="house">
    <Crumbs href={JOURNALS} label="Journals" here={journal.to} />
    <PageHead title={journal.to} lede={sentenceOf(journal)}>
      <AskToRemove href={`${JOURNALS}/${journal.id}/remove`} label="End it" />
    </PageHead>
    <form class="panel form" action={form.action} method="post">
      <CsrfField token={form.csrf} />
      <Problem text={form.errors[""]} />
      <Check as="switch" name="enabled" label="Copies are made" checked={tickedIn(form, "enabled", journal.enabled)} />
      <Fields form={form} journal={journal} />
      <FormActions label="Save changes" cancel={JOURNALS} />
    </form>
  </Admin>
);
