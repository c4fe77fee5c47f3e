/** The tab Account expiry, and renewing. */

import { Hono } from "hono";
import { z } from "zod";
import { Expiry, type ExpiryTab } from "../../../../views/admin/users/expiry.tsx";
import type { TabForm } from "../../../../views/admin/users/page.tsx";
import { atUser } from "../../../../views/admin/users/path.ts";
import { renewUser, type UserView } from "../../../administration/users/users.ts";
import { serviceTitle } from "../../../auth/services.ts";
import { daysUntilExpiry, expiryAfter } from "../../../directory/expiry.ts";
import { directorySettings } from "../../../directory/settings.ts";
import { MOST_EXPIRY_DAYS, USUAL_EXPIRY_DAYS } from "../../../directory/user.ts";
import { Refusal } from "../../../refusal.ts";
import type { WebEnv } from "../../context.ts";
import { posted, ticked } from "../../form.ts";
import { perform } from "../../performing.ts";
import type { Desk, TabPage, UserChange } from "./desk.tsx";

const USUAL_IDLE_DAYS = 90;

const days = z.union(
  [z.literal("").transform(() => undefined), z.coerce.number()],
  `Days are a whole number from 1 to ${MOST_EXPIRY_DAYS}.`,
);
const date = z.union([z.literal("").transform(() => undefined), z.iso.date("A date looks like 2027-01-31.")]);

const expiryForm = z.strictObject({
  byDate: ticked,
  date: date.optional(),
  days: days.optional(),
  /** What the page showed: whichever of the two was changed counts. */
  dateWas: date.optional(),
  daysWas: days.optional(),
  byIdle: ticked,
  idleDays: days.optional(),
});

/** Which field stands for which property. */
const NAMES = { expiresAt: "date", expiresAfterDays: "days", expiresAfterIdleDays: "idleDays" };

/** A time's day as 2026-11-22, where the server is. */
const dayOf = (at: number): string => {
  const day = new Date(at);
  const two = (part: number) => String(part).padStart(2, "0");
  return `${String(day.getFullYear()).padStart(4, "0")}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
};

/** Days after creation that are proposed where there are none: the usual ones, from today on where those are over. */
const proposedDays = (createdAt: number, now: number): number => {
  const gone = daysUntilExpiry(createdAt, now);
  return Math.min(MOST_EXPIRY_DAYS, gone < USUAL_EXPIRY_DAYS ? USUAL_EXPIRY_DAYS : gone + USUAL_EXPIRY_DAYS);
};

const time = (text: string | null): number | null => (text === null ? null : Date.parse(text));

const renewalWords = ({ expiresAt, expiresAfterIdleDays, renewedAt, createdAt }: UserView): string | undefined => {
  const given = expiresAt === null ? 0 : daysUntilExpiry(Date.parse(renewedAt ?? createdAt), Date.parse(expiresAt));
  const until = given > 0 ? given : USUAL_EXPIRY_DAYS;
  if (expiresAt !== null) return `Lets it run for ${until === 1 ? "one day" : `${until} days`} from now.`;
  if (expiresAfterIdleDays !== null) return "Counts the days without signing in from now on.";
  return undefined;
};

const tabOf = (desk: Desk, account: UserView, form: TabForm): ExpiryTab => {
  const { kind, login, expiresAfterDays, expiresAfterIdleDays, lastLogin } = account;
  const createdAt = Date.parse(account.createdAt);
  const { store, now } = desk.front.deps;
  const proposed = expiresAfterDays ?? proposedDays(createdAt, now());
  const expiresAt = time(account.expiresAt) ?? expiryAfter(createdAt, proposed);
  const words = kind === "user" ? renewalWords(account) : undefined;
  return {
    kind,
    created: dayOf(createdAt),
    createdAt,
    byDate: expiresAfterDays !== null,
    date: dayOf(expiresAt),
    // An account can be given a date before it was made, to end it at once; days cannot say that.
    days: proposed < 1 ? "" : String(proposed),
    mostDays: MOST_EXPIRY_DAYS,
    byIdle: expiresAfterIdleDays !== null,
    idleDays: String(expiresAfterIdleDays ?? USUAL_IDLE_DAYS),
    lastLogin: lastLogin && { ...lastLogin, service: serviceTitle(lastLogin.service), at: Date.parse(lastLogin.at) },
    ends: time(account.ends),
    renewedAt: time(account.renewedAt),
    expired: account.state === "expired",
    receives: store.settings.get(directorySettings).expiredAccountsReceive,
    renewal: words === undefined ? undefined : { action: `/admin/users/${encodeURIComponent(login)}/renew`, words },
    form,
  };
};

const page = (desk: Desk): TabPage => ({
  name: "expiry",
  render: (_c, account, form) => <Expiry tab={tabOf(desk, account, form)} now={desk.front.deps.now()} />,
});

/** Date or days, whichever was changed; both where both were, which must agree then. @throws Refusal "invalid" */
const byDate = (account: UserView, form: z.output<typeof expiryForm>): UserChange => {
  if (!form.byDate) return { expiresAt: null };
  const { date, days, dateWas, daysWas } = form;
  if (date === undefined && days === undefined)
    throw new Refusal("invalid", "Give a date or a number of days.", { field: "expiresAfterDays" });
  const dated = date !== undefined && date !== dateWas;
  const counted = days !== undefined && days !== daysWas;
  if (dated && !counted) return { expiresAt: date };
  if (counted && !dated) return { expiresAfterDays: days };
  if (dated && counted) return { expiresAt: date, expiresAfterDays: days };
  if (account.expiresAt !== null) return {};
  return days === undefined ? { expiresAt: date } : { expiresAfterDays: days };
};

const byIdle = ({ byIdle, idleDays }: z.output<typeof expiryForm>): UserChange => {
  if (!byIdle) return { expiresAfterIdleDays: null };
  if (idleDays === undefined) throw new Refusal("invalid", "Give a number of days.", { field: "expiresAfterIdleDays" });
  return { expiresAfterIdleDays: idleDays };
};

export const expiryRoutes = (desk: Desk): Hono<WebEnv> =>
  new Hono<WebEnv>()
    .get("/:login/expiry", (c) => desk.open(c, page(desk)))
    .post("/:login/expiry", posted(expiryForm), (c) => {
      const change = (account: UserView, form: z.output<typeof expiryForm>) => ({
        ...byDate(account, form),
        ...byIdle(form),
      });
      return desk.save(c, page(desk), c.req.valid("form"), change, NAMES);
    })
    .post("/:login/renew", async (c) => {
      const login = c.req.param("login");
      const after = await perform(desk.front, c, renewUser, { login });
      const until = after.ends === null ? "" : ` It ends on ${dayOf(Date.parse(after.ends))} now.`;
      return desk.done(c, `${after.login} was renewed.${until}`, atUser(after.login, "expiry"));
    });
