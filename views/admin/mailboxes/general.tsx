/** The tab General: what the mailbox is for, whose it is, the name and password of its own, and what lies in it. */
import { ActionButton, CsrfField, FormActions, Select, TextField } from "../../parts/forms.tsx";
import { NamedField } from "../../parts/named.tsx";
import { NewPassword } from "../../parts/password.tsx";
import { type TabForm, TabPanel, textIn } from "../../parts/tabs.tsx";
import { Badge, Problem, sizeWords } from "../../parts/telling.tsx";

export interface GeneralTab {
  readonly id: number;
  readonly description: string;
  readonly owner: string;
  readonly primary: boolean;
  readonly login: string | null;
  readonly hasPassword: boolean;
  readonly group: string | null;
  /** Names of mail groups; none where whoever looks may not choose one. */
  readonly groups: readonly string[];
  readonly messages: number;
  readonly size: number;
  readonly folders: readonly {
    readonly name: string;
    readonly messages: number;
    readonly unseen: number;
    readonly size: number;
  }[];
  readonly form: TabForm;
  readonly passwordForm: TabForm;
}

const EXACT = { autocomplete: "off", autocapitalize: "none", spellcheck: "false" };

const Settings = ({ tab: { form, ...tab } }: { tab: GeneralTab }) => (
  <TabPanel form={form}>
    <TextField
      label="Description"
      name="description"
      value={textIn(form, "description", tab.description)}
      error={form.errors.description}
      hint="What it is for. Those with whom it is shared see it as its name."
      attributes={{ maxlength: 200 }}
    />
    {tab.primary ? null : (
      <NamedField
        label="Owner"
        name="owner"
        value={textIn(form, "owner", tab.owner)}
        error={form.errors.owner}
        required
        from="/admin/mailboxes/people"
        hint="The login name of whoever looks after it."
      />
    )}
    {tab.groups.length === 0 ? null : (
      <Select
        label="Mail group"
        name="group"
        value={textIn(form, "group", tab.group ?? "")}
        error={form.errors.group}
        options={[{ value: "", label: "None" }, ...tab.groups.map((name) => ({ value: name, label: name }))]}
        hint="Its limits and rules hold where the mailbox has none of its own."
      />
    )}
    <TextField
      label="Login name of its own"
      name="login"
      value={textIn(form, "login", tab.login ?? "")}
      error={form.errors.login}
      hint="Opens this mailbox alone, for mail programs and devices that should see nothing else. Empty: the mailbox has none."
      attributes={EXACT}
    />
  </TabPanel>
);

const OwnPassword = ({ tab: { passwordForm: form, ...tab } }: { tab: GeneralTab }) => (
  <section class="panel stack" aria-labelledby="own-password">
    <div class="spread">
      <h2 id="own-password">Password of its own</h2>
      <span class="row row-s">
        <Badge kind={tab.hasPassword ? "ok" : "off"}>{tab.hasPassword ? "set" : "none"}</Badge>
        {tab.hasPassword ? (
          <ActionButton
            action={`${form.action}/remove`}
            csrf={form.csrf}
            label="Take the password away"
            icon="trash"
            class="btn btn-quiet btn-small"
            iconOnly
          />
        ) : null}
      </span>
    </div>
    {tab.login === null ? (
      <p class="muted">Give the mailbox a login name of its own first. The owner's password opens it anyway.</p>
    ) : (
      <form class="form" action={form.action} method="post">
        <CsrfField token={form.csrf} />
        <input type="text" name="login" value={tab.login} autocomplete="username" hidden readonly />
        <Problem text={form.errors[""]} />
        <NewPassword
          label={tab.hasPassword ? "New password" : "Password"}
          error={form.errors.password}
          strengthUrl="/admin/users/strength"
        />
        <FormActions label="Set the password" plain />
      </form>
    )}
  </section>
);

const Folders = ({ tab }: { tab: GeneralTab }) => (
  <section class="panel panel-flush" aria-labelledby="folders">
    <div class="panel-head">
      <h2 id="folders">Folders</h2>
      <span class="muted num">
        {tab.messages.toLocaleString("en")} {tab.messages === 1 ? "message" : "messages"}, {sizeWords(tab.size)}
      </span>
    </div>
    <ul class="lines">
      {tab.folders.map((folder) => (
        <li>
          <span class="two">
            <span class="clip">{folder.name}</span>
            <span class="muted small num">
              {folder.messages.toLocaleString("en")} {folder.messages === 1 ? "message" : "messages"}
              {folder.unseen > 0 ? `, ${folder.unseen.toLocaleString("en")} unread` : ""}
            </span>
          </span>
          <span class="muted num end">{sizeWords(folder.size)}</span>
        </li>
      ))}
    </ul>
  </section>
);

export const General = ({ tab }: { tab: GeneralTab }) => (
  <div class="split">
    <div class="stack">
      <Settings tab={tab} />
      <OwnPassword tab={tab} />
    </div>
    <Folders tab={tab} />
  </div>
);
