/** The settings of one external user database. */
import { Check, Choices, EXACT, Select, TextArea, TextField } from "../parts/forms.tsx";
import { type TabForm, TabPanel, textIn, tickedIn } from "../parts/tabs.tsx";
import { KIND_OPTIONS } from "./user-databases.tsx";

/** What is set, as the form shows it. */
export interface DatabaseValues {
  readonly description: string;
  readonly enabled: boolean;
  readonly kind: string;
  readonly servers: readonly string[];
  readonly plaintext: string;
  readonly certificate: string;
  readonly fingerprints: readonly string[];
  readonly tlsName: string;
  readonly bindDn: string;
  readonly hasBindPassword: boolean;
  readonly base: string;
  readonly filter: string;
  readonly loginAttribute: string;
  readonly idAttribute: string;
  readonly nameAttribute: string;
  readonly mailAttributes: string;
  readonly groups: string;
  readonly groupsAttribute: string;
  readonly groupBase: string;
  readonly disabledAttribute: string;
  readonly disabledValue: string;
  readonly rules: readonly { readonly group: string; readonly template: string; readonly administrator: boolean }[];
  readonly template: string;
  readonly permissionsFollow: boolean;
  readonly autoCreate: boolean;
  readonly domain: string;
  readonly syncMinutes: number;
  readonly syncCreates: boolean;
  readonly vanished: string;
  readonly routes: readonly string[];
  readonly routeBase: string;
  readonly routeFilter: string;
  readonly timeoutSeconds: number;
  readonly connectSeconds: number;
  readonly pageSize: number;
  readonly connections: number;
}

interface Section {
  readonly form: TabForm;
  readonly values: DatabaseValues;
}

type TextName = {
  [Name in keyof DatabaseValues]: DatabaseValues[Name] extends string | number ? Name : never;
}[keyof DatabaseValues];
type SwitchName = {
  [Name in keyof DatabaseValues]: DatabaseValues[Name] extends boolean ? Name : never;
}[keyof DatabaseValues];

/** Empty rows for further groups. */
const SPARE_RULES = 2;

const Text = ({
  form,
  values,
  name,
  label,
  hint,
  number,
}: Section & { name: TextName; label: string; hint?: string; number?: readonly [least: number, most: number] }) => (
  <TextField
    label={label}
    name={name}
    value={textIn(form, name, String(values[name]))}
    error={form.errors[name]}
    {...(hint !== undefined && { hint })}
    {...(number && { type: "number", short: true })}
    attributes={number ? { min: number[0], max: number[1] } : EXACT}
  />
);

const Switch = ({ form, values, name, label, hint }: Section & { name: SwitchName; label: string; hint?: string }) => (
  <Check
    as="switch"
    name={name}
    label={label}
    checked={tickedIn(form, name, values[name])}
    {...(hint !== undefined && { hint })}
  />
);

const Fold = ({ title, open, children }: { title: string; open?: boolean; children?: unknown }) => (
  <details class="fold" open={open}>
    <summary>{title}</summary>
    <div class="stack form-part">{children}</div>
  </details>
);

const Servers = ({ form, values }: Section) => (
  <>
    <TextArea
      label="Servers"
      name="servers"
      value={textIn(form, "servers", values.servers.join("\n"))}
      error={form.errors.servers}
      rows={2}
      mono
      hint="One a line, tried in this order: ldaps://ldap.example.org, or ldap://… with STARTTLS."
      attributes={{ autocapitalize: "none", spellcheck: "false" }}
    />
    <Text form={form} values={values} name="bindDn" label="Bind DN" hint="Who searches; empty for everybody." />
    <TextField
      label="Password of the bind DN"
      name="bindPassword"
      type="password"
      error={form.errors.bindPassword}
      hint={values.hasBindPassword ? "One is kept. Leave this empty to keep it." : "It is kept, and never shown again."}
      attributes={{ autocomplete: "new-password" }}
    />
    <Text form={form} values={values} name="base" label="Base" hint="Where users are searched." />
  </>
);

const Trust = ({ form, values }: Section) => {
  const wrong = ["certificate", "fingerprints", "tlsName", "plaintext"].some((name) => form.errors[name] !== undefined);
  return (
    <Fold title="Certificates" open={wrong || values.certificate !== "" || values.fingerprints.length > 0}>
      <TextArea
        label="Certificate of the authority"
        name="certificate"
        value={textIn(form, "certificate", values.certificate)}
        error={form.errors.certificate}
        rows={4}
        mono
        hint="PEM, of whoever made the servers' certificates. Empty for the authorities that browsers know."
        attributes={{ spellcheck: "false" }}
      />
      <TextArea
        label="Or trust exactly these"
        name="fingerprints"
        value={textIn(form, "fingerprints", values.fingerprints.join("\n"))}
        error={form.errors.fingerprints}
        rows={2}
        mono
        hint="SHA-256 fingerprints of certificates, one a line. The test shows them."
        attributes={{ spellcheck: "false" }}
      />
      <Text
        form={form}
        values={values}
        name="tlsName"
        label="Name in the certificate"
        hint="Where it is not the one in the server's address."
      />
      <Select
        label="Without TLS"
        name="plaintext"
        value={textIn(form, "plaintext", values.plaintext)}
        error={form.errors.plaintext}
        options={[
          { value: "never", label: "Never" },
          { value: "loopback", label: "To servers on this machine" },
          { value: "lan", label: "To servers on the LAN: passwords can be read there" },
        ]}
        hint="Holds for ldap:// addresses."
      />
    </Fold>
  );
};

const Attributes = ({ form, values }: Section) => {
  const names = ["loginAttribute", "idAttribute", "nameAttribute", "mailAttributes", "disabledAttribute"];
  const wrong = [...names, "filter", "disabledValue", "groupsAttribute", "groupBase"].some(
    (name) => form.errors[name] !== undefined,
  );
  return (
    <Fold title="Entries and attributes" open={wrong || form.typed?.fill !== undefined}>
      <div class="row wrap">
        <Select
          label="Kind of server"
          name="kind"
          value={textIn(form, "kind", values.kind)}
          options={KIND_OPTIONS}
          error={form.errors.kind}
        />
        <button class="btn" type="submit" name="fill" value="1">
          Fill in what suits it
        </button>
      </div>
      <Text
        form={form}
        values={values}
        name="filter"
        label="Filter"
        hint="Which entries are users, with {login} where the login name comes."
      />
      <div class="settings">
        <Text form={form} values={values} name="loginAttribute" label="Login name" />
        <Text
          form={form}
          values={values}
          name="idAttribute"
          label="Identity"
          hint="Stays the same when somebody is renamed."
        />
        <Text form={form} values={values} name="nameAttribute" label="Full name" />
        <Text form={form} values={values} name="mailAttributes" label="Mail addresses" />
        <Text form={form} values={values} name="disabledAttribute" label="Switched off" />
        <Text
          form={form}
          values={values}
          name="disabledValue"
          label="… where it is"
          hint="A value, * for any, &2 for a number with this bit."
        />
      </div>
    </Fold>
  );
};

/** The rules that stand in the form, and some empty ones. */
const rulesIn = ({ form, values }: Section): DatabaseValues["rules"] => {
  const { typed } = form;
  const empty = { group: "", template: "", administrator: false };
  const spare = Array.from({ length: SPARE_RULES }, () => empty);
  if (typed === undefined) return [...values.rules, ...spare];
  const rules: DatabaseValues["rules"][number][] = [];
  for (let at = 0; typed[`rule.${at}.group`] !== undefined; at++) {
    const [group = "", template = ""] = [typed[`rule.${at}.group`], typed[`rule.${at}.template`]];
    rules.push({ group, template, administrator: typed[`rule.${at}.administrator`] !== undefined });
  }
  return rules.length === 0 ? [...values.rules, ...spare] : rules;
};

const Groups = ({ form, values, templates }: Section & { templates: readonly string[] }) => {
  const options = [
    { value: "", label: "The usual permissions" },
    ...templates.map((name) => ({ value: name, label: name })),
  ];
  const wrong = ["rules", "template", "groups", "groupsAttribute", "groupBase"].some(
    (name) => form.errors[name] !== undefined,
  );
  return (
    <Fold title="Groups and templates" open={wrong || values.rules.length > 0}>
      <fieldset class="field">
        <legend class="label">The first group somebody is in decides the template</legend>
        {form.errors.rules === undefined ? null : (
          <p class="error" role="alert">
            {form.errors.rules}
          </p>
        )}
        <div class="stack">
          {rulesIn({ form, values }).map((rule, at) => (
            <div class="group-rule">
              <input
                class="input"
                name={`rule.${at}.group`}
                value={rule.group}
                placeholder="Name or DN of a group"
                aria-label={`Group ${at + 1}`}
                autocomplete="off"
                autocapitalize="none"
                spellcheck={false}
              />
              <select class="input" name={`rule.${at}.template`} aria-label={`Template of group ${at + 1}`}>
                <option value="">Template</option>
                {templates.map((name) => (
                  <option value={name} selected={name === rule.template}>
                    {name}
                  </option>
                ))}
              </select>
              <label class="check">
                <input type="checkbox" name={`rule.${at}.administrator`} checked={rule.administrator} />
                <span>May make administrators</span>
              </label>
            </div>
          ))}
        </div>
        <p class="hint">Templates are made under Users. Empty lines do not count.</p>
      </fieldset>
      <Select
        label="Everybody else"
        name="template"
        value={textIn(form, "template", values.template)}
        options={options}
        error={form.errors.template}
      />
      <Switch
        form={form}
        values={values}
        name="permissionsFollow"
        label="Permissions follow the groups"
        hint="At every synchronisation. Otherwise they are given once, when the account is made."
      />
      <Choices
        legend="How groups are found"
        name="groups"
        value={textIn(form, "groups", values.groups)}
        error={form.errors.groups}
        options={[
          { value: "attribute", label: "Entries of users name their groups", hint: "memberOf, the usual way." },
          { value: "nested", label: "The same, and groups may be in groups", hint: "Active Directory works it out." },
          {
            value: "search",
            label: "Entries of groups name their members",
            hint: "member, uniqueMember or memberUid.",
          },
        ]}
      />
      <div class="settings">
        <Text form={form} values={values} name="groupsAttribute" label="Attribute with the groups" />
        <Text form={form} values={values} name="groupBase" label="Where groups are" hint="Empty for the base." />
      </div>
    </Fold>
  );
};

const Accounts = ({ form, values, domains }: Section & { domains: readonly string[] }) => (
  <>
    <Switch
      form={form}
      values={values}
      name="autoCreate"
      label="Whoever logs in for the first time gets an account"
      hint="With the password of the directory, the template of the group, and a mailbox."
    />
    <Select
      label="Addresses of new users are in"
      name="domain"
      value={textIn(form, "domain", values.domain)}
      error={form.errors.domain}
      options={[
        { value: "", label: "The first domain" },
        ...domains.map((domain) => ({ value: domain, label: domain })),
      ]}
      hint="Where the directory names no address in a domain of this server."
    />
    <Text
      form={form}
      values={values}
      name="syncMinutes"
      label="Minutes between synchronisations"
      hint="0 for none."
      number={[0, 10_080]}
    />
    <Switch form={form} values={values} name="syncCreates" label="Synchronisation makes accounts, too" />
    <Select
      label="Users whose entry is gone"
      name="vanished"
      value={textIn(form, "vanished", values.vanished)}
      error={form.errors.vanished}
      options={[
        { value: "leave", label: "Stay as they are; they cannot log in" },
        { value: "disable", label: "Are switched off" },
      ]}
    />
  </>
);

const Routes = ({ form, values }: Section) => {
  const wrong = ["routes", "routeBase", "routeFilter"].some((name) => form.errors[name] !== undefined);
  return (
    <Fold title="Where mail goes" open={wrong || values.routes.length > 0}>
      <TextArea
        label="Domains"
        name="routes"
        value={textIn(form, "routes", values.routes.join("\n"))}
        error={form.errors.routes}
        rows={2}
        mono
        hint="Domains of this server, one a line. The directory is asked about their addresses that nobody here has: mailRoutingAddress names another address, mailHost another server."
        attributes={EXACT}
      />
      <Text
        form={form}
        values={values}
        name="routeFilter"
        label="Filter"
        hint="Finds the entry that has an address; {address} stands for it."
      />
      <Text form={form} values={values} name="routeBase" label="Where these entries are" hint="Empty for the base." />
    </Fold>
  );
};

const Limits = ({ form, values }: Section) => {
  const names = ["timeoutSeconds", "connectSeconds", "pageSize", "connections"];
  return (
    <Fold title="Limits" open={names.some((name) => form.errors[name] !== undefined)}>
      <div class="settings">
        <Text
          form={form}
          values={values}
          name="timeoutSeconds"
          label="Seconds a login may wait"
          hint="Then it is put off."
          number={[1, 60]}
        />
        <Text form={form} values={values} name="connectSeconds" label="Seconds to reach a server" number={[1, 30]} />
        <Text form={form} values={values} name="pageSize" label="Entries asked for at a time" number={[10, 1_000]} />
        <Text form={form} values={values} name="connections" label="Connections to one server" number={[1, 32]} />
      </div>
    </Fold>
  );
};

export const DatabaseSettings = ({
  form,
  values,
  templates,
  domains,
}: Section & { templates: readonly string[]; domains: readonly string[] }) => (
  <TabPanel form={form} wide>
    <Switch
      form={form}
      values={values}
      name="enabled"
      label="In use"
      hint="While it is off, its users cannot log in."
    />
    <TextField
      label="Description"
      name="description"
      value={textIn(form, "description", values.description)}
      error={form.errors.description}
    />
    <Servers form={form} values={values} />
    <Trust form={form} values={values} />
    <Attributes form={form} values={values} />
    <Groups form={form} values={values} templates={templates} />
    <Accounts form={form} values={values} domains={domains} />
    <Routes form={form} values={values} />
    <Limits form={form} values={values} />
  </TabPanel>
);
