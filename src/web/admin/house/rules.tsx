/** Rules of the house: order, one rule's page, and what they would do with a message. Mounted by house.tsx at /admin/house/rules. */
import { Hono } from "hono";
import { z } from "zod";
import { Confirm, ConfirmForm, type Question } from "../../../../views/admin/confirm.tsx";
import {
  HOUSE_RULES,
  type HouseRuleLine,
  HouseRules,
  HouseRuleView,
  type HouseTest,
  ROWS,
} from "../../../../views/admin/house/rules.tsx";
import {
  addHouseRule,
  type HouseRuleView as HouseRule,
  type HouseTrial,
  listHouseRules,
  moveHouseRule,
  removeHouseRule,
  setHouseRule,
  showHouseRule,
  tryHouseRules,
} from "../../../administration/house/rules.ts";
import { type WebContext, type WebEnv, wantsFragment } from "../../context.ts";
import {
  anyFields,
  asked,
  type Errors,
  errorsFrom,
  type Fields,
  oneOf,
  posted,
  statusFrom,
  whole,
} from "../../form.ts";
import { doneAt, perform } from "../../performing.ts";
import type { Front } from "../../site.ts";
import { listOf, parsed } from "../gateway/fields.ts";
import { movedTo, orderForm } from "../gateway/order.ts";
import { adminFrame, idOf } from "../office.ts";

const NEW: HouseRuleLine = {
  ...{ id: 0, position: 0, name: "", enabled: true, direction: "in", match: "all", conditions: [], actions: [] },
  ...{ last: false, hits: 0 },
};

/** Beginnings of rules that most houses want. */
const LIKE: Readonly<Record<string, HouseRuleLine>> = {
  programs: {
    ...NEW,
    name: "No programs by mail",
    conditions: [{ on: "attachment", not: false, value: "dangerous" }],
    actions: [{ do: "remove", value: "" }],
  },
  macros: {
    ...NEW,
    name: "Macros and passwords",
    match: "any",
    conditions: ["macro", "encrypted"].map((value) => ({ on: "attachment", not: false, value })),
    actions: [{ do: "warn", value: "" }],
  },
  outside: {
    ...NEW,
    name: "From outside",
    actions: [{ do: "subject", value: "[extern]" }],
  },
};
const newQuery = z.object({ like: oneOf("", "programs", "macros", "outside") });

const SAMPLE =
  "From: ann@example.com\nSubject: Your invoice\nMIME-Version: 1.0\nContent-Type: application/octet-stream; name=invoice.pdf.exe\n\nMZ";
const EMPTY: HouseTest = { from: "ann@example.com", to: "", direction: "in", message: SAMPLE, errors: {} };

const numbers = (most: number): number[] => Array.from({ length: most }, (_, at) => at);

/** What the form says; the operation judges it. Rows without a choice do not count. */
const ruleFrom = (fields: Fields): Record<string, unknown> => ({
  ...{ name: fields.name ?? "", direction: fields.direction ?? "", match: fields.match ?? "all" },
  ...{ enabled: fields.enabled !== undefined, last: fields.last !== undefined },
  conditions: numbers(ROWS.conditions)
    .filter((at) => fields[`on${at}`])
    .map((at) => ({ on: fields[`on${at}`], not: fields[`not${at}`] !== undefined, value: fields[`value${at}`] ?? "" })),
  actions: numbers(ROWS.actions)
    .filter((at) => fields[`do${at}`])
    .map((at) => ({ do: fields[`do${at}`], value: fields[`with${at}`] ?? "" })),
});

const answerOf = ({ outcome, refusal, done, files }: HouseTrial): NonNullable<HouseTest["answer"]> => ({
  kind: outcome === "refused" ? "danger" : outcome === "changed" ? "warn" : "ok",
  title: outcome === "nothing" ? "No rule fits" : outcome === "refused" ? "It is refused" : "Rules fit",
  lines: [...done, ...(refusal === "" ? [] : [`The other server is told: ${refusal}`]), ...files],
});

export const houseRuleRoutes = (front: Front): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();

  const showList = async (c: WebContext, test: HouseTest = EMPTY) => {
    const { rules } = await perform(front, c, listHouseRules, {});
    return c.html(<HouseRules frame={adminFrame(front, c)} rules={rules} test={test} />);
  };

  const show = (
    c: WebContext,
    rule: HouseRuleLine,
    typed?: Fields,
    errors: Errors = {},
    status: 200 | 403 | 422 = 200,
  ) => {
    const isNew = rule.id === 0;
    const action = isNew ? `${HOUSE_RULES}/new` : `${HOUSE_RULES}/${rule.id}`;
    const form = { csrf: c.get("csrf"), action, errors, ...(typed && { typed }) };
    return c.html(<HouseRuleView frame={adminFrame(front, c)} page={{ rule, isNew, form }} />, status);
  };

  const ruleOf = (c: WebContext): Promise<HouseRule> => perform(front, c, showHouseRule, { id: idOf(c) ?? 0 });

  app.get("/", (c) => showList(c));

  app.post("/try", posted(anyFields), async (c) => {
    const { fields } = c.req.valid("form");
    const { from = "", to = "", direction = "in", message = "" } = fields;
    const typed = { from, to, direction, message, errors: {} };
    try {
      const given = { from, to: listOf(to), direction, message };
      const answer = await perform(front, c, tryHouseRules, parsed(tryHouseRules.input, given));
      return await showList(c, { ...typed, answer: answerOf(answer) });
    } catch (thrown) {
      return await showList(c, { ...typed, errors: errorsFrom(thrown) });
    }
  });

  app.post("/order", posted(orderForm), async (c) => {
    const { id, way } = whole(c.req.valid("form"));
    const { position, name } = await perform(front, c, showHouseRule, { id });
    await perform(front, c, moveHouseRule, { id, position: movedTo(position, way) });
    if (c.req.header("hx-request") === "true") return await showList(c);
    return doneAt(front, c, `${name} was moved ${way}.`, HOUSE_RULES);
  });

  app.get("/new", asked(newQuery), (c) => show(c, LIKE[c.req.valid("query").like] ?? NEW));

  app.post("/new", posted(anyFields), async (c) => {
    const { fields } = c.req.valid("form");
    try {
      const given = parsed(addHouseRule.input.omit({ position: true }), ruleFrom(fields));
      const made = await perform(front, c, addHouseRule, given);
      return doneAt(front, c, `The rule ${made.name} holds from now on.`, HOUSE_RULES);
    } catch (thrown) {
      return show(c, NEW, fields, errorsFrom(thrown), statusFrom(thrown));
    }
  });

  app.get("/:id{\\d+}", async (c) => show(c, await ruleOf(c)));

  app.post("/:id{\\d+}", posted(anyFields), async (c) => {
    const rule = await ruleOf(c);
    const { fields } = c.req.valid("form");
    try {
      const change = parsed(setHouseRule.input, { ...ruleFrom(fields), id: rule.id });
      const after = await perform(front, c, setHouseRule, change);
      return doneAt(front, c, `The rule ${after.name} was changed.`, HOUSE_RULES);
    } catch (thrown) {
      return show(c, rule, fields, errorsFrom(thrown), statusFrom(thrown));
    }
  });

  app.get("/:id{\\d+}/remove", async (c) => {
    const rule = await ruleOf(c);
    const question: Question = {
      title: `Remove the rule ${rule.name}?`,
      text: "Mail that it fitted goes its usual way from then on. It can be switched off instead, and kept.",
      action: `${HOUSE_RULES}/${rule.id}/remove`,
      doIt: "Remove the rule",
      back: `${HOUSE_RULES}/${rule.id}`,
    };
    if (wantsFragment(c)) return c.html(<ConfirmForm question={question} csrf={c.get("csrf")} />);
    return c.html(<Confirm frame={adminFrame(front, c)} place="house" question={question} />);
  });

  app.post("/:id{\\d+}/remove", async (c) => {
    const rule = await ruleOf(c);
    await perform(front, c, removeHouseRule, { id: rule.id });
    return doneAt(front, c, `The rule ${rule.name} was removed.`, HOUSE_RULES);
  });

  return app;
};
