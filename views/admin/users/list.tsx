/** The list of users, or of templates: searched, filtered, sorted, and chosen from for what is done to many at once. */
import { CsrfField, SearchBox } from "../../parts/forms.tsx";
import { Icon } from "../../parts/icon.tsx";
import { type Found, listHref } from "../../parts/list.tsx";
import { Badge, Empty, type Kind, Lamp, Moment, PageHead, Pager, sizeWords } from "../../parts/telling.tsx";
import { Admin, type AdminFrame } from "../frame.tsx";
import { Kinds } from "./kinds.tsx";
import { atUser } from "./path.ts";

const AT = "/admin/users";

/** One line of the list. */
export interface UserLine {
  readonly login: string;
  readonly fullName: string;
  readonly address: string;
  /** "administrator", "of home.example"; "" for others. */
  readonly administers: string;
  readonly state: { readonly kind: Kind; readonly words: string };
  /** Epoch milliseconds. */
  readonly lastLogin: number | null;
  /** Octets of mail in all mailboxes. */
  readonly size: number;
}

export type UserSort = "login" | "fullName" | "state" | "lastLogin" | "mailSize";

/** What the page shows. */
export interface UsersPage extends Found {
  readonly kind: "user" | "template";
  /** The states that the list can be narrowed to; "" is every one. */
  readonly state: string;
  readonly sort: UserSort;
  readonly descending: boolean;
  readonly users: readonly UserLine[];
}

/** The states as the filter offers them. */
const STATES = [
  { value: "", label: "Every state" },
  { value: "enabled", label: "Enabled" },
  { value: "ending", label: "Expires soon" },
  { value: "expired", label: "Expired" },
  { value: "disabled", label: "Switched off" },
  { value: "noPassword", label: "Without a password" },
];

/** What can be done to many. */
const ACTIONS = [
  { value: "enable", label: "Enable" },
  { value: "disable", label: "Switch off" },
  { value: "renew", label: "Renew" },
  { value: "grant", label: "Give permissions…" },
  { value: "revoke", label: "Take permissions…" },
  { value: "remove", label: "Remove…" },
];

/** The wishes of the list, as its address says them. */
const wishes = ({ kind, state, sort, descending }: Pick<UsersPage, "kind" | "state" | "sort" | "descending">) => ({
  kind: kind === "user" ? "" : kind,
  state,
  sort: sort === "login" ? "" : sort,
  down: descending ? "1" : "",
});

const here = (page: UsersPage, at = page.page) => listHref(AT, { q: page.search, ...wishes(page) }, at);

const Column = ({ page, sort, label, end }: { page: UsersPage; sort: UserSort; label: string; end?: boolean }) => {
  const chosen = page.sort === sort;
  const descending = chosen ? !page.descending : sort === "mailSize" || sort === "lastLogin";
  return (
    <th class={end ? "end" : undefined} aria-sort={chosen ? (page.descending ? "descending" : "ascending") : undefined}>
      <a class="sort" href={listHref(AT, { q: page.search, ...wishes({ ...page, sort, descending }) })}>
        {label}
        {chosen ? <Icon name="chevronDown" class={page.descending ? undefined : "turned"} /> : null}
      </a>
    </th>
  );
};

const Line = ({ user, now, template }: { user: UserLine; now: number; template: boolean }) => (
  <tr>
    <td class="pick-cell">
      <input class="pick" type="checkbox" name="login" value={user.login} aria-label={`Choose ${user.login}`} />
    </td>
    <td class="wraps">
      <a href={atUser(user.login)}>{user.login}</a>{" "}
      {user.administers ? <Badge kind="info">{user.administers}</Badge> : null}
    </td>
    <td data-label={template ? "For" : "Name"}>
      <span class="two">
        {user.fullName ? <span class="wraps">{user.fullName}</span> : null}
        <span class="muted small clip">{user.address}</span>
      </span>
    </td>
    {template ? null : (
      <>
        <td data-label="State">
          <Lamp kind={user.state.kind}>{user.state.words}</Lamp>
        </td>
        <td data-label="Last login">
          {user.lastLogin === null ? <span class="muted">never</span> : <Moment at={user.lastLogin} now={now} />}
        </td>
        <td class="num end" data-label="Mail">
          {sizeWords(user.size)}
        </td>
      </>
    )}
  </tr>
);

const Table = ({ page, now }: { page: UsersPage; now: number }) => {
  const template = page.kind === "template";
  return (
    <div class="table-wrap">
      <table class={template ? "table table-stacks table-picks" : "table table-stacks table-picks table-users"}>
        <thead>
          <tr>
            <th class="pick-cell">
              <input type="checkbox" data-pick-all aria-label="Choose all on this page" hidden />
            </th>
            <Column page={page} sort="login" label={template ? "Template" : "Login"} />
            <Column page={page} sort="fullName" label={template ? "For" : "Name"} />
            {template ? null : (
              <>
                <Column page={page} sort="state" label="State" />
                <Column page={page} sort="lastLogin" label="Last login" />
                <Column page={page} sort="mailSize" label="Mail" end />
              </>
            )}
          </tr>
        </thead>
        <tbody>
          {page.users.map((user) => (
            <Line user={user} now={now} template={template} />
          ))}
        </tbody>
      </table>
    </div>
  );
};

/** What is done to those who were chosen; seen once somebody is. */
const Bulk = ({ template }: { template: boolean }) => (
  <fieldset class="bulk" aria-label="Do something with the chosen">
    <span class="bulk-count" data-picked aria-live="polite" />
    <select class="input" name="action" aria-label="What to do with the chosen">
      {ACTIONS.filter(({ value }) => !template || value === "remove").map(({ value, label }) => (
        <option value={value}>{label}</option>
      ))}
    </select>
    <button class="btn btn-primary" type="submit">
      Do it
    </button>
  </fieldset>
);

const NOTHING: Readonly<Record<UsersPage["kind"], { readonly title: string; readonly hint: string }>> = {
  user: { title: "There is no user yet", hint: "Create the first one: the mailbox comes with it." },
  template: {
    title: "There is no template yet",
    hint: "A template holds what new users have in common: permissions, newsgroups, expiry, organisation.",
  },
};

/** The lines, replaced while one types into the search box. */
const List = ({ page, csrf, now }: { page: UsersPage; csrf: string; now: number }) => {
  const narrowed = page.search !== "" || page.state !== "";
  return (
    <section class="panel panel-flush" id="list" aria-live="polite">
      {page.users.length === 0 ? (
        <Empty icon="users" title={narrowed ? "Nobody matches" : NOTHING[page.kind].title}>
          <p>
            {narrowed
              ? `Nobody like that has “${page.search}” in the login, name or address. Try a shorter piece of it, or every state.`
              : NOTHING[page.kind].hint}
          </p>
        </Empty>
      ) : (
        <form action="/admin/users/bulk" method="post" id="chosen">
          <CsrfField token={csrf} />
          <input type="hidden" name="back" value={here(page)} />
          <Table page={page} now={now} />
          <Bulk template={page.kind === "template"} />
          <Pager
            page={page.page}
            pages={page.pages}
            total={page.total}
            noun={
              page.kind === "user" ? (page.total === 1 ? "user" : "users") : page.total === 1 ? "template" : "templates"
            }
            href={(at) => here(page, at)}
          />
        </form>
      )}
    </section>
  );
};

const LEDES: Readonly<Record<UsersPage["kind"], string>> = {
  user: "Everybody who signs in here, with one password for every service.",
  template: "What new users are made from.",
};

export const Users = ({ frame, page }: { frame: AdminFrame; page: UsersPage }) => {
  const template = page.kind === "template";
  return (
    <Admin title={template ? "Templates" : "Users"} frame={frame} place="users">
      <PageHead title={template ? "Templates" : "Users"} lede={LEDES[page.kind]}>
        {template && !frame.whole ? null : (
          <a class="btn btn-primary" href={template ? "/admin/users/new?kind=template" : "/admin/users/new"}>
            <Icon name="plus" />
            {template ? "New template" : "New user"}
          </a>
        )}
      </PageHead>
      <div class="stack">
        <div class="spread wrap">
          <SearchBox action={AT} value={page.search} label="Search name or address" target="#list">
            {Object.entries(wishes({ ...page, state: "" })).map(([name, value]) =>
              value === "" ? null : <input type="hidden" name={name} value={value} />,
            )}
            {template ? null : (
              <select
                class="input input-auto"
                name="state"
                aria-label="State"
                hx-get={AT}
                hx-trigger="change"
                hx-include="closest form"
                hx-target="#list"
                hx-select="#list"
                hx-swap="outerHTML"
                hx-replace-url="true"
              >
                {STATES.map(({ value, label }) => (
                  <option value={value} selected={value === page.state}>
                    {label}
                  </option>
                ))}
              </select>
            )}
          </SearchBox>
          <Kinds current={template ? "templates" : "users"} whole={frame.whole} />
        </div>
        <List page={page} csrf={frame.csrf} now={frame.now} />
      </div>
    </Admin>
  );
};
