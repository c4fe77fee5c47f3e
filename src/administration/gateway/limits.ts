/** What people may transfer through the gateway, and what they have. What holds for everybody is a setting. */
import { z } from "zod";
import type { User } from "../../directory/directory.ts";
import { changeOf } from "../../directory/validate.ts";
import { limitsSchema } from "../../gateway/accounts.ts";
import { type Context, operation } from "../operation.ts";
import { paging, searching } from "../values.ts";

const count = z.number().int();

const values = {
  dayMegabytes: count,
  monthMegabytes: count,
  kilobytesPerSecond: count,
  connections: count,
};

const limitView = z.object({
  login: z.string().describe("guest: all who have not logged in, together."),
  fullName: z.string(),
  own: z
    .object({
      dayMegabytes: count.nullable(),
      monthMegabytes: count.nullable(),
      kilobytesPerSecond: count.nullable(),
      connections: count.nullable(),
    })
    .describe("What was set for this account alone; null: as for everybody."),
  limits: z.object(values).describe("What holds; 0 for no limit."),
  dayOctets: count.describe("Transferred today, both directions together."),
  monthOctets: count.describe("Transferred in this calendar month."),
});
export type LimitView = z.output<typeof limitView>;

export const listLimits = operation({
  name: "limit.list",
  summary: "Lists what people may transfer through the gateway, and what they have in this day and month.",
  http: "GET /gateway/limits",
  scope: "gateway:read",
  who: "administrator",
  input: z.strictObject({ ...paging, search: searching.describe("Part of a login name or a full name.") }),
  output: z.object({
    guest: limitView,
    people: z.array(limitView),
    total: count.describe("Users that fit, on all pages."),
  }),
  run(context, { page, pageSize, search }) {
    const { users, total } = context.directory.users.list({ kind: "user", page, pageSize, search });
    return {
      guest: limitOf(context, context.directory.users.guest()),
      people: users.map((user) => limitOf(context, user)),
      total,
    };
  },
});

export const showLimit = operation({
  name: "limit.show",
  summary: "Shows what somebody may transfer through the gateway, and what he has.",
  http: "GET /gateway/limits/{login}",
  scope: "gateway:read",
  who: "administrator",
  input: z.strictObject({ login: z.string().trim().min(1).max(128) }),
  output: limitView,
  run: (context, { login }) => limitOf(context, context.directory.users.require(login)),
});

export const setLimit = operation({
  name: "limit.set",
  summary: "Sets what somebody, or all guests together, may transfer through the gateway. It holds at once.",
  http: "PATCH /gateway/limits/{login}",
  scope: "gateway:write",
  who: "administrator",
  input: changeOf(limitsSchema.shape).extend({
    login: z.string().trim().min(1).max(128).describe("A login name, or guest."),
  }),
  output: limitView,
  async run(context, { login, ...change }) {
    const user = context.directory.users.require(login);
    await context.commit((tx, note) => {
      const { accounts } = context.gateway;
      const before = accounts.ownLimits(user.id);
      const after = accounts.setWithin(tx, user.id, change);
      note({ subject: `gateway limits of ${user.login}`, before, after });
    });
    return limitOf(context, user);
  },
});

/** One account's limits and what it has transferred. */
export function limitOf({ gateway: { accounts } }: Pick<Context, "gateway">, { id, login, fullName }: User): LimitView {
  const { day, month } = accounts.usageOf(id);
  return {
    ...{ login, fullName, dayOctets: day, monthOctets: month },
    own: { ...accounts.ownLimits(id) },
    limits: { ...accounts.limitsOf(id) },
  };
}

export const limitOperations = [listLimits, showLimit, setLimit] as const;
