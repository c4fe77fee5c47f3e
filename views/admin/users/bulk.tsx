/** Questions before something is done to many users, and what became of it. */
import { Check, CsrfField } from "../../parts/forms.tsx";
import { Icon } from "../../parts/icon.tsx";
import { PageHead } from "../../parts/telling.tsx";
import { Admin, type AdminFrame, Crumbs } from "../frame.tsx";
import { PERMISSION_GROUPS, type PermissionSwitch } from "./permissions.tsx";

/** A question about many users. */
export interface BulkQuestion {
  readonly action: "grant" | "revoke" | "remove";
  readonly logins: readonly string[];
  /** Where "keep" leads, and the answer in the end. */
  readonly back: string;
  /** What can be given or taken. */
  readonly permissions: readonly PermissionSwitch[];
  readonly problem?: string;
}

const people = (count: number) => (count === 1 ? "one account" : `${count.toLocaleString("en")} accounts`);

const TITLES: Readonly<Record<BulkQuestion["action"], (count: number) => string>> = {
  remove: (count) => `Remove ${people(count)}?`,
  grant: (count) => `Give permissions to ${people(count)}`,
  revoke: (count) => `Take permissions from ${people(count)}`,
};

const BUTTONS: Readonly<Record<BulkQuestion["action"], string>> = {
  remove: "Remove them and their mail",
  grant: "Give these",
  revoke: "Take these away",
};

/** Names shown before the rest is only counted. */
const MOST_NAMED = 30;

const Names = ({ logins }: { logins: readonly string[] }) => (
  <p class="wraps">
    {logins.slice(0, MOST_NAMED).join(", ")}
    {logins.length > MOST_NAMED ? ` and ${logins.length - MOST_NAMED} more` : ""}
  </p>
);

export const AskAboutMany = ({ frame, question }: { frame: AdminFrame; question: BulkQuestion }) => {
  const { action, logins, back, permissions, problem } = question;
  const title = TITLES[action](logins.length);
  return (
    <Admin title={title} frame={frame} place="users">
      <form
        class={action === "remove" ? "panel form narrow" : "panel form form-wide"}
        action="/admin/users/bulk"
        method="post"
      >
        <CsrfField token={frame.csrf} />
        <input type="hidden" name="action" value={action} />
        <input type="hidden" name="back" value={back} />
        <input type="hidden" name="sure" value="yes" />
        {logins.map((login) => (
          <input type="hidden" name="login" value={login} />
        ))}
        <h1 class="as-h2">{title}</h1>
        <Names logins={logins} />
        {action === "remove" ? (
          <p>
            All their mailboxes and addresses go too, with all mail in them, for good. To keep the mail, switch the
            accounts off instead.
          </p>
        ) : (
          <>
            {problem ? (
              <p class="error" role="alert">
                <Icon name="warning" />
                {problem}
              </p>
            ) : null}
            <div class="permissions">
              {[...Map.groupBy(permissions, ({ group }) => group)].map(([group, list]) => (
                <fieldset>
                  <legend class="label">{PERMISSION_GROUPS[group] ?? group}</legend>
                  {list.map(({ name, label, help }) => (
                    <Check name={`may.${name}`} label={label} hint={help} />
                  ))}
                </fieldset>
              ))}
            </div>
          </>
        )}
        <div class="form-actions">
          <a class="btn" href={back}>
            {action === "remove" ? "Keep them" : "Cancel"}
          </a>
          <button class={action === "remove" ? "btn btn-danger" : "btn btn-primary"} type="submit">
            {BUTTONS[action]}
          </button>
        </div>
      </form>
    </Admin>
  );
};

/** What became of it, where it did not go well with everybody. */
export const BulkResult = ({
  frame,
  back,
  done,
  left,
}: {
  frame: AdminFrame;
  back: string;
  done: number;
  left: readonly { readonly login: string; readonly problem: string }[];
}) => (
  <Admin title="Not everybody" frame={frame} place="users">
    <Crumbs href={back} label="Users" here="What was done" />
    <PageHead
      title={done === 0 ? "Nothing was changed" : `Done for ${people(done)}`}
      lede={`It could not be done for ${people(left.length)}:`}
    />
    <section class="panel panel-flush">
      <ul class="lines lines-wrap">
        {left.map(({ login, problem }) => (
          <li>
            <span class="strong">{login}</span>
            <span>{problem}</span>
          </li>
        ))}
      </ul>
    </section>
    <p class="form-actions">
      <a class="btn" href={back}>
        Back to the list
      </a>
    </p>
  </Admin>
);
