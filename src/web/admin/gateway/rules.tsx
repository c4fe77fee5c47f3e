/** The rules of the gateway: order, one rule's page, and what would happen to somebody. Mounted by gateway.tsx at /admin/gateway/rules. */
import { Hono } from "hono";
import { z } from "zod";
import { Confirm, ConfirmForm, type Question } from "../../../../views/admin/confirm.tsx";
import { RULES, type RuleLine, Rules, type RuleTest, RuleView } from "../../../../views/admin/gateway/rules.tsx";
import { listPeopleGroups } from "../../../administration/gateway/groups.ts";
import { listHostLists } from "../../../administration/gateway/lists.ts";
import {
  addRule,
  listRules,
  moveRule,
  type RuleView as Rule,
  removeRule,
  setRule,
  showRule,
} from "../../../administration/gateway/rules.ts";
import { type TripAnswer, tryTrip } from "../../../administration/gateway/try.ts";
import { type WebContext, type WebEnv, wantsFragment } from "../../context.ts";
import { anyFields, asked, type Errors, errorsFrom, type Fields, posted, statusFrom, whole } from "../../form.ts";
import { doneAt, perform } from "../../performing.ts";
import type { Front } from "../../site.ts";
import { adminFrame, idOf } from "../office.ts";
import { linesOf, listOf, parsed, peopleOf, tickedOf } from "./fields.ts";
import { movedTo, orderForm } from "./order.ts";

const word = (most: number) =>
  z
    .string()
    .default("")
    .transform((text) => text.trim().slice(0, most));
const testQuery = z.object({
  user: word(128),
  address: word(60),
  host: word(300),
  port: word(6),
  path: word(2_000),
  time: word(30),
});

const NEW: RuleLine = {
  ...{ id: 0, position: 0, name: "", enabled: true, text: "", action: "bar", from: "", to: "" },
  ...{
    users: [],
    groups: [],
    networks: [],
    services: [],
    hosts: [],
    ports: [],
    urls: [],
    schemes: [],
    days: [],
    everything: false,
  },
};

/** What the form says; the operation judges it. */
const ruleFrom = (fields: Fields): Record<string, unknown> => ({
  ...Object.fromEntries(["name", "action", "text", "from", "to"].map((name) => [name, fields[name] ?? ""])),
  enabled: fields.enabled !== undefined,
  users: listOf(fields.users),
  networks: listOf(fields.networks),
  hosts: [...linesOf(fields.hosts), ...tickedOf(fields, "list").map((name) => `list:${name}`)],
  everything: fields.everything !== undefined,
  ports: listOf(fields.ports),
  urls: linesOf(fields.urls),
  groups: tickedOf(fields, "group"),
  services: tickedOf(fields, "service"),
  schemes: tickedOf(fields, "scheme"),
  days: tickedOf(fields, "day"),
});

const KINDS = { allow: "ok", warn: "warn", bar: "danger" } as const;
const TITLES = { allow: "Goes through", warn: "Is warned first", bar: "Does not go through" } as const;

const answerOf = ({ outcome, sentence, rule }: TripAnswer): NonNullable<RuleTest["answer"]> => ({
  kind: KINDS[outcome],
  title: TITLES[outcome],
  sentence,
  ...(rule && { rule }),
});

/** A moment as a field for date and time holds it, where the server is. */
const localTime = (at: number): string => {
  const date = new Date(at);
  const two = (part: number) => String(part).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`;
};

export const ruleRoutes = (front: Front): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();

  const trial = async (c: WebContext, query: z.output<typeof testQuery>): Promise<RuleTest> => {
    const typed = { ...query, errors: {} };
    if (query.host === "") return typed;
    const { time, port, ...rest } = query;
    try {
      const wishes = { ...(port !== "" && { port: Number(port) }), ...(time !== "" && { time }) };
      const answer = await perform(front, c, tryTrip, { ...rest, ...wishes });
      return { ...typed, answer: answerOf(answer) };
    } catch (thrown) {
      return { ...typed, errors: errorsFrom(thrown) };
    }
  };

  const showList = async (c: WebContext, query: z.output<typeof testQuery>) => {
    const { rules } = await perform(front, c, listRules, {});
    const page = { rules, test: await trial(c, query) };
    return c.html(<Rules frame={adminFrame(front, c)} page={page} now={localTime(front.deps.now())} />);
  };

  const show = async (
    c: WebContext,
    rule: RuleLine,
    typed?: Fields,
    errors: Errors = {},
    status: 200 | 403 | 422 = 200,
  ) => {
    const { groups } = await perform(front, c, listPeopleGroups, {});
    const { lists } = await perform(front, c, listHostLists, {});
    const isNew = rule.id === 0;
    const action = isNew ? `${RULES}/new` : `${RULES}/${rule.id}`;
    const page = {
      ...{ rule, isNew },
      people: await peopleOf(front, c),
      groups: groups.map(({ name }) => name),
      lists: lists.map(({ name }) => name),
      form: { csrf: c.get("csrf"), action, errors, ...(typed && { typed }) },
    };
    return c.html(<RuleView frame={adminFrame(front, c)} page={page} />, status);
  };

  const ruleOf = (c: WebContext): Promise<Rule> => perform(front, c, showRule, { id: idOf(c) ?? 0 });

  app.get("/", asked(testQuery), (c) => showList(c, c.req.valid("query")));

  app.post("/order", posted(orderForm), async (c) => {
    const { id, way } = whole(c.req.valid("form"));
    const { position, name } = await perform(front, c, showRule, { id });

    await perform(front, c, moveRule, { id, position: movedTo(position, way) });
    if (c.req.header("hx-request") === "true") return await showList(c, testQuery.parse({}));
    return doneAt(front, c, `${name} was moved ${way}.`, RULES);
  });

  app.get("/new", (c) => show(c, NEW));

  app.post("/new", posted(anyFields), async (c) => {
    const { fields } = c.req.valid("form");
    try {
      const made = await perform(front, c, addRule, parsed(addRule.input.omit({ position: true }), ruleFrom(fields)));
      return doneAt(front, c, `The rule ${made.name} holds from now on.`, RULES);
    } catch (thrown) {
      return await show(c, NEW, fields, errorsFrom(thrown), statusFrom(thrown));
    }
  });

  app.get("/:id{\\d+}", async (c) => show(c, await ruleOf(c)));

  app.post("/:id{\\d+}", posted(anyFields), async (c) => {
    const rule = await ruleOf(c);
    const { fields } = c.req.valid("form");
    try {
      const change = parsed(setRule.input, { ...ruleFrom(fields), id: rule.id });
      const after = await perform(front, c, setRule, change);
      return doneAt(front, c, `The rule ${after.name} was changed.`, RULES);
    } catch (thrown) {
      return await show(c, rule, fields, errorsFrom(thrown), statusFrom(thrown));
    }
  });

  app.get("/:id{\\d+}/remove", async (c) => {
    const rule = await ruleOf(c);
    const question: Question = {
      title: `Remove the rule ${rule.name}?`,
      text: "From then on the rules behind it decide what it decided. It can be switched off instead, and kept.",
      action: `${RULES}/${rule.id}/remove`,
      doIt: "Remove the rule",
      back: `${RULES}/${rule.id}`,
    };
    if (wantsFragment(c)) return c.html(<ConfirmForm question={question} csrf={c.get("csrf")} />);
    return c.html(<Confirm frame={adminFrame(front, c)} place="gateway/rules" question={question} />);
  });

  app.post("/:id{\\d+}/remove", async (c) => {
    const rule = await ruleOf(c);
    await perform(front, c, removeRule, { id: rule.id });
    return doneAt(front, c, `The rule ${rule.name} was removed.`, RULES);
  });

  return app;
};
