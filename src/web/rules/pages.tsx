/**
 * The pages of mail rules as the administration and the options of webmail have them: the list, the form of one, running them on a folder.
 */
import type { Hono } from "hono";
import type { Child } from "hono/jsx";
import { z } from "zod";
import { type RuleFields, RuleForm } from "../../../views/parts/rule-form.tsx";
import { RuleRun, type RuleRunPart, Rules, type RulesPart, RunOnFolder } from "../../../views/parts/rules.tsx";
import { t } from "../../../views/words/words.ts";
import { runRules, showRuleRun, stopRuleRun, undoRuleRun } from "../../administration/mail/folder-rules.ts";
import {
  addMailRule,
  listMailRules,
  moveMailRule,
  type RuleList,
  removeMailRule,
  setMailRule,
} from "../../administration/mail/rules.ts";
import { Refusal } from "../../refusal.ts";
import type { WebContext, WebEnv } from "../context.ts";
import { asked, type Errors, errorsFrom, posted, whole } from "../form.ts";
import { perform } from "../performing.ts";
import type { Front } from "../site.ts";
import {
  EMPTY_ACTION,
  EMPTY_CONDITION,
  fieldsFrom,
  fieldsOf,
  RowErrors,
  ruleForm,
  ruleFrom,
  type RuleForm as Sent,
} from "./rows.ts";
import { doesWords, whenWords } from "./words.ts";

/** Where a page of rules stands. */
export interface RulePlace {
  /** The mailbox. */
  readonly id: number;
  /** The address of the list. */
  readonly at: string;
  /** The address of the page of scripts. */
  readonly scriptsAt: string;
  readonly folders: readonly string[];
}

/** Whose rules they are, and how they are answered. */
export interface RuleRoom {
  readonly front: Front;
  /** The path of the list for the router. */
  readonly path: string;
  /** @throws Refusal where whoever asks has no business here */
  place(c: WebContext): Promise<RulePlace>;
  show(
    c: WebContext,
    page: { readonly title: string; readonly content: Child; readonly errors: Errors },
  ): Response | Promise<Response>;
  done(c: WebContext, text: string, to: string): Response;
  /** What a new rule begins with, e.g. from a message; undefined: nothing. */
  begin?(c: WebContext, like: string): Promise<RuleFields | undefined>;
}

const place = z.coerce.number().int().min(0).max(10_000);
const version = z.string().max(100).default("");
const oneForm = z.strictObject({ at: place, version });
const moveForm = z.strictObject({ at: place, version, to: place });
const switchForm = z.strictObject({ at: place, version, on: z.string().max(10).default("") });
const runForm = z.strictObject({
  rule: z
    .string()
    .regex(/^\d{0,5}$/)
    .default(""),
  folder: z.string().max(1_000),
  do: z.enum(["look", "run"]).default("look"),
});
const newQuery = z.object({ like: z.string().max(100).default("") });
const runQuery = z.object({ rule: z.string().max(5).catch(""), folder: z.string().max(1_000).catch("INBOX") });

export function rulePages(app: Hono<WebEnv>, room: RuleRoom): void {
  listPages(app, room);
  formPages(app, room);
  runPages(app, room);
}

function listPages(app: Hono<WebEnv>, room: RuleRoom): void {
  const { front, path } = room;
  app.get(path, async (c) => await showList(room, c, await room.place(c)));

  /** Does one change of the list; what is wrong stands above it. */
  const change = async (c: WebContext, work: (here: RulePlace) => Promise<string>) => {
    const here = await room.place(c);
    try {
      return room.done(c, await work(here), here.at);
    } catch (thrown) {
      return await showList(room, c, here, errorsFrom(thrown));
    }
  };

  app.post(`${path}/switch`, posted(switchForm), async (c) =>
    change(c, async ({ id }) => {
      const { at, version, on } = whole(c.req.valid("form"));
      const { rules } = await perform(front, c, listMailRules, { id });
      const rule = rules[at]?.rule;
      if (!rule) throw new Refusal("notFound", "There is no such rule. Load the page again.");
      await perform(front, c, setMailRule, { id, at, version, rule: { ...rule, enabled: on !== "" } });
      return on === "" ? t("The rule is switched off.") : t("The rule is switched on.");
    }),
  );

  app.post(`${path}/move`, posted(moveForm), async (c) =>
    change(c, async ({ id }) => {
      await perform(front, c, moveMailRule, { id, ...whole(c.req.valid("form")) });
      return t("The order is changed.");
    }),
  );

  app.post(`${path}/remove`, posted(oneForm), async (c) =>
    change(c, async ({ id }) => {
      await perform(front, c, removeMailRule, { id, ...whole(c.req.valid("form")) });
      return t("The rule is removed.");
    }),
  );
}

async function showList(room: RuleRoom, c: WebContext, here: RulePlace, errors: Errors = {}) {
  const list = await perform(room.front, c, listMailRules, { id: here.id });
  const { script, active, version, problem } = list;
  const part: RulesPart = {
    ...{ at: here.at, scriptsAt: here.scriptsAt, csrf: c.get("csrf"), version, script, active },
    ...{ problem: problem ?? undefined, rows: list.rules.map(rowOf) },
    error: Object.values(errors)[0],
  };
  return await room.show(c, { title: t("Mail rules"), content: <Rules part={part} />, errors });
}

const rowOf = ({ name, rule, text }: RuleList["rules"][number]) => ({
  ...{ name, text },
  words: rule === null ? undefined : { when: whenWords(rule), does: doesWords(rule), enabled: rule.enabled },
});

const NEW: RuleFields = {
  ...{ name: "", enabled: true, join: "all" },
  conditions: [{ ...EMPTY_CONDITION, what: "from" }],
  actions: [{ ...EMPTY_ACTION, does: "move" }],
};

function formPages(app: Hono<WebEnv>, room: RuleRoom): void {
  const { front, path } = room;

  app.get(`${path}/new`, asked(newQuery), async (c) => {
    const here = await room.place(c);
    const { version } = await perform(front, c, listMailRules, { id: here.id });
    const { like } = c.req.valid("query");
    const fields = like === "" ? undefined : await room.begin?.(c, like);
    return await showForm(room, c, { here, at: undefined, version, fields: fields ?? NEW });
  });

  app.get(`${path}/:rule{\\d+}`, async (c) => {
    const here = await room.place(c);
    const { rules, version } = await perform(front, c, listMailRules, { id: here.id });
    const at = Number(c.req.param("rule"));
    const rule = rules[at]?.rule;
    if (!rule) throw new Refusal("notFound", "There is no such rule. It may have been changed meanwhile.");
    return await showForm(room, c, { here, at, version, fields: fieldsFrom(rule) });
  });

  app.post(
    `${path}/new`,
    posted(ruleForm),
    async (c) => await takeForm(room, c, whole(c.req.valid("form")), undefined),
  );
  app.post(`${path}/:rule{\\d+}`, posted(ruleForm), async (c) =>
    takeForm(room, c, whole(c.req.valid("form")), Number(c.req.param("rule"))),
  );
}

async function takeForm(room: RuleRoom, c: WebContext, form: Sent, at: number | undefined): Promise<Response> {
  const here = await room.place(c);
  const { front } = room;
  const { id } = here;
  const { version } = form;
  const fields = fieldsOf(form);
  const shown = { here, at, version, fields };
  if (form.do !== "save" || form.drop !== undefined) return await showForm(room, c, shown);
  try {
    const rule = ruleFrom(fields);
    if (at === undefined) await perform(front, c, addMailRule, { id, version, rule });
    else await perform(front, c, setMailRule, { id, at, version, rule });
    return room.done(
      c,
      at === undefined ? t("The rule is made; it is the first one.") : t("The rule is saved."),
      here.at,
    );
  } catch (thrown) {
    const errors = thrown instanceof RowErrors ? thrown.errors : { "": Object.values(errorsFrom(thrown))[0] ?? "" };
    return await showForm(room, c, { ...shown, errors });
  }
}

interface ShownForm {
  readonly here: RulePlace;
  readonly at: number | undefined;
  readonly version: string;
  readonly fields: RuleFields;
  readonly errors?: Errors;
}

async function showForm(room: RuleRoom, c: WebContext, { here, at, version, fields, errors = {} }: ShownForm) {
  const form = {
    ...{ action: `${here.at}/${at ?? "new"}`, cancel: here.at, csrf: c.get("csrf") },
    ...{ version, fields, folders: here.folders, errors },
  };
  return await room.show(c, {
    title: at === undefined ? t("New rule") : t("Rule"),
    content: <RuleForm form={form} />,
    errors,
  });
}

function runPages(app: Hono<WebEnv>, room: RuleRoom): void {
  const { front, path } = room;

  app.get(`${path}/run`, asked(runQuery), async (c) => await showRun(room, c, c.req.valid("query")));

  app.get(`${path}/run/status`, async (c) => {
    const { id, at } = await room.place(c);
    const { run } = await perform(front, c, showRuleRun, { id });
    return c.html(run === null ? "" : <RuleRun part={{ at, csrf: c.get("csrf") }} run={run} />);
  });

  app.post(`${path}/run`, posted(runForm), async (c) => {
    const { id, at } = await room.place(c);
    const { rule, folder, do: what } = whole(c.req.valid("form"));
    try {
      await perform(front, c, runRules, { id, folder, rule: rule === "" ? null : Number(rule), apply: what === "run" });
    } catch (thrown) {
      return await showRun(room, c, { rule, folder }, errorsFrom(thrown));
    }
    return c.redirect(`${at}/run?${new URLSearchParams({ rule, folder })}`, 303);
  });

  app.post(`${path}/run/stop`, async (c) => {
    const { id, at } = await room.place(c);
    await perform(front, c, stopRuleRun, { id });
    return room.done(c, t("The run is stopped."), `${at}/run`);
  });

  app.post(`${path}/run/undo`, async (c) => {
    const { id, at } = await room.place(c);
    await perform(front, c, undoRuleRun, { id });
    return room.done(c, t("What was done is being taken back."), `${at}/run`);
  });
}

async function showRun(
  room: RuleRoom,
  c: WebContext,
  chosen: Pick<RuleRunPart, "rule" | "folder">,
  errors: Errors = {},
) {
  const { id, at, folders } = await room.place(c);
  const { rules } = await perform(room.front, c, listMailRules, { id });
  const { run } = await perform(room.front, c, showRuleRun, { id });
  const part: RuleRunPart = {
    ...{ at, csrf: c.get("csrf"), folders, ...chosen, run: run ?? undefined },
    rules: rules.flatMap(({ name, rule }, at) =>
      rule === null ? [] : [{ value: String(at), label: name || t("Rule {at}", { at: at + 1 }) }],
    ),
    error: Object.values(errors)[0],
  };
  return await room.show(c, { title: t("Run on a folder"), content: <RunOnFolder part={part} />, errors });
}
