/** How safe the passwords are: which are weak, which were never their users' own choice, and what stands beside them. */
import { listHref } from "../parts/list.tsx";
import { Badge, Empty, Moment, PageHead, Pager } from "../parts/telling.tsx";
import { Admin, type AdminFrame } from "./frame.tsx";
import { Kinds } from "./users/kinds.tsx";
import { atUser } from "./users/path.ts";

const AT = "/admin/passwords";

/** One user's password, as far as it is known. Times are epoch milliseconds. */
export interface PasswordLine {
  readonly login: string;
  readonly fullName: string;
  /** The user database that keeps it; "" where it is kept here. */
  readonly external: string;
  readonly hasPassword: boolean;
  /** 0 to 4. */
  readonly score: number | null;
  readonly weak: boolean;
  readonly neverChanged: boolean;
  readonly changedAt: number | null;
  readonly secondFactor: boolean;
  readonly appPasswords: number;
}

/** What the page shows. */
export interface PasswordReportPage {
  readonly weak: boolean;
  readonly neverChanged: boolean;
  readonly noFactor: boolean;
  readonly page: number;
  readonly pages: number;
  readonly total: number;
  readonly lines: readonly PasswordLine[];
}

const STRENGTHS = ["very weak", "weak", "fair", "strong", "very strong"];

const Strength = ({ line }: { line: PasswordLine }) => {
  if (line.external !== "") return <span class="muted">kept in {line.external}</span>;
  if (!line.hasPassword) return <span class="muted">none set</span>;
  const words = line.score === null ? "never judged" : (STRENGTHS[line.score] ?? "");
  return <Badge kind={line.weak ? "warn" : "ok"}>{words}</Badge>;
};

const Changed = ({ line, now }: { line: PasswordLine; now: number }) => (
  <span class="two">
    <span>{line.changedAt === null ? "—" : <Moment at={line.changedAt} now={now} />}</span>
    {line.neverChanged ? <span class="muted small">not chosen by the user</span> : null}
  </span>
);

const Line = ({ line, now }: { line: PasswordLine; now: number }) => (
  <tr>
    <td>
      <a href={atUser(line.login)}>{line.login}</a>
    </td>
    <td data-label="Name">{line.fullName || "—"}</td>
    <td data-label="Strength">
      <Strength line={line} />
    </td>
    <td data-label="Set">
      <Changed line={line} now={now} />
    </td>
    <td data-label="Second factor">{line.secondFactor ? "on" : <span class="muted">off</span>}</td>
    <td class="num end" data-label="App passwords">
      {line.appPasswords}
    </td>
  </tr>
);

const Narrow = ({ page }: { page: PasswordReportPage }) => (
  <form
    action={AT}
    class="row wrap"
    hx-get={AT}
    hx-trigger="change"
    hx-target="#list"
    hx-select="#list"
    hx-swap="outerHTML"
    hx-replace-url="true"
  >
    {[
      ["weak", "Weak ones", page.weak] as const,
      ["neverChanged", "Not chosen by the user", page.neverChanged] as const,
      ["noFactor", "Without a second factor", page.noFactor] as const,
    ].map(([name, label, on]) => (
      <label class="check">
        <input type="checkbox" name={name} value="1" checked={on} />
        {label}
      </label>
    ))}
    <noscript>
      <button class="btn" type="submit">
        Show
      </button>
    </noscript>
  </form>
);

export const PasswordReport = ({ frame, page }: { frame: AdminFrame; page: PasswordReportPage }) => {
  const wishes = {
    weak: page.weak ? "1" : "",
    neverChanged: page.neverChanged ? "1" : "",
    noFactor: page.noFactor ? "1" : "",
  };
  return (
    <Admin title="Passwords" frame={frame} place="users">
      <PageHead
        title="Passwords"
        lede="How strong each was when it was set, the weakest first. The passwords themselves are not known to this server."
      />
      <div class="stack">
        <div class="spread wrap">
          <Narrow page={page} />
          <Kinds current="passwords" whole={frame.whole} />
        </div>
        <section class="panel panel-flush" id="list" aria-live="polite">
          {page.lines.length === 0 ? (
            <Empty icon="key" title="Nobody matches">
              <p>No user's password is like that.</p>
            </Empty>
          ) : (
            <>
              <div class="table-wrap">
                <table class="table table-stacks table-passwords">
                  <thead>
                    <tr>
                      <th>Login</th>
                      <th>Name</th>
                      <th>Strength</th>
                      <th>Set</th>
                      <th>Second factor</th>
                      <th class="end">App passwords</th>
                    </tr>
                  </thead>
                  <tbody>
                    {page.lines.map((line) => (
                      <Line line={line} now={frame.now} />
                    ))}
                  </tbody>
                </table>
              </div>
              <Pager
                page={page.page}
                pages={page.pages}
                total={page.total}
                noun={page.total === 1 ? "user" : "users"}
                href={(at) => listHref(AT, wishes, at)}
              />
            </>
          )}
        </section>
      </div>
    </Admin>
  );
};
