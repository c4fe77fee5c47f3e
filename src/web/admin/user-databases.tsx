/** External user databases: list, add, settings with presets, test, import with preview, synchronisation, order, removal. */
import { Hono } from "hono";
import type { Child } from "hono/jsx";
import { z } from "zod";
import { Confirm, ConfirmForm, type Question } from "../../../views/admin/confirm.tsx";
import { DatabaseSettings, type DatabaseValues } from "../../../views/admin/user-database-form.tsx";
import { DatabaseImport, type ImportPage, RunStatus } from "../../../views/admin/user-database-import.tsx";
import {
  atDatabase,
  DatabaseFragment,
  type DatabaseHead,
  DatabasePage,
  DatabaseTest,
  TestResult,
  UserDatabases,
} from "../../../views/admin/user-databases.tsx";
import type { TabForm } from "../../../views/parts/tabs.tsx";
import {
  addUserDatabase,
  importUserDatabase,
  listUserDatabases,
  orderUserDatabases,
  previewUserDatabase,
  type RunView,
  removeUserDatabase,
  setUserDatabase,
  showUserDatabase,
  synchroniseUserDatabase,
  testUserDatabase,
  type UserDatabaseView,
} from "../../administration/server/user-databases.ts";
import { DATABASE_KINDS, PRESETS } from "../../auth/external/database.ts";
import { Refusal } from "../../refusal.ts";
import { sendOn, type WebContext, type WebEnv, wantsFragment } from "../context.ts";
import {
  anyFields,
  asked,
  type Errors,
  errorsFrom,
  type Fields,
  listQuery,
  oneOf,
  posted,
  sentenceOf,
  several,
  statusFrom,
  whole,
} from "../form.ts";
import { doneAt, perform } from "../performing.ts";
import type { Front } from "../site.ts";
import { adminFrame, PAGE_SIZE, pagesOf } from "./office.ts";

const HERE = "/admin/user-databases";

const addForm = z.strictObject({
  name: z.string().trim().max(100),
  kind: z.enum(DATABASE_KINDS, "Choose one of these."),
  server: z.string().trim().max(300),
  base: z.string().trim().max(500),
});
const nameForm = z.strictObject({ name: z.string().max(100) });
const testForm = z.strictObject({ login: z.string().trim().max(512), password: z.string().max(1_024) });
const removeForm = z.strictObject({ keepUsers: z.literal("yes").optional() });
const importForm = z.strictObject({
  entry: several(1_000, 1_000).optional(),
  all: z.enum(["create", "update", "disable"]).optional(),
});
const importQuery = z.object({ ...listQuery, action: oneOf("create", "update", "disable", "conflict", "leave") });

const TEXTS = [
  ...["description", "kind", "plaintext", "certificate", "tlsName", "bindDn", "base", "filter", "loginAttribute"],
  ...["idAttribute", "nameAttribute", "mailAttributes", "groups", "groupsAttribute", "groupBase"],
  ...["disabledAttribute", "disabledValue", "template", "domain", "vanished", "routeBase", "routeFilter"],
] as const;
const NUMBERS = ["syncMinutes", "timeoutSeconds", "connectSeconds", "pageSize", "connections"] as const;
const SWITCHES = ["enabled", "permissionsFollow", "autoCreate", "syncCreates"] as const;
const LISTS = ["servers", "fingerprints", "routes"] as const;
const MOST_RULES = 100;

const linesOf = (text = ""): string[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");

/** The rules in the form; lines without a group do not count. */
const rulesOf = (fields: Fields) => {
  const rules: { group: string; template: string; administrator: boolean }[] = [];
  for (let at = 0; at < MOST_RULES && fields[`rule.${at}.group`] !== undefined; at++) {
    const group = fields[`rule.${at}.group`]?.trim() ?? "";
    const administrator = fields[`rule.${at}.administrator`] !== undefined;
    if (group !== "") rules.push({ group, template: fields[`rule.${at}.template`] ?? "", administrator });
  }
  return rules;
};

/** What the form asks for. The operation judges it; fields it does not name are not looked at. */
const changeOf = (fields: Fields): Record<string, unknown> => ({
  ...Object.fromEntries(TEXTS.map((name) => [name, fields[name] ?? ""])),
  ...Object.fromEntries(NUMBERS.map((name) => [name, Number(fields[name] || Number.NaN)])),
  ...Object.fromEntries(SWITCHES.map((name) => [name, fields[name] !== undefined])),
  ...Object.fromEntries(LISTS.map((name) => [name, linesOf(fields[name])])),
  rules: rulesOf(fields),
  ...(fields.bindPassword !== undefined && fields.bindPassword !== "" && { bindPassword: fields.bindPassword }),
});

const runLine = (run: RunView | null) => run && { ...run, endedAt: Date.parse(run.endedAt) };

export const userDatabaseRoutes = (front: Front): Hono<WebEnv> => {
  const { directory } = front.deps;
  const app = new Hono<WebEnv>();

  const known = (c: WebContext) => perform(front, c, showUserDatabase, { name: c.req.param("name") ?? "" });

  /** A tab, as a page or as a fragment. */
  const tab = (
    c: WebContext,
    view: UserDatabaseView,
    name: DatabaseHead["tab"],
    inside: Child,
    status: 200 | 403 | 422,
  ) => {
    const { description, enabled, users } = view;
    const head: DatabaseHead = { name: view.name, description, enabled, users, tab: name };
    c.header("Vary", "HX-Request");
    if (wantsFragment(c)) return c.html(<DatabaseFragment head={head}>{inside}</DatabaseFragment>);
    return c.html(
      <DatabasePage frame={adminFrame(front, c)} head={head}>
        {inside}
      </DatabasePage>,
      status,
    );
  };

  const showList = async (c: WebContext, typed?: Fields, errors: Errors = {}) => {
    const { databases } = await perform(front, c, listUserDatabases, {});
    const form: TabForm = { csrf: c.get("csrf"), action: HERE, errors, ...(typed && { typed }) };
    const lines = databases.map((one) => ({ ...one, lastRun: runLine(one.lastRun) }));
    return c.html(<UserDatabases frame={adminFrame(front, c)} lines={lines} form={form} />, typed ? 422 : 200);
  };

  const showSettings = (
    c: WebContext,
    view: UserDatabaseView,
    typed?: Fields,
    errors: Errors = {},
    status: 200 | 403 | 422 = 200,
  ) => {
    const { users } = directory.users.list({ kind: "template", pageSize: 1_000 });
    const form: TabForm = { csrf: c.get("csrf"), action: atDatabase(view.name), errors, ...(typed && { typed }) };
    const lists = {
      templates: users.map(({ login }) => login),
      domains: directory.domains.list().map(({ name }) => name),
    };
    const values: DatabaseValues = view;
    return tab(c, view, "settings", <DatabaseSettings form={form} values={values} {...lists} />, status);
  };

  app.get("/", (c) => showList(c));

  app.post("/", posted(addForm), async (c) => {
    const form = c.req.valid("form");
    if (!form.ok) return await showList(c, form.fields, form.errors);
    const { server, ...given } = form.value;
    try {
      const made = await perform(front, c, addUserDatabase, { ...given, servers: server === "" ? [] : [server] });
      const text = `${made.name} was added. Set the rest, then test it.`;
      return doneAt(front, c, text, atDatabase(made.name));
    } catch (thrown) {
      const errors = errorsFrom(thrown, { servers: "server" });
      // Here it is one server, and no list of lines.
      const server = errors.server?.replace(/^Line 1: /, "");
      return await showList(c, form.fields, { ...errors, ...(server !== undefined && { server }) });
    }
  });

  app.post("/order", posted(nameForm), async (c) => {
    const { name } = whole(c.req.valid("form"));
    const { databases } = await perform(front, c, listUserDatabases, {});
    const names = databases.map((one) => one.name);
    const at = names.indexOf(name);
    const before = names[at - 1];
    if (before !== undefined) names.splice(at - 1, 2, name, before);
    await perform(front, c, orderUserDatabases, { names });
    return doneAt(front, c, `${name} is asked earlier now.`, HERE);
  });

  app.get("/:name", async (c) => showSettings(c, await known(c)));

  app.post("/:name", posted(anyFields), async (c) => {
    const view = await known(c);
    const { fields } = c.req.valid("form");
    const kind = DATABASE_KINDS.find((one) => one === fields.kind);
    // The button beside the kind fills in its attributes; nothing is saved by that.
    if (fields.fill !== undefined && kind !== undefined) return showSettings(c, view, { ...fields, ...PRESETS[kind] });
    try {
      const input = setUserDatabase.input.parse({ ...changeOf(fields), name: view.name });
      const after = await perform(front, c, setUserDatabase, input);
      return doneAt(front, c, `${after.name} was changed.`, atDatabase(after.name));
    } catch (thrown) {
      const refused = thrown instanceof z.ZodError ? new Refusal("invalid", "", { cause: thrown }) : thrown;
      return showSettings(c, view, fields, errorsFrom(refused), statusFrom(refused));
    }
  });

  app.get("/:name/test", async (c) => {
    const view = await known(c);
    const inside = <DatabaseTest name={view.name} csrf={c.get("csrf")} login="" steps={undefined} />;
    return tab(c, view, "test", inside, 200);
  });

  app.post("/:name/test", posted(testForm), async (c) => {
    const view = await known(c);
    const { login, password } = whole(c.req.valid("form"));
    const { steps } = await perform(front, c, testUserDatabase, { name: view.name, login, password });
    if (wantsFragment(c)) return c.html(<TestResult steps={steps} />);
    const inside = <DatabaseTest name={view.name} csrf={c.get("csrf")} login={login} steps={steps} />;
    return tab(c, view, "test", inside, 200);
  });

  app.get("/:name/import", asked(importQuery), async (c) => {
    const view = await known(c);
    const { q, page, action } = c.req.valid("query");
    const empty = { counts: { create: 0, update: 0, leave: 0, disable: 0, conflict: 0 }, items: [], total: 0 };
    const found =
      view.progress === null
        ? await perform(front, c, previewUserDatabase, {
            name: view.name,
            search: q,
            page,
            pageSize: PAGE_SIZE,
            action,
          }).catch(sentenceOf)
        : empty;
    const { counts, items, total } = typeof found === "string" ? empty : found;
    const shown: ImportPage = {
      ...{ name: view.name, csrf: c.get("csrf"), now: front.deps.now(), search: q, page, pages: pagesOf(total), total },
      ...{
        action,
        counts,
        items,
        syncMinutes: view.syncMinutes,
        lastRun: runLine(view.lastRun),
        progress: view.progress,
      },
      ...(typeof found === "string" && { problem: found }),
    };
    return tab(c, view, "import", <DatabaseImport page={shown} />, 200);
  });

  app.post("/:name/import", posted(importForm), async (c) => {
    const view = await known(c);
    const { entry = [], all } = whole(c.req.valid("form"));
    // The button for all sends the ticked ones too; it means all.
    const chosen = all === undefined ? { entries: entry } : { actions: [all] };
    await perform(front, c, importUserDatabase, { name: view.name, ...chosen, wait: false });
    return doneAt(front, c, "The import has begun.", atDatabase(view.name, "import"));
  });

  app.post("/:name/sync", async (c) => {
    const view = await known(c);
    await perform(front, c, synchroniseUserDatabase, { name: view.name, wait: false });
    return doneAt(front, c, "The synchronisation has begun.", atDatabase(view.name, "import"));
  });

  app.get("/:name/import/run", async (c) => {
    const { name, progress } = await known(c);
    if (progress === null) return sendOn(c, atDatabase(name, "import"));
    return c.html(<RunStatus name={name} progress={progress} />);
  });

  app.get("/:name/remove", async (c) => {
    const view = await known(c);
    const question: Question = {
      title: `Remove ${view.name}?`,
      text:
        view.users === 0
          ? "Nobody here comes from it."
          : `${view.users} users come from it. They stay, with all their mail, as local users without a password: nobody of them can log in until you set one.`,
      action: atDatabase(view.name, "remove"),
      doIt: "Remove the database",
      back: atDatabase(view.name),
      ...(view.users > 0 && { fields: { keepUsers: "yes" } }),
    };
    if (wantsFragment(c)) return c.html(<ConfirmForm question={question} csrf={c.get("csrf")} />);
    return c.html(<Confirm frame={adminFrame(front, c)} place="user-databases" question={question} />);
  });

  app.post("/:name/remove", posted(removeForm), async (c) => {
    const view = await known(c);
    const keepUsers = whole(c.req.valid("form")).keepUsers === "yes";
    await perform(front, c, removeUserDatabase, { name: view.name, keepUsers });
    return doneAt(front, c, `${view.name} was removed.`, HERE);
  });

  return app;
};
