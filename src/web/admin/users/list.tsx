/** The list of users and of templates, and what is done to many at once. */

import { Hono } from "hono";
import { z } from "zod";
import { AskAboutMany, BulkResult } from "../../../../views/admin/users/bulk.tsx";
import { type UserLine as Shown, Users } from "../../../../views/admin/users/list.tsx";
import { changeUsers, listUsers, MOST_AT_ONCE, type UserLine } from "../../../administration/users/users.ts";
import { ADMINISTRATOR, isPermission, PERMISSION_NAMES } from "../../../directory/permissions.ts";
import { localPath, type WebContext, type WebEnv } from "../../context.ts";
import { asked, flag, listQuery, oneOf, posted, several, whole } from "../../form.ts";
import { perform } from "../../performing.ts";
import { adminFrame, PAGE_SIZE, pagesOf } from "../office.ts";
import { type Desk, stateWords } from "./desk.tsx";
import { switchesFor, switchFields } from "./permissions.tsx";

const usersQuery = z.object({
  ...listQuery,
  kind: oneOf("user", "template"),
  state: oneOf("", "enabled", "disabled", "expired", "noPassword", "ending"),
  sort: oneOf("login", "fullName", "state", "lastLogin", "mailSize"),
  down: flag,
});

const bulkForm = z.strictObject({
  login: several(MOST_AT_ONCE, 512).optional().default([]),
  action: z.enum(["enable", "disable", "renew", "grant", "revoke", "remove"]),
  back: z.string().max(2_000).optional(),
  /** The question was asked and answered. */
  sure: z.literal("yes").optional(),
  ...switchFields,
});
type Bulk = z.output<typeof bulkForm>;

const administers = ({ permissions, administers }: UserLine): string => {
  if (!permissions.includes(ADMINISTRATOR)) return "";
  return administers === null ? "administrator" : `administers ${administers.join(", ") || "nothing"}`;
};

const lineOf = (line: UserLine, now: number): Shown => ({
  login: line.login,
  fullName: line.fullName,
  address: line.addresses[0] ?? "",
  administers: administers(line),
  state: stateWords(line, now),
  lastLogin: line.lastLogin === null ? null : Date.parse(line.lastLogin.at),
  size: line.mailSize,
});

const DONE: Readonly<Record<Bulk["action"], string>> = {
  enable: "enabled",
  disable: "switched off",
  renew: "renewed",
  grant: "given the permissions",
  revoke: "deprived of the permissions",
  remove: "removed",
};

/** What the form asks of the operation. */
const workOf = ({ action, ...form }: Bulk) => {
  if (action !== "grant" && action !== "revoke") return { action } as const;
  return { action: "change", change: { [action]: permissionsIn(form) } } as const;
};

const permissionsIn = (form: Readonly<Record<string, unknown>>) =>
  PERMISSION_NAMES.filter((name) => isPermission(name) && form[`may.${name}`] === true);

export const listRoutes = (desk: Desk): Hono<WebEnv> => {
  const { now } = desk.front.deps;
  const frame = (c: WebContext) => adminFrame(desk.front, c);

  const ask = (c: WebContext, { login: logins, action }: Bulk, back: string, problem?: string) => {
    if (action !== "grant" && action !== "revoke" && action !== "remove") throw new Error("nothing to ask");
    const permissions = switchesFor(c, desk, new Set(action === "revoke" ? PERMISSION_NAMES : []));
    const open = permissions.filter((one) => one.open);
    const question = { action, logins, back, permissions: open, ...(problem !== undefined && { problem }) };
    return c.html(<AskAboutMany frame={frame(c)} question={question} />, problem === undefined ? 200 : 422);
  };

  return new Hono<WebEnv>()
    .get("/", asked(usersQuery), async (c) => {
      const { q: search, page, kind, state, sort, down: descending } = c.req.valid("query");
      const wanted = { search, page, kind, sort, descending, pageSize: PAGE_SIZE, ...(state !== "" && { state }) };
      const { users, total } = await perform(desk.front, c, listUsers, wanted);
      const shown = {
        ...{ search, kind, state, sort, descending, page, total, pages: pagesOf(total) },
        users: users.map((line) => lineOf(line, now())),
      };
      return c.html(<Users frame={frame(c)} page={shown} />);
    })
    .post("/bulk", posted(bulkForm), async (c) => {
      const form = whole(c.req.valid("form"));
      const back = localPath(form.back, "/admin/users");
      if (form.login.length === 0) {
        return desk.done(c, "Nobody was chosen. Tick the users first.", back);
      }
      const asks = form.action === "remove" || form.action === "grant" || form.action === "revoke";
      if (asks && form.sure === undefined) return ask(c, form, back);
      if (asks && form.action !== "remove" && permissionsIn(form).length === 0) {
        return ask(c, form, back, "Choose at least one permission.");
      }
      const { results } = await perform(desk.front, c, changeUsers, {
        logins: form.login,
        ...workOf(form),
      });
      const left = results.flatMap(({ login, problem }) => (problem === undefined ? [] : [{ login, problem }]));
      const done = results.length - left.length;
      if (left.length > 0) return c.html(<BulkResult frame={frame(c)} {...{ back, done, left }} />, 422);
      const who = done === 1 ? `${results[0]?.login} was` : `${done} accounts were`;
      return desk.done(c, `${who} ${DONE[form.action]}.`, back);
    });
};
