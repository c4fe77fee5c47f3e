/** Permissions: one switch each, grouped by the service in which it has its effect; and what somebody administrates. */
import { Check } from "../../parts/forms.tsx";
import { Notice } from "../../parts/telling.tsx";
import { type AccountKind, type TabForm, TabPanel, tickedIn } from "./page.tsx";

/** One permission as a switch. */
export interface PermissionSwitch {
  readonly name: string;
  readonly group: string;
  readonly label: string;
  readonly help: string;
  readonly on: boolean;
  /** Whoever looks may switch it. */
  readonly open: boolean;
}

/** What somebody may administrate. */
export interface AdministrationChoice {
  readonly label: string;
  readonly value: "none" | "house" | "domains";
  readonly domains: readonly { readonly name: string; readonly chosen: boolean }[];
}

export interface PermissionsTab {
  readonly kind: AccountKind;
  readonly permissions: readonly PermissionSwitch[];
  /** Missing where whoever looks may not give or take administration. */
  readonly administration?: AdministrationChoice;
  readonly self: boolean;
  readonly form: TabForm;
}

/** The groups under the words that people know them by. */
export const PERMISSION_GROUPS: Readonly<Record<string, string>> = {
  User: "Own mailbox",
  FTP: "FTP service",
  HTTP: "Web pages and web proxy",
  SMTP: "Sending mail",
  "Web admin": "Own mailboxes, in webmail's options",
};

const Switches = ({ tab }: { tab: PermissionsTab }) => (
  <div class="permissions">
    {[...Map.groupBy(tab.permissions, ({ group }) => group)].map(([group, permissions]) => (
      <fieldset>
        <legend class="label">{PERMISSION_GROUPS[group] ?? group}</legend>
        {permissions.map(({ name, label, help, on, open }) => (
          <Check
            as="switch"
            name={`may.${name}`}
            label={label}
            hint={help}
            checked={open ? tickedIn(tab.form, `may.${name}`, on) : on}
            disabled={!open}
          />
        ))}
      </fieldset>
    ))}
  </div>
);

/** The question what somebody administrates; also for new users. */
export const Administration = ({
  choice: { label, domains, ...choice },
  typed,
  error,
  self,
}: {
  choice: AdministrationChoice;
  typed?: Readonly<Record<string, string>>;
  error?: string;
  self?: boolean;
}) => {
  const value = typed ? (typed.administers ?? "none") : choice.value;
  const options = [
    { name: "none", words: "No", help: "Only what the other permissions say." },
    {
      name: "house",
      words: "Yes, of everything",
      help: "Acts as administrator and may change every user and this server.",
    },
    {
      name: "domains",
      words: "Yes, of some domains",
      help: "Looks after the users, mailboxes and addresses of these domains, and gives nobody what he has not himself.",
    },
  ];
  return (
    <fieldset class="field across" id="administration" aria-describedby={error ? "administers-error" : undefined}>
      <legend>{label}</legend>
      <div class="stack stack-s">
        {options.map(({ name, words, help }) => (
          <label class="choice">
            <input
              type="radio"
              name="administers"
              value={name}
              checked={name === value}
              disabled={self && name !== value}
              aria-labelledby={`administers-${name}`}
              aria-describedby={`administers-${name}-help`}
            />
            <span class="strong" id={`administers-${name}`}>
              {words}
            </span>
            <span class="hint" id={`administers-${name}-help`}>
              {help}
            </span>
          </label>
        ))}
      </div>
      <fieldset class="when-domains">
        <legend class="visually-hidden">Domains</legend>
        {domains.map(({ name, chosen }) => (
          <Check
            name={`domain.${name}`}
            label={name}
            checked={typed ? typed[`domain.${name}`] !== undefined : chosen}
          />
        ))}
      </fieldset>
      {error ? (
        <p class="error" id="administers-error">
          {error}
        </p>
      ) : null}
      {self ? <p class="hint">Nobody changes this about himself. Let another administrator do it.</p> : null}
    </fieldset>
  );
};

export const Permissions = ({ tab }: { tab: PermissionsTab }) => {
  const { form, kind, permissions, administration } = tab;
  return (
    <TabPanel
      form={form}
      wide
      title={kind === "guest" ? "What may be done without logging in" : "What this user may do"}
    >
      {permissions.some(({ open, on }) => !open && !on) ? (
        <Notice kind="info">
          <p>You can give only permissions that you have yourself.</p>
        </Notice>
      ) : null}
      <Switches tab={tab} />
      {administration ? (
        <div class="rule">
          <Administration choice={administration} typed={form.typed} error={form.errors.administers} self={tab.self} />
        </div>
      ) : null}
    </TabPanel>
  );
};
