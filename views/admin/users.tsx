/** The list of users. */
import { Icon } from "../parts/icon.tsx";
import { type Found, FoundList, listHref } from "../parts/list.tsx";
import { Badge, type Kind, Lamp, Moment, PageHead, sizeWords } from "../parts/telling.tsx";
import { Admin, type AdminFrame } from "./frame.tsx";

const AT = "/admin/users";

/** One line of the list. */
export interface UserLine {
  readonly login: string;
  readonly fullName: string;
  readonly address: string;
  readonly administrator: boolean;
  readonly state: { readonly kind: Kind; readonly words: string };
  /** Epoch milliseconds. */
  readonly lastLogin: number | null;
  /** Octets of mail in all mailboxes. */
  readonly size: number;
}

export type UserSort = "login" | "fullName" | "lastLogin";

/** What the page shows. */
export interface UsersPage extends Found {
  readonly sort: UserSort;
  readonly descending: boolean;
  readonly users: readonly UserLine[];
}

/** The order of the list, as its address says it. */
const order = ({ sort, descending }: { sort: UserSort; descending: boolean }) => ({
  sort: sort === "login" ? "" : sort,
  down: descending ? "1" : "",
});

const Column = ({ page, sort, label }: { page: UsersPage; sort: UserSort; label: string }) => {
  const chosen = page.sort === sort;
  const descending = chosen && !page.descending;
  return (
    <th aria-sort={chosen ? (page.descending ? "descending" : "ascending") : undefined}>
      <a class="sort" href={listHref(AT, { q: page.search, ...order({ sort, descending }) })}>
        {label}
        {chosen ? <Icon name="chevronDown" class={page.descending ? undefined : "turned"} /> : null}
      </a>
    </th>
  );
};

const Table = ({ page, now }: { page: UsersPage; now: number }) => (
  <div class="table-wrap">
    <table class="table table-stacks">
      <thead>
        <tr>
          <Column page={page} sort="login" label="Login" />
          <Column page={page} sort="fullName" label="Name" />
          <th>State</th>
          <Column page={page} sort="lastLogin" label="Last sign-in" />
          <th class="end">Mail</th>
        </tr>
      </thead>
      <tbody>
        {page.users.map((user) => (
          <tr>
            <td>
              <a href={`/admin/users/${encodeURIComponent(user.login)}`}>{user.login}</a>{" "}
              {user.administrator ? <Badge kind="info">administrator</Badge> : null}
            </td>
            <td data-label="Name">
              <span class="two">
                <span>{user.fullName || "—"}</span>
                <span class="muted small clip">{user.address}</span>
              </span>
            </td>
            <td data-label="State">
              <Lamp kind={user.state.kind}>{user.state.words}</Lamp>
            </td>
            <td data-label="Last sign-in">
              {user.lastLogin === null ? <span class="muted">never</span> : <Moment at={user.lastLogin} now={now} />}
            </td>
            <td class="num end" data-label="Mail">
              {sizeWords(user.size)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);

export const Users = ({ frame, page }: { frame: AdminFrame; page: UsersPage }) => (
  <Admin title="Users" frame={frame} place="users">
    <PageHead title="Users" lede="Everybody who signs in here, with one password for every service.">
      <a class="btn btn-primary" href="/admin/users/new">
        <Icon name="plus" />
        New user
      </a>
    </PageHead>
    <FoundList
      at={AT}
      label="Search name or address"
      found={page}
      lines={page.users.length}
      noun={["user", "users"]}
      wishes={order(page)}
      empty={{
        icon: "users",
        title: "Nobody matches",
        hint: `No login, name or address holds “${page.search}”. Try a shorter piece of it.`,
      }}
    >
      <Table page={page} now={frame.now} />
    </FoundList>
  </Admin>
);
