/** External user databases: LDAP directories that decide about passwords, their tests, and the import of their users. */
import { z } from "zod";
import { databaseName, databasePatchSchema, databaseSchema } from "../../auth/external/database.ts";
import type { UserDatabase } from "../../auth/external/databases.ts";
import type { PlanItem } from "../../auth/external/plan.ts";
import { PLAN_ACTIONS, type RunReport } from "../../auth/external/report.ts";
import { ADMINISTRATOR } from "../../directory/permissions.ts";
import { Refusal } from "../../refusal.ts";
import { type Context, operation } from "../operation.ts";
import { paging, switched, textOfTime, timeText } from "../values.ts";
import { COVER } from "./secrets.ts";

const named = z.strictObject({ name: z.string().trim().min(1).max(100) });
const bindPassword = z
  .string()
  .max(1_024, "The password is too long.")
  .optional()
  .describe("Of the bind DN. It is kept and never shown; empty takes it away.");

const planAction = z.enum(PLAN_ACTIONS);
const times = { startedAt: timeText, endedAt: timeText };
const count = z.number().int();

const runView = z.object({
  kind: z.enum(["import", "synchronisation"]),
  ...times,
  created: count,
  updated: count,
  disabled: count,
  left: count,
  problems: z.array(z.string()).describe("What could not be done and why, the first of them."),
  problemCount: count,
  failure: z.string().describe("Why nothing was done at all; empty if the run went through."),
});
export type RunView = z.output<typeof runView>;

const progressView = z.object({
  kind: z.enum(["import", "synchronisation"]),
  startedAt: timeText,
  phase: z.enum(["reading", "changing"]),
  done: count,
  total: count,
});

/** A user database, without its password. */
const userDatabaseView = z.object({
  ...databaseSchema.shape,
  name: z.string(),
  hasBindPassword: z.boolean(),
  users: count.describe("Users here who come from it."),
  lastRun: runView.nullable(),
  progress: progressView.nullable().describe("The run that is under way."),
});
export type UserDatabaseView = z.output<typeof userDatabaseView>;

const planItem = z.object({
  id: z.string().describe("Names the entry in an import."),
  action: planAction,
  login: z.string(),
  fullName: z.string(),
  dn: z.string(),
  template: z.string(),
  addresses: z.array(z.string()),
  fields: z.array(z.object({ name: z.string(), from: z.string(), to: z.string() })),
  notes: z.array(z.string()),
});
export type PlanItemView = z.output<typeof planItem>;

const trialStep = z.object({
  name: z.string(),
  state: z.enum(["good", "doubtful", "bad"]),
  text: z.string(),
  details: z.array(z.string()),
});

export const listUserDatabases = operation({
  name: "userDatabase.list",
  summary: "Lists the external user databases, in the order in which they are asked.",
  http: "GET /user-databases",
  scope: "server:read",
  who: "administrator",
  input: z.strictObject({}),
  output: z.object({ databases: z.array(userDatabaseView) }),
  run: (context) => ({ databases: context.userDatabases.databases.list().map((one) => viewOf(context, one)) }),
});

export const showUserDatabase = operation({
  name: "userDatabase.show",
  summary: "Shows an external user database.",
  http: "GET /user-databases/{name}",
  scope: "server:read",
  who: "administrator",
  input: named,
  output: userDatabaseView,
  run: (context, { name }) => viewOf(context, context.userDatabases.databases.require(name)),
});

export const addUserDatabase = operation({
  name: "userDatabase.add",
  summary: "Adds an external user database. What its kind of server needs is filled in.",
  http: "POST /user-databases",
  scope: "server:write",
  who: "administrator",
  input: z.strictObject({
    ...databasePatchSchema.shape,
    name: databaseName,
    servers: databaseSchema.shape.servers,
    bindPassword,
  }),
  output: userDatabaseView,
  async run(context, { name, ...given }) {
    const made = await context.commit((tx, note) => {
      const after = context.userDatabases.databases.createWithin(tx, name, given);
      refuseTemplates(context, after);
      note({ subject: subjectOf(after), after: recorded(after) });
      return after;
    });
    return viewOf(context, made);
  },
});

export const setUserDatabase = operation({
  name: "userDatabase.set",
  summary: "Changes an external user database. A new kind brings what that kind of server needs.",
  http: "PATCH /user-databases/{name}",
  scope: "server:write",
  who: "administrator",
  input: z.strictObject({ ...databasePatchSchema.shape, ...named.shape, bindPassword }),
  output: userDatabaseView,
  async run(context, { name, ...change }) {
    const { databases } = context.userDatabases;
    const after = await context.commit((tx, note) => {
      const before = databases.require(name);
      const secret = databases.bindPassword(before.id);
      const changed = databases.updateWithin(tx, name, change);
      if (change.rules !== undefined || change.template !== undefined) refuseTemplates(context, changed);
      const another = change.bindPassword !== undefined && change.bindPassword !== secret;
      const replaced = another && secret !== "" && change.bindPassword !== "";
      const is = { ...recorded(changed), ...(replaced && { bindPassword: `${COVER} (another one)` }) };
      note({ subject: subjectOf(before), before: recorded(before), after: is });
      return changed;
    });
    return viewOf(context, after);
  },
});

/** Users that one commit makes local ones. */
const AT_A_TIME = 50;

export const removeUserDatabase = operation({
  name: "userDatabase.remove",
  summary: "Removes an external user database. Its users, if any, become local ones who need a new password.",
  http: "DELETE /user-databases/{name}",
  scope: "server:write",
  who: "administrator",
  input: z.strictObject({
    ...named.shape,
    keepUsers: switched
      .default(false)
      .describe("Go on though it has users: they become local ones without a password."),
  }),
  output: z.object({}),
  async run(context, { name, keepUsers }) {
    const { databases } = context.userDatabases;
    const { users } = context.directory;
    const database = databases.require(name);
    if (context.userDatabases.progress(name) !== undefined)
      throw new Refusal("inUse", "An import is under way; wait until it is done.");
    const there = users.countExternal(database.name);
    if (there > 0 && !keepUsers) {
      const sentence = `${there} users come from ${database.name}. Remove them first, or say that they are to be kept as local users without a password.`;
      throw new Refusal("inUse", sentence, { temporary: false });
    }
    // While its users are taken out nobody new may come in.
    if (there > 0) await context.store.commit((tx) => databases.updateWithin(tx, name, { enabled: false }));
    for (let some = users.ofExternal(database.name, 0, AT_A_TIME); some.length > 0; ) {
      await context.commit((tx, note) => {
        for (const user of some) {
          users.updateWithin(tx, user.login, { external: null });
          note({ subject: `user ${user.login}`, before: { external: user.external }, after: { external: null } });
        }
      });
      some = users.ofExternal(database.name, 0, AT_A_TIME);
    }
    await context.commit((tx, note) => {
      note({ subject: subjectOf(database), before: recorded(database) });
      databases.removeWithin(tx, name);
    });
    return {};
  },
});

export const orderUserDatabases = operation({
  name: "userDatabase.order",
  summary: "Says in which order the external user databases are asked.",
  http: "PUT /user-databases",
  scope: "server:write",
  who: "administrator",
  input: z.strictObject({ names: z.array(z.string().max(100)).max(100).describe("Those not named come behind.") }),
  output: z.object({ names: z.array(z.string()) }),
  async run(context, { names }) {
    const { databases } = context.userDatabases;
    const order = () => databases.list().map(({ name }) => name);
    const after = await context.commit((tx, note) => {
      const before = order();
      databases.orderWithin(tx, names);
      note({ subject: "user databases", before: { order: before }, after: { order: order() } });
      return order();
    });
    return { names: after };
  },
});

export const testUserDatabase = operation({
  name: "userDatabase.test",
  summary: "Tries an external user database step by step, and a login with it, and says what was found.",
  http: "POST /user-databases/{name}/test",
  scope: "server:write",
  who: "administrator",
  input: z.strictObject({
    ...named.shape,
    login: z.string().max(512).optional().describe("Whose login is tried as well."),
    password: z.string().max(1_024).optional(),
  }),
  output: z.object({ steps: z.array(trialStep), good: z.boolean() }),
  async run(context, { name, ...trial }) {
    const { databases } = context.userDatabases;
    const database = databases.require(name);
    const steps = await context.userDatabases.try(database, databases.bindPassword(database.id), trial);
    const good = steps.every(({ state }) => state !== "bad");
    return { steps: steps.map((step) => ({ ...step, details: [...step.details] })), good };
  },
});

export const previewUserDatabase = operation({
  name: "userDatabase.preview",
  summary: "Reads everybody in an external user database and says what an import would do, changing nothing.",
  http: "GET /user-databases/{name}/preview",
  scope: "server:read",
  who: "administrator",
  input: z.strictObject({
    ...named.shape,
    ...paging,
    action: planAction.optional().describe("Only entries with which this would be done."),
    search: z.string().trim().max(200).default("").describe("Part of a login name, a full name or an address."),
  }),
  output: z.object({
    counts: z.record(planAction, count),
    items: z.array(planItem),
    total: count.describe("Entries that fit, on all pages."),
  }),
  async run(context, { name, page, pageSize, action, search }) {
    const { items, counts } = await context.userDatabases.preview(name);
    const wanted = search.toLowerCase();
    const fitting = items.filter(
      (item) =>
        (action === undefined || item.action === action) &&
        (wanted === "" ||
          [item.login, item.fullName, ...item.addresses].some((text) => text.toLowerCase().includes(wanted))),
    );
    const shown = fitting.slice((page - 1) * pageSize, page * pageSize);
    return { counts, items: shown.map(itemOf), total: fitting.length };
  },
});

const waits = switched
  .default(true)
  .describe("Answer when it is done; otherwise at once, and `run` tells how far it is.");
const runAnswer = z.object({ report: runView.nullable().describe("Null while it is under way.") });

export const importUserDatabase = operation({
  name: "userDatabase.import",
  summary: "Creates and changes users as an external user database says: those that are named, or all with an action.",
  http: "POST /user-databases/{name}/import",
  scope: "server:write",
  who: "administrator",
  input: z.strictObject({
    ...named.shape,
    entries: z.array(z.string().max(1_000)).max(100_000).optional().describe("Entries, by their id in the preview."),
    actions: z
      .array(z.enum(["create", "update", "disable"]))
      .max(3)
      .optional()
      .describe("All entries with these actions."),
    wait: waits,
  }),
  output: runAnswer,
  async run(context, { name, entries = [], actions = [], wait }) {
    if (entries.length + actions.length === 0) throw new Refusal("invalid", "Say what to import.");
    const choice = { keys: new Set(entries), ...(actions.length > 0 && { actions: new Set(actions) }) };
    return await ran(context, wait, context.userDatabases.import(name, choice, context.commit));
  },
});

export const synchroniseUserDatabase = operation({
  name: "userDatabase.synchronise",
  summary: "Does now what the scheduled synchronisation does.",
  http: "POST /user-databases/{name}/synchronisation",
  scope: "server:write",
  who: "administrator",
  input: z.strictObject({ ...named.shape, wait: waits }),
  output: runAnswer,
  run: (context, { name, wait }) => ran(context, wait, context.userDatabases.synchronise(name, context.commit)),
});

/** The end of a run, or its beginning. */
async function ran(context: Context, wait: boolean, run: Promise<RunReport>): Promise<{ report: RunView | null }> {
  if (wait) return { report: runOf(await run) };
  run.catch((fault: unknown) => context.store.events.fault("administration", "import users", fault));
  return { report: null };
}

/** No template that is not there, and none that makes administrators by accident. @throws Refusal "invalid" */
function refuseTemplates({ directory }: Context, { rules, template }: UserDatabase): void {
  const wanted = [...rules, ...(template === "" ? [] : [{ group: "", template, administrator: false }])];
  for (const { template: name, group, administrator } of wanted) {
    const found = directory.users.get(name);
    if (found?.kind !== "template") throw new Refusal("invalid", `There is no template "${name}".`);
    if (!found.permissions.has(ADMINISTRATOR) || administrator) continue;
    throw new Refusal(
      "invalid",
      group === ""
        ? `The template "${name}" makes administrators; that is for a group only.`
        : `The template "${name}" makes administrators. Say at the group "${group}" that it may.`,
    );
  }
}

function viewOf(
  { directory, userDatabases }: Context,
  { id: _, lastRun, ...database }: UserDatabase,
): UserDatabaseView {
  const progress = userDatabases.progress(database.name);
  return {
    ...database,
    users: directory.users.countExternal(database.name),
    lastRun: lastRun && runOf(lastRun),
    progress: progress === undefined ? null : { ...progress, startedAt: textOfTime(progress.startedAt) },
  };
}

function itemOf({ key, work: _, addresses, fields, notes, ...item }: PlanItem): PlanItemView {
  return { ...item, id: key, addresses: [...addresses], fields: [...fields], notes: [...notes] };
}

function runOf({ startedAt, endedAt, problems, ...report }: RunReport): RunView {
  return { ...report, problems: [...problems], startedAt: textOfTime(startedAt), endedAt: textOfTime(endedAt) };
}

/** What the audit log keeps. */
function recorded({ id: _, name: _n, lastRun: _l, hasBindPassword, ...properties }: UserDatabase): object {
  return { ...properties, bindPassword: hasBindPassword ? COVER : "" };
}

function subjectOf({ name }: UserDatabase): string {
  return `user database ${name}`;
}

export const userDatabaseOperations = [
  listUserDatabases,
  showUserDatabase,
  addUserDatabase,
  setUserDatabase,
  removeUserDatabase,
  orderUserDatabases,
  testUserDatabase,
  previewUserDatabase,
  importUserDatabase,
  synchroniseUserDatabase,
] as const;
