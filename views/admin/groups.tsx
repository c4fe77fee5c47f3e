/** Mail groups: the list, and one group's page with its limits and rules. */
import { CsrfField, type FieldErrors, FormActions, TextField } from "../parts/forms.tsx";
import { type TabForm, textIn } from "../parts/tabs.tsx";
import { Empty, PageHead, Problem, sizeWords } from "../parts/telling.tsx";
import { AskToRemove } from "./confirm.tsx";
import { Admin, type AdminFrame, Crumbs } from "./frame.tsx";
import { type QuotaFields, QuotaForm, type RuleRow, RuleRows, ruleWords } from "./mailboxes/rules.tsx";

const AT = "/admin/groups";

/** One mail group. */
export interface GroupLine {
  readonly name: string;
  readonly description: string;
  readonly members: number;
  readonly quota: { readonly messages: number | null; readonly octets: number | null };
  readonly expiry: readonly { readonly folder: string; readonly days: number; readonly action: string }[];
}

export interface GroupsPage {
  readonly groups: readonly GroupLine[];
  readonly fields: Readonly<Record<string, string>>;
  readonly errors: FieldErrors;
}

const words = ({ description, quota: { messages, octets }, expiry }: GroupLine): string => {
  const limits = [
    octets === null ? "" : `at most ${sizeWords(octets)}`,
    messages === null ? "" : `at most ${messages.toLocaleString("en")} messages`,
  ];
  return [description, ...limits, ...expiry.map(ruleWords)].filter(Boolean).join(" · ");
};

export const Groups = ({ frame, page }: { frame: AdminFrame; page: GroupsPage }) => (
  <Admin title="Mail groups" frame={frame} place="groups">
    <PageHead
      title="Mail groups"
      lede="Limits and rules that a set of mailboxes shares. What a mailbox leaves open is taken from its group."
    />
    <div class="split">
      <section class="panel panel-flush" aria-label="Mail groups">
        {page.groups.length === 0 ? (
          <Empty icon="archive" title="No mail group yet">
            <p>Make one, and mailboxes can share its limits: staff with 2 GB, devices with a week of mail.</p>
          </Empty>
        ) : (
          <ul class="lines">
            {page.groups.map((group) => (
              <li>
                <span class="two">
                  <a class="strong clip" href={`${AT}/${encodeURIComponent(group.name)}`}>
                    {group.name}
                  </a>
                  <span class="muted small wraps">{words(group) || "no limits yet"}</span>
                </span>
                <span class="muted num end">
                  {group.members.toLocaleString("en")} {group.members === 1 ? "mailbox" : "mailboxes"}
                </span>
              </li>
            ))}
          </ul>
        )}
      </section>
      <form class="panel form" action={AT} method="post">
        <CsrfField token={frame.csrf} />
        <h2>Add a mail group</h2>
        <Problem text={page.errors[""]} />
        <TextField label="Name" name="name" value={page.fields.name} error={page.errors.name} required />
        <FormActions label="Add mail group" icon="plus" />
      </form>
    </div>
  </Admin>
);

/** One mail group's page. */
export interface GroupPage extends GroupLine {
  readonly fields: QuotaFields;
  readonly rows: readonly RuleRow[];
  readonly form: TabForm;
}

export const GroupView = ({ frame, page }: { frame: AdminFrame; page: GroupPage }) => {
  const { form } = page;
  const here = `${AT}/${encodeURIComponent(page.name)}`;
  return (
    <Admin title={page.name} frame={frame} place="groups">
      <Crumbs href={AT} label="Mail groups" here={page.name} />
      <PageHead
        title={page.name}
        lede={
          <a href={`/admin/mailboxes?group=${encodeURIComponent(page.name)}`}>
            {page.members.toLocaleString("en")} {page.members === 1 ? "mailbox" : "mailboxes"}
          </a>
        }
      >
        <AskToRemove href={`${here}/remove`} />
      </PageHead>
      <form class="panel form" action={here} method="post">
        <CsrfField token={form.csrf} />
        <Problem text={form.errors[""]} />
        <div class="fields">
          <TextField
            label="Name"
            name="rename"
            value={textIn(form, "rename", page.name)}
            error={form.errors.rename}
            required
          />
          <TextField
            label="Description"
            name="description"
            value={textIn(form, "description", page.description)}
            error={form.errors.description}
          />
        </div>
        <h2 class="rule">Limits of each mailbox</h2>
        <QuotaForm quota={page.fields} form={form} empty="Empty: no limit." />
        <h2 class="rule">Message expiry</h2>
        <RuleRows rows={page.rows} folders={FOLDERS} form={form} />
        <FormActions label="Save changes" />
      </form>
    </Admin>
  );
};

/** Folders that every mailbox has. */
const FOLDERS = ["INBOX", "Sent", "Trash", "Junk", "Drafts"];
