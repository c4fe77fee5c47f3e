/** The audit log, page by page. */
import { Hono } from "hono";
import { z } from "zod";
import { Audit, type AuditEntry, type AuditPage } from "../../../views/admin/audit.tsx";
import { fullTime } from "../../../views/parts/telling.tsx";
import { type ChangeView, listAudit } from "../../administration/server/log.ts";
import type { WebEnv } from "../context.ts";
import { asked, searchText } from "../form.ts";
import { perform } from "../performing.ts";
import type { Front } from "../site.ts";
import { adminFrame, PAGE_SIZE } from "./office.ts";
import { labelOf } from "./settings-form.ts";

/** The longest value that is shown whole. */
const MOST_SHOWN = 300;

const day = z.iso.date().or(z.literal("")).catch("");
const auditQuery = z.object({
  actor: searchText,
  operation: searchText,
  subject: searchText,
  since: day.default(""),
  until: day.default(""),
  before: z.coerce.number().int().positive().optional().catch(undefined),
});

const TIME = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;

const VIA: Readonly<Record<ChangeView["via"], string>> = {
  command: "on the command line",
  web: "in the browser",
  api: "by a program",
  imap: "in a mail program",
  managesieve: "in a mail program, by ManageSieve",
  system: "by itself",
};

const isNothing = (value: unknown): boolean =>
  value === null || value === "" || (Array.isArray(value) && value.length === 0);

/** A value as people read it. */
const shown = (value: unknown): string => {
  if (value === null || isNothing(value)) return "nothing";
  if (typeof value === "string" && TIME.test(value)) return fullTime(Date.parse(value));
  if (value === true) return "yes";
  if (value === false) return "no";
  if (Array.isArray(value)) return value.map(shown).join(", ");
  if (typeof value === "object") {
    return Object.entries(value)
      .filter(([, inner]) => inner !== null && inner !== "")
      .map(([name, inner]) => `${labelOf(name)}: ${shown(inner)}`)
      .join("; ");
  }
  return String(value);
};

const clipped = (value: unknown): string => {
  const text = shown(value);
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
};

/** Lists are compared item by item, so that one sees which came and which went. */
const difference = (before: unknown, after: unknown): { before?: string; after?: string } => {
  if (Array.isArray(before) && Array.isArray(after)) {
    const key = (one: unknown) => JSON.stringify(one);
    const [was, is] = [new Set(before.map(key)), new Set(after.map(key))];
    const gone = before.filter((one) => !is.has(key(one)));
    const come = after.filter((one) => !was.has(key(one)));
    if (gone.length + come.length > 0)
      return { ...(gone.length > 0 && { before: clipped(gone) }), ...(come.length > 0 && { after: clipped(come) }) };
  }
  return {
    ...(before !== undefined && { before: clipped(before) }),
    ...(after !== undefined && { after: clipped(after) }),
  };
};

const lineOf = ({ at, via, token, remote, before, after, ...line }: ChangeView): AuditEntry => ({
  ...line,
  at: Date.parse(at),
  via: token === null ? VIA[via] : `${VIA[via]} with the token “${token}”`,
  remote: remote ?? "",
  differences: [...new Set([...Object.keys(before), ...Object.keys(after)])]
    // Of what is new or gone, what it never had says nothing.
    .filter(
      (property) => ![before[property], after[property]].every((value) => value === undefined || isNothing(value)),
    )
    .map((property) => ({ property: labelOf(property), ...difference(before[property], after[property]) })),
});

export const auditRoutes = (front: Front): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();

  app.get("/", asked(auditQuery), async (c) => {
    const { before, ...filter } = c.req.valid("query");
    const { since, until, ...texts } = filter;
    const { changes } = await perform(front, c, listAudit, {
      ...texts,
      ...(since !== "" && { since }),
      ...(until !== "" && { until }),
      ...(before !== undefined && { before }),
      limit: PAGE_SIZE,
    });
    const last = changes.at(-1);
    const page: AuditPage = {
      filter,
      past: before !== undefined,
      lines: changes.map(lineOf),
      ...(last !== undefined && changes.length === PAGE_SIZE && { older: last.id }),
    };
    return c.html(<Audit frame={adminFrame(front, c)} page={page} />);
  });

  return app;
};
