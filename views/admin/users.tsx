/** The list of users. */
import { SearchBox } from "../parts/forms.tsx";
import { Icon } from "../parts/icon.tsx";
import { Badge, Empty, type Kind, Lamp, Moment, PageHead, Pager, sizeWords } from "../parts/telling.tsx";
import { Admin, type AdminFrame } from "./frame.tsx";

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
export interface UsersPage {
  readonly search: string;
  readonly sort: UserSort;
  readonly descending: boolean;
  readonly users: readonly UserLine[];
  readonly page: number;
  readonly pages: number;
  readonly total: number;
}

/** The address of the list with these wishes. */
export const usersHref = (wishes: { search: string; sort: UserSort; descending: boolean; page?: number }): string => {
  const query = new URLSearchParams();
  if (wishes.search !== "") query.set("q", wishes.search);
  if (wishes.sort !== "login") query.set("sort", wishes.sort);
  if (wishes.descending) query.set("down", "1");
  if (wishes.page !== undefined && wishes.page > 1) query.set("page", String(wishes.page));
  const text = query.toString();
  return text === "" ? "/admin/users" : `/admin/users?${text}`;
};

const Column = ({ page, sort, label }: { page: UsersPage; sort: UserSort; label: string }) => {
  const chosen = page.sort === sort;
  const descending = chosen && !page.descending;
  return (
    <th aria-sort={chosen ? (page.descending ? "descending" : "ascending") : undefined}>
      <a class="sort" href={usersHref({ search: page.search, sort, descending })}>
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
    <div class="stack">
      <SearchBox action="/admin/users" value={page.search} label="Search name or address" target="#list">
        {page.sort !== "login" ? <input type="hidden" name="sort" value={page.sort} /> : null}
        {page.descending ? <input type="hidden" name="down" value="1" /> : null}
      </SearchBox>
      <section class="panel panel-flush" id="list" aria-live="polite">
        {page.users.length > 0 ? (
          <>
            <Table page={page} now={frame.now} />
            <Pager
              page={page.page}
              pages={page.pages}
              total={page.total}
              noun={page.total === 1 ? "user" : "users"}
              href={(to) => usersHref({ ...page, page: to })}
            />
          </>
        ) : (
          <Empty icon="users" title="Nobody matches">
            <p>No login, name or address holds “{page.search}”. Try a shorter piece of it.</p>
          </Empty>
        )}
      </section>
    </div>
  </Admin>
);
