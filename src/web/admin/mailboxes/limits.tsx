/** The tabs Expiry and Quota, and how their forms are read: mail groups have the same. */
import { Hono } from "hono";
import { z } from "zod";
import { Expiry, Quota } from "../../../../views/admin/mailboxes/limits.tsx";
import type { QuotaFields, RuleRow } from "../../../../views/admin/mailboxes/rules.tsx";
import type { MailboxView } from "../../../administration/mail/mailbox-view.ts";
import type { WebEnv } from "../../context.ts";
import { posted } from "../../form.ts";
import type { Desk, TabPage } from "./desk.tsx";

type Rule = MailboxView["expiry"][number];

const column = z
  .union([z.string().transform((one) => [one]), z.array(z.string())])
  .default([])
  .pipe(z.array(z.string().max(1_000, "That is too long.")).max(250, "That are too many rules."));

/** Rules of expiry as a form sends them: three fields a rule. */
export const ruleFields = { folder: column, days: column, action: column };

interface Sent {
  readonly folder: readonly string[];
  readonly days: readonly string[];
  readonly action: readonly string[];
}

/** Rules as rows of a form. */
export const rowsOf = (rules: readonly Rule[]): RuleRow[] =>
  rules.map(({ folder, days, action }) => ({ folder, days: String(days), action }));

/** The rows that a form sent, without those that were left or made empty. */
export const sentRows = ({ folder, days, action }: Sent): RuleRow[] =>
  folder
    .map((name, at) => ({ folder: name.trim(), days: (days[at] ?? "").trim(), action: action[at] ?? "" }))
    .filter((row) => row.folder !== "" && row.days !== "");

/** The rules that a form sent; what is no number stays text, so that the operation says so. */
export const rulesFrom = (sent: Sent): Rule[] =>
  sentRows(sent).map(({ folder, days, action }) => ({
    folder,
    days: (/^\d{1,9}$/.test(days) ? Number(days) : days) as number,
    action: (action === "delete" ? "delete" : "archive") as Rule["action"],
  }));

const expiryForm = z.strictObject(ruleFields);

const expiryPage = (desk: Desk, sent?: readonly RuleRow[]): TabPage => ({
  name: "expiry",
  render: (c, view, form) => {
    const own = new Set(view.expiry.map(({ folder }) => folder));
    const tab = {
      ...{ group: view.group, whole: desk.whole(c), form: { ...form, errors: inRules(form.errors) } },
      rows: sent ?? rowsOf(view.expiry),
      inherited: view.effectiveExpiry.filter(({ folder }) => !own.has(folder)),
      folders: view.folders.map(({ name }) => name),
    };
    return <Expiry tab={tab} />;
  },
});

/** What is wrong with one rule stands below all of them. */
export const inRules = ({ expiry, ...errors }: Readonly<Record<string, string>>): Record<string, string> =>
  expiry === undefined ? errors : { ...errors, rules: expiry };

const FACTORS = { KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 } as const;
const UNITS = ["TB", "GB", "MB", "KB"] as const;

/** Limits as fields of a form. */
export const quotaFields = ({
  messages,
  octets,
  warnPercent,
  warnDays,
  whenFull,
}: MailboxView["quota"]): QuotaFields => {
  // The largest unit that shows the size in full with three decimals at most: 1.5 GB, and 1500.5 MB.
  const isShort = (unit: (typeof UNITS)[number]) =>
    octets !== null && octets >= FACTORS[unit] && ((octets / FACTORS[unit]) * 1_000) % 1 === 0;
  const unit = octets === null || octets === 0 ? "GB" : (UNITS.find(isShort) ?? "KB");
  return {
    messages: messages === null ? "" : String(messages),
    size: octets === null ? "" : String(octets / FACTORS[unit]),
    unit,
    ...{ warnPercent: String(warnPercent), warnDays: String(warnDays), whenFull },
  };
};

/** Limits as a form sends them. */
export const quotaForm = z.strictObject({
  size: z.string().max(30, "That is too long."),
  unit: z.enum(["KB", "MB", "GB", "TB"], "Choose a unit."),
  messages: z.string().max(30, "That is too long."),
  whenFull: z.enum(["defer", "refuse"], "Choose one of the two."),
  warnPercent: z.coerce.number("Give a number."),
  warnDays: z.coerce.number("Give a number of days."),
});

const COUNT = /^\d{1,12}(?:[.,]\d{1,9})?$/;

/** The limits that a form sent; what is no number stays text, so that the operation says so. */
export const quotaFrom = ({ size, unit, messages, ...rest }: z.output<typeof quotaForm>) => {
  const number = (text: string): number | null => {
    const plain = text.replaceAll(/[\s_']/g, "");
    if (plain === "") return null;
    return (COUNT.test(plain) ? Number(plain.replace(",", ".")) : text) as number;
  };
  const amount = number(size);
  const octets = typeof amount === "number" ? Math.round(amount * FACTORS[unit]) : amount;
  return { ...rest, octets, messages: number(messages) };
};

const quotaPage = (desk: Desk): TabPage => ({
  name: "quota",
  render: (c, view, form) => {
    const { quota, effectiveQuota: effective, messages, size, fill, group } = view;
    const own = quota.messages !== null || quota.octets !== null;
    const shown = { quota: quotaFields(quota), effective, messages, size, fill, group, own };
    return <Quota tab={{ ...shown, whole: desk.whole(c), form }} />;
  },
});

export const limitRoutes = (desk: Desk): Hono<WebEnv> =>
  new Hono<WebEnv>()
    .get("/:id{\\d+}/expiry", (c) => desk.open(c, expiryPage(desk)))
    .post("/:id{\\d+}/expiry", posted(expiryForm), (c) => {
      const form = c.req.valid("form");
      const sent = form.ok ? sentRows(form.value) : undefined;
      return desk.save(c, expiryPage(desk, sent), form, (_view, value) => ({ expiry: rulesFrom(value) }));
    })
    .get("/:id{\\d+}/quota", (c) => desk.open(c, quotaPage(desk)))
    .post("/:id{\\d+}/quota", posted(quotaForm), (c) =>
      desk.save(c, quotaPage(desk), c.req.valid("form"), (_view, value) => ({ quota: quotaFrom(value) })),
    );
