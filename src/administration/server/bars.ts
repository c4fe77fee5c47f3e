/** Who is barred and why, bars by hand, lifting, and the networks that are never barred. */
import { z } from "zod";
import type { LockoutEntry } from "../../auth/lockout.ts";
import { lockoutSettings } from "../../auth/settings.ts";
import { hasControls } from "../../directory/validate.ts";
import { AddressSet, parseRange } from "../../net/access.ts";
import { normaliseRange } from "../../net/networks.ts";
import { Refusal } from "../../refusal.ts";
import { type Context, operation } from "../operation.ts";
import { moment, paging, searching, textOfTime, timeText } from "../values.ts";

const REASONS = ["login", "repeat", "recipient", "relay", "protocol", "page", "hand"] as const;

/** What is held against somebody. */
const barView = z.object({
  kind: z.enum(["address", "network", "account"]),
  name: z.string().describe("An address, a network or a login name."),
  barred: z.boolean().describe("Barred now, or only on the way to it."),
  why: z.enum(REASONS).describe("What was held against it last; hand: an administrator barred it."),
  text: z.string().describe("What the administrator said."),
  by: z.string().nullable().describe("Who barred it by hand."),
  since: timeText.nullable(),
  until: timeText.nullable().describe("Nothing where it is not barred, or only an administrator ends it."),
  score: z.number().describe("Strikes not yet forgotten."),
  bars: z.number().int().describe("How often it was barred for strikes."),
  turnedAway: z.number().int().describe("Connections turned away since."),
  evidence: z.array(z.object({ at: timeText, why: z.string(), detail: z.string() })),
});
export type BarView = z.output<typeof barView>;

const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
const LONGEST_MS = 3_650 * UNITS.d;

/** "30m", "12h", "2d" or "1w" as milliseconds. */
const duration = z
  .string()
  .regex(/^[1-9]\d{0,5}[mhdw]$/, "A time is written like 30m, 12h, 2d or 1w.")
  .transform((text) => Number(text.slice(0, -1)) * UNITS[text.slice(-1) as keyof typeof UNITS])
  .refine((ms) => ms <= LONGEST_MS, "That is more than ten years; leave the time out for a bar that stays.")
  .describe("For how long: 30m, 12h, 2d or 1w.");

const name = z
  .string()
  .trim()
  .min(1, "Say whom: an address, a network or a login name.")
  .max(512)
  .describe("An address, a network or a login name.");

/** A bar to be set. */
const newBar = z.strictObject({
  name,
  for: duration.optional(),
  until: moment.optional(),
  why: z
    .string()
    .trim()
    .max(200, "A reason has at most 200 characters.")
    .refine((text) => !hasControls(text), "A reason is a single line.")
    .default("")
    .describe("Why, for those who look at it later."),
});

/** A network, in its canonical form from here on. */
export const network = z
  .string()
  .trim()
  .max(64)
  .refine((text) => parseRange(text) !== undefined, "A network is written like 192.168.1.0/24 or 2001:db8::/32.")
  .transform((text) => normaliseRange(text) ?? text);

/** Networks, each once. */
export const networks = z
  .array(network)
  .max(1_000, "At most 1,000 networks.")
  .transform((list) => [...new Set(list)]);

export const listBars = operation({
  name: "bar.list",
  summary: "Lists who is barred or about to be, why, until when, and what for; the longest bars first.",
  http: "GET /bars",
  scope: "defence:read",
  who: "administrator",
  input: z.strictObject({
    search: searching.describe("Part of an address or a login name."),
    only: z.enum(["all", "barred", "watched"]).default("all").describe("Those barred now, or those on the way to it."),
    ...paging,
  }),
  output: z.object({
    bars: z.array(barView),
    total: z.number().int(),
    barred: z.number().int().describe("How many are barred now, whatever was asked for."),
    turnedAway: z.number().int().describe("Connections turned away by these bars."),
  }),
  run({ auth }, { search, only, page, pageSize }) {
    const all = auth.lockout.list();
    const barred = all.filter((entry) => entry.barred);
    const wanted = { all, barred, watched: all.filter((entry) => !entry.barred) }[only];
    const found = wanted.filter((entry) => entry.name.includes(search.toLowerCase()));
    return {
      bars: found.slice((page - 1) * pageSize, page * pageSize).map(viewOf),
      total: found.length,
      barred: barred.length,
      turnedAway: barred.reduce((sum, entry) => sum + entry.turnedAway, 0),
    };
  },
});

export const addBar = operation({
  name: "bar.add",
  summary: "Bars an address, a network or an account by hand, for a time or until somebody lifts it.",
  http: "POST /bars",
  scope: "defence:write",
  who: "administrator",
  input: newBar,
  output: barView,
  async run(context, { name, why, until: moment, for: length }) {
    if (moment !== undefined && length !== undefined)
      throw new Refusal("invalid", "Say for how long, or until when, not both.");
    const now = context.now();
    const until = moment ?? (length === undefined ? null : now + length);
    if (until !== null && until <= now) throw new Refusal("invalid", "That time has passed already.");
    const entry = await context.commit((tx, note) => {
      const by = context.actor.user?.login ?? context.actor.kind;
      const before = context.auth.lockout
        .list()
        .find((one) => one.by !== null && one.name === subjectOf(context, name));
      const entry = context.auth.lockout.barWithin(tx, subjectOf(context, name), { until, text: why, by });
      note({
        subject: `bar ${entry.name}`,
        before: before && { until: untilWords(before.until), why: before.text },
        after: { until: untilWords(until), why },
      });
      return entry;
    });
    return viewOf(entry);
  },
});

export const liftBar = operation({
  name: "bar.lift",
  summary: "Forgets what is held against an address, a network or an account.",
  http: "DELETE /bars/{name}",
  scope: "defence:write",
  who: "administrator",
  input: z.strictObject({ name }),
  output: z.object({ lifted: z.array(barView) }),
  async run(context, { name }) {
    const lifted = await context.commit((tx, note) => {
      const lifted = context.auth.lockout.liftWithin(tx, name);
      if (lifted.length === 0) throw new Refusal("notFound", `Nothing is held against “${name}”.`);
      for (const { name, barred, why, until, text } of lifted)
        note({
          subject: `bar ${name}`,
          before: { barred, why: text || why, ...(barred && { until: untilWords(until) }) },
        });
      return lifted;
    });
    return { lifted: lifted.map(viewOf) };
  },
});

const allowList = z.object({
  networks: z.array(z.string()).describe("Networks that are never delayed or barred."),
  exemptLan: z.boolean().describe("Neither are those of the LAN list, for strikes."),
});

export const showAllowList = operation({
  name: "allowlist.show",
  summary: "Shows the networks that are never barred.",
  http: "GET /allow-list",
  scope: "defence:read",
  who: "administrator",
  input: z.strictObject({}),
  output: allowList,
  run: (context) => allowListOf(context),
});

export const setAllowList = operation({
  name: "allowlist.set",
  summary: "Sets the networks that are never barred, or adds some and takes some away.",
  http: "PATCH /allow-list",
  scope: "defence:write",
  who: "administrator",
  input: z.strictObject({
    networks: networks.optional().describe("In place of all there were."),
    add: networks.optional(),
    remove: networks.optional(),
    exemptLan: z.boolean().optional(),
  }),
  output: allowList,
  async run(context, { networks, add = [], remove = [], exemptLan }) {
    await context.commit((tx, note) => {
      const before = allowListOf(context);
      const strange = remove.find((one) => !before.networks.includes(one));
      if (strange !== undefined) throw new Refusal("notFound", `${strange} is not on the list.`);
      const allow = [...new Set([...(networks ?? before.networks), ...add])].filter((one) => !remove.includes(one));
      const patch = { allow, ...(exemptLan !== undefined && { exemptLan }) };
      const after = context.store.settings.setWithin(tx, lockoutSettings, patch);
      note({ subject: "allow-list", before, after: { networks: after.allow, exemptLan: after.exemptLan } });
    });
    return allowListOf(context);
  },
});

function allowListOf({ store }: Pick<Context, "store">): z.output<typeof allowList> {
  const { allow, exemptLan } = store.settings.get(lockoutSettings);
  return { networks: allow.map((one) => normaliseRange(one) ?? one), exemptLan };
}

/**
 * Who is meant: a network in its canonical form, or the login name of a user.
 * @throws Refusal "notFound", and "notPermitted" for whoever would bar himself
 */
function subjectOf({ directory, actor }: Context, name: string): string {
  const range = normaliseRange(name);
  if (range !== undefined) {
    if (actor.remote !== undefined && new AddressSet([range]).has(actor.remote))
      throw new Refusal("notPermitted", `You come from ${actor.remote} yourself, and would lock yourself out.`);
    return range;
  }
  const user = directory.users.get(name);
  if (user === undefined)
    throw new Refusal("notFound", `“${name}” is no address, no network like 192.0.2.0/24, and no user.`);
  if (user.id === actor.user?.id) throw new Refusal("notPermitted", "You cannot lock yourself out.");
  return user.login;
}

function untilWords(until: number | null): string {
  return textOfTime(until) ?? "until it is lifted";
}

function viewOf({ since, until, score, evidence, ...entry }: LockoutEntry): BarView {
  return {
    ...entry,
    since: textOfTime(since),
    until: textOfTime(until),
    score: Math.round(score * 10) / 10,
    evidence: evidence.map(({ at, ...rest }) => ({ at: textOfTime(at), ...rest })),
  };
}

export const barOperations = [listBars, addBar, liftBar, showAllowList, setAllowList] as const;
