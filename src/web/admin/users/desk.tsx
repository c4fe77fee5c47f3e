/** What the pages of one account have in common: whose it is, its tabs, and how a tab is shown, saved and refused. */
import type { Child } from "hono/jsx";
import {
  type AccountHead,
  PropertiesFragment,
  PropertiesPage,
  type TabForm,
} from "../../../../views/admin/users/page.tsx";
import { atUser } from "../../../../views/admin/users/path.ts";
import { isAtLeast } from "../../../administration/actor.ts";
import { setUser, showUser, type UserLine, type UserView } from "../../../administration/users/users.ts";
import { Refusal } from "../../../refusal.ts";
import { actorOf, signedIn, type WebContext, wantsFragment } from "../../context.ts";
import { type Checked, type Errors, errorsFrom, type Fields, statusFrom } from "../../form.ts";
import { doneAt, perform } from "../../performing.ts";
import type { Front } from "../../site.ts";
import { adminFrame } from "../office.ts";

type Kind = UserView["kind"];

/** Every tab, and which accounts have it. */
const TABS = [
  { name: "general", label: "General", kinds: ["user", "template"] },
  { name: "news", label: "News", kinds: ["user", "template", "guest"] },
  { name: "permissions", label: "Permissions", kinds: ["user", "template", "guest"] },
  { name: "mail", label: "Mail", kinds: ["user", "template"] },
  { name: "expiry", label: "Account expiry", kinds: ["user", "template"] },
  { name: "directory", label: "Directory", kinds: ["user", "template"] },
  { name: "security", label: "Security", kinds: ["user"] },
] as const satisfies readonly { name: string; label: string; kinds: readonly Kind[] }[];

export type TabName = (typeof TABS)[number]["name"];

/** How one tab shows an account; `form` has what was typed and what is wrong, where it was refused. */
export interface TabPage {
  readonly name: TabName;
  render(c: WebContext, account: UserView, form: TabForm): Child | Promise<Child>;
}

/** Why a form was refused, and what it held. */
export interface Wrong {
  readonly errors: Errors;
  readonly typed: Fields;
  readonly status?: 403 | 422;
}

const DAY_MS = 86_400_000;
/** Days before an account ends from which the pages say so. */
const SOON_DAYS = 14;

/** The state of an account in a word or two. */
export const stateWords = ({ state, ends }: Pick<UserLine, "state" | "ends">, now: number): AccountHead["state"] => {
  if (state === "disabled") return { kind: "off", words: "Switched off" };
  if (state === "expired") return { kind: "danger", words: "Expired" };
  if (ends !== null && Date.parse(ends) - now < SOON_DAYS * DAY_MS) {
    const days = Math.ceil((Date.parse(ends) - now) / DAY_MS);
    return { kind: "warn", words: days === 1 ? "Expires within a day" : `Expires in ${days} days` };
  }
  return state === "noPassword" ? { kind: "warn", words: "No password" } : { kind: "ok", words: "Enabled" };
};

const TITLES: Partial<Record<Kind, string>> = { guest: "Guest entry" };

export class Desk {
  constructor(readonly front: Front) {}

  /** The account in the path, if whoever asks looks after it. @throws Refusal "notFound", "notPermitted" */
  async account(c: WebContext): Promise<UserView> {
    const login = c.req.param("login") ?? "";
    return await perform(this.front, c, showUser, { login });
  }

  /** A tab as a page, or as a fragment for htmx. */
  async open(c: WebContext, page: TabPage, login?: UserView): Promise<Response> {
    return await this.answer(c, login ?? (await this.account(c)), page);
  }

  /** The same for an account that is known; with what is wrong where its form was refused. */
  async answer(c: WebContext, account: UserView, page: TabPage, wrong?: Wrong): Promise<Response> {
    const head = this.#head(c, account, page.name);
    const csrf = c.get("csrf");
    const form: TabForm = {
      csrf,
      action: `${head.at}/${page.name}`,
      errors: wrong?.errors ?? {},
      ...(wrong && { typed: wrong.typed }),
    };
    const body = await page.render(c, account, form);
    c.header("Vary", "HX-Request");
    if (wantsFragment(c)) {
      return await c.html(
        <PropertiesFragment csrf={csrf} head={head}>
          {body}
        </PropertiesFragment>,
      );
    }
    const frame = adminFrame(this.front, c);
    return await c.html(
      <PropertiesPage frame={frame} head={head}>
        {body}
      </PropertiesPage>,
      wrong === undefined ? 200 : (wrong.status ?? 422),
    );
  }

  /**
   * Saves the form of a tab: what `change` makes of it is set on the account. `names` says which field of the form stands for a property
   * where they are not called the same.
   */
  async save<T>(
    c: WebContext,
    page: TabPage,
    form: Checked<T>,
    change: (account: UserView, value: T) => UserChange,
    names: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    const account = await this.account(c);
    this.#tabs(account, page.name);
    if (!form.ok) return await this.answer(c, account, page, { errors: form.errors, typed: form.fields });
    try {
      const wanted = { login: account.login, ...change(account, form.value) };
      const after = await perform(this.front, c, setUser, wanted);
      return this.done(c, `${this.title(after)} was changed.`, atUser(after.login, page.name));
    } catch (thrown) {
      const errors = errorsFrom(thrown, names);
      return await this.answer(c, account, page, { errors, typed: form.fields, status: statusFrom(thrown) });
    }
  }

  /** Says what was done, and goes on to a page. */
  done(c: WebContext, text: string, to: string): Response {
    return doneAt(this.front, c, text, to);
  }

  /** Whether whoever asks administrates everything. */
  whole(c: WebContext): boolean {
    return isAtLeast(actorOf(c), "administrator");
  }

  self(c: WebContext, { login }: Pick<UserView, "login">): boolean {
    return signedIn(c).user.login === login;
  }

  /** What an account is called in messages. */
  title({ kind, login }: Pick<UserView, "kind" | "login">): string {
    return kind === "guest" ? "The guest entry" : kind === "template" ? `The template ${login}` : login;
  }

  /** The tabs of an account, which has the one that is asked for. @throws Refusal "notFound" */
  #tabs(account: UserView, tab: TabName) {
    const tabs = TABS.filter(({ kinds }) => (kinds as readonly Kind[]).includes(account.kind));
    if (tabs.some(({ name }) => name === tab)) return tabs;
    throw new Refusal("notFound", `${this.title(account)} has no such properties.`);
  }

  #head(c: WebContext, account: UserView, tab: TabName): AccountHead {
    const { kind, login, fullName } = account;
    const tabs = this.#tabs(account, tab);
    return {
      ...{ kind, login, title: TITLES[kind] ?? (kind === "template" ? login : fullName || login) },
      at: `/admin/users/${encodeURIComponent(login)}`,
      state: stateWords(account, this.front.deps.now()),
      self: this.self(c, account),
      expired: account.state === "expired",
      tabs: tabs.map(({ name, label }) => ({ name, label, href: atUser(login, name), current: name === tab })),
    };
  }
}

/** What can be set on an account, but its name in the path. */
export type UserChange = Omit<Parameters<typeof setUser.run>[1], "login" | "expiresAt"> & {
  readonly expiresAt?: string | null | undefined;
};
