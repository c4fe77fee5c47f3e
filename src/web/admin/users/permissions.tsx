/** The tab Permissions: the switches, and what somebody administrates. */

import { Hono } from "hono";
import { z } from "zod";
import {
  type AdministrationChoice,
  type PermissionSwitch,
  Permissions,
} from "../../../../views/admin/users/permissions.tsx";
import { listDomains } from "../../../administration/mail/domains.ts";
import type { UserView } from "../../../administration/users/users.ts";
import { ADMINISTRATOR, PERMISSIONS, type Permission } from "../../../directory/permissions.ts";
import { Refusal } from "../../../refusal.ts";
import { signedIn, type WebContext, type WebEnv } from "../../context.ts";
import { posted, ticked } from "../../form.ts";
import { perform } from "../../performing.ts";
import type { Desk, TabPage, UserChange } from "./desk.tsx";

/** The permissions with switches; administration is a question of its own. */
const SWITCHED = PERMISSIONS.filter(({ name }) => name !== ADMINISTRATOR);
/** What those without a login have no use for: it is about something of one's own, or only asked of those who have logged in. */
const NOT_FOR_GUESTS = new Set<string>(
  PERMISSIONS.filter(({ group }) => group === "User" || group === "Web admin").map(({ name }) => name),
)
  .add("ftp.homepage")
  .add("ftp.modify")
  .add("http.scripts")
  .add("smtp.relay");
/** What switches do for those without a login, where that is something else than for an account. */
const GUEST_HELP = new Map<string, string>([
  [
    "ftp.login",
    "Whoever comes as anonymous reads the folder public/, and shared folders that guests may read; nothing is changed.",
  ],
  ["ftp.proxy", "Whoever is in the LAN may reach FTP servers elsewhere through the FTP proxy, without a login here."],
  ["http.proxy", "Whoever is in the LAN may use the web proxy and SOCKS without a login."],
]);
const ADMINISTRATION = PERMISSIONS.find(({ name }) => name === ADMINISTRATOR)?.label ?? "";

export const switchFields = Object.fromEntries(SWITCHED.map(({ name }) => [`may.${name}`, ticked])) as Record<
  `may.${Permission}`,
  typeof ticked
>;

/** What somebody administrates, as the forms ask it. Domains are fields of their own: "domain.home.example". */
export const administrationFields = {
  administers: z.enum(["none", "house", "domains"], "Choose one of them.").optional(),
};

const DOMAIN_FIELD = /^domain\.(.{1,253})$/;

const permissionsForm = z.object({ ...switchFields, ...administrationFields }).catchall(z.string());

/** The permissions as switches; `open` are those that whoever looks may switch. */
export const switchesFor = (c: WebContext, desk: Desk, on: ReadonlySet<string>, guest = false): PermissionSwitch[] => {
  const { permissions: own } = signedIn(c).user;
  const whole = desk.whole(c);
  return SWITCHED.filter(({ name }) => !guest || !NOT_FOR_GUESTS.has(name)).map(({ name, group, label, help }) => ({
    ...{ name, group, label, help: (guest && GUEST_HELP.get(name)) || help, on: on.has(name) },
    open: whole || own.has(name) || on.has(name),
  }));
};

/** The question what somebody administrates, for those who may answer it. */
export const administrationFor = async (
  c: WebContext,
  desk: Desk,
  account?: Pick<UserView, "permissions" | "administers">,
): Promise<AdministrationChoice | undefined> => {
  if (!desk.whole(c)) return undefined;
  const { domains } = await perform(desk.front, c, listDomains, {});
  const administers = account?.permissions.includes(ADMINISTRATOR) === true;
  const chosen = new Set(account?.administers);
  return {
    label: ADMINISTRATION,
    value: !administers ? "none" : account?.administers === null ? "house" : "domains",
    domains: domains.map(({ displayName: name }) => ({ name, chosen: chosen.has(name) })),
  };
};

/** What the answer changes. @throws Refusal "invalid" where no domain was chosen, or a field does not belong there */
export const administrationFrom = (value: Readonly<Record<string, unknown>>): UserChange => {
  const domains = Object.keys(value).flatMap((name) => DOMAIN_FIELD.exec(name)?.[1] ?? []);
  switch (value.administers) {
    case "none":
      return { revoke: [ADMINISTRATOR], administers: null };
    case "house":
      return { grant: [ADMINISTRATOR], administers: null };
    case "domains":
      if (domains.length > 0) return { grant: [ADMINISTRATOR], administers: domains };
      throw new Refusal("invalid", "Choose at least one domain.", { field: "administers" });
    default:
      return {};
  }
};

/** Fields beside those of a form may only name domains. @throws Refusal "invalid" */
export const onlyDomains = (
  value: Readonly<Record<string, unknown>>,
  known: Readonly<Record<string, unknown>>,
): void => {
  const foreign = Object.keys(value).find((name) => !Object.hasOwn(known, name) && !DOMAIN_FIELD.test(name));
  if (foreign !== undefined) {
    throw new Refusal("invalid", `The form has a field that does not belong there: ${foreign}. Load the page again.`);
  }
};

/** The difference between the switches of a form and what is: only what whoever looks could switch changes. */
const switched = (shown: readonly PermissionSwitch[], value: Readonly<Record<string, unknown>>): UserChange => {
  const ticked = ({ name }: PermissionSwitch) => value[`may.${name}`] === true;
  const names = (some: readonly PermissionSwitch[]) => some.map(({ name }) => name as Permission);
  return {
    // What is ticked although it could not be is tried all the same: the operation refuses it.
    grant: names(shown.filter((one) => !one.on && ticked(one))),
    revoke: names(shown.filter((one) => one.on && !ticked(one))),
  };
};

export const permissionPage = (desk: Desk): TabPage => ({
  name: "permissions",
  render: async (c, account, form) => {
    const guest = account.kind === "guest";
    const administration = guest ? undefined : await administrationFor(c, desk, account);
    return (
      <Permissions
        tab={{
          kind: account.kind,
          permissions: switchesFor(c, desk, new Set(account.permissions), guest),
          self: desk.self(c, account),
          form,
          ...(administration && { administration }),
        }}
      />
    );
  },
});

export const permissionRoutes = (desk: Desk): Hono<WebEnv> =>
  new Hono<WebEnv>()
    .get("/:login/permissions", (c) => desk.open(c, permissionPage(desk)))
    .post("/:login/permissions", posted(permissionsForm), async (c) => {
      const form = c.req.valid("form");
      if (form.ok) onlyDomains(form.value, permissionsForm.shape);
      return await desk.save(c, permissionPage(desk), form, (account, value) => {
        const shown = switchesFor(c, desk, new Set(account.permissions), account.kind === "guest");
        const { grant = [], revoke = [] } = switched(shown, value);
        const { grant: more = [], revoke: less = [], ...rest } = administrationFrom(value);
        return { ...rest, grant: [...grant, ...more], revoke: [...revoke, ...less] };
      });
    });
