/** `gatepost userdb`: external user databases, LDAP directories and Active Directory. */
import {
  addUserDatabase,
  importUserDatabase,
  listUserDatabases,
  orderUserDatabases,
  type PlanItemView,
  previewUserDatabase,
  type RunView,
  removeUserDatabase,
  setUserDatabase,
  showUserDatabase,
  synchroniseUserDatabase,
  testUserDatabase,
  type UserDatabaseView,
} from "../administration/server/user-databases.ts";
import { PLAN_ACTIONS } from "../auth/external/report.ts";
import { Refusal } from "../refusal.ts";
import { read } from "./certificate.ts";
import {
  type Command,
  type Context,
  everyPage,
  passwordFrom,
  printOne,
  printRows,
  textOf,
  textsOf,
  UsageError,
} from "./command.ts";
import { assignments, patchFrom, propertiesOf } from "./properties.ts";

const properties = setUserDatabase.input.omit({ name: true, bindPassword: true, rules: true });
const PROPERTIES = propertiesOf(properties);
const RULES = { rule: { type: "string", multiple: true }, "no-rules": { type: "boolean" } } as const;

/** What words and options say is to be changed. @throws UsageError, Refusal */
function changeFrom(context: Context, words: readonly string[]): Record<string, unknown> {
  const rules = textsOf(context.values, "rule").map(ruleFrom);
  return {
    ...patchFrom(properties, assignments(words)),
    ...(rules.length > 0 && { rules }),
    ...(context.values["no-rules"] === true && { rules: [] }),
  };
}

/** TEMPLATE:GROUP, or TEMPLATE!:GROUP where the template may make administrators. @throws UsageError */
function ruleFrom(text: string): { template: string; group: string; administrator: boolean } {
  const [, template = "", mark = "", group = ""] = /^([^:!]+)(!?):(.+)$/.exec(text) ?? [];
  if (group === "") throw new UsageError(`“${text}” is not of the form TEMPLATE:GROUP.`);
  return { template, group, administrator: mark === "!" };
}

function flat({ rules, lastRun, progress, certificate, ...one }: UserDatabaseView): Record<string, unknown> {
  const written = rules.map(({ template, group, administrator }) => `${template}${administrator ? "!" : ""}:${group}`);
  const run = lastRun === null ? "" : `${lastRun.endedAt} ${wordsFor(lastRun)}`;
  const way = progress === null ? "" : `${progress.kind}, ${progress.done} of ${progress.total}`;
  return {
    ...one,
    certificate: certificate === "" ? "" : "set",
    rules: written.join("; "),
    lastRun: run,
    progress: way,
  };
}

function wordsFor({ failure, created, updated, disabled, left, problemCount }: RunView): string {
  if (failure !== "") return failure;
  return `${created} created, ${updated} updated, ${disabled} switched off, ${left} left as they were, ${problemCount} problems.`;
}

/** Says what a run did. @throws Refusal where nothing was done */
function tell(context: Context, report: RunView | null): void {
  if (report === null) return;
  if (context.json) printOne(context, report);
  else for (const line of [...report.problems, wordsFor(report)]) context.out(line);
  if (report.failure !== "") throw new Refusal("temporary", report.failure);
}

function lineOf({
  action,
  login,
  fullName,
  template,
  addresses,
  fields,
  notes,
}: PlanItemView): Record<string, unknown> {
  const changes = fields.map(({ name, from, to }) => `${name}: ${from || "(none)"} → ${to}`);
  const about = [...addresses, ...(template === "" ? [] : [`template ${template}`]), ...changes, ...notes];
  return { action, login, fullName, what: about.join("; ") };
}

const nameOf = ({ args }: Context) => ({ name: args[0] ?? "" });

/** The password on standard input, where it is announced. */
const secretFrom = async (context: Context) =>
  context.values["password-stdin"] === true ? { bindPassword: await passwordFrom(context) } : {};

export const userDatabase = {
  name: "userdb",
  summary: "External user databases: LDAP directories that decide about passwords.",
  actions: {
    add: {
      usage: "NAME servers=URL,… base=DN [PROPERTY=VALUE…] [--rule TEMPLATE:GROUP]… [--password-stdin]",
      summary: "Adds a user database. The password on standard input is that of the bind DN.",
      options: { ...RULES, "password-stdin": { type: "boolean" } },
      properties: PROPERTIES,
      arity: [2, 60],
      performs: [addUserDatabase],
      run: async (context) => {
        const [name = "", ...words] = context.args;
        const given = { servers: [], ...changeFrom(context, words), ...(await secretFrom(context)) };
        const made = await context.perform(addUserDatabase, { ...given, name });
        if (context.json) printOne(context, made);
        else context.out(`Added ${made.name}. Try it: gatepost userdb test ${made.name}`);
      },
    },
    set: {
      usage: "NAME [PROPERTY=VALUE…] [--rule TEMPLATE:GROUP]… [--no-rules] [--password-stdin]",
      summary: "Changes properties; rules replace those there were. TEMPLATE!:GROUP may make administrators.",
      options: { ...RULES, "password-stdin": { type: "boolean" } },
      properties: PROPERTIES,
      arity: [1, 60],
      performs: [setUserDatabase],
      run: async (context) => {
        const [name = "", ...words] = context.args;
        const change = { ...changeFrom(context, words), ...(await secretFrom(context)) };
        const after = await context.perform(setUserDatabase, { ...change, name });
        if (context.json) printOne(context, after);
      },
    },
    password: {
      usage: "NAME --password-stdin",
      summary: "Sets the password of the bind DN.",
      options: { "password-stdin": { type: "boolean" } },
      arity: [1, 1],
      performs: [setUserDatabase],
      run: async (context) => {
        await context.perform(setUserDatabase, { ...nameOf(context), bindPassword: await passwordFrom(context) });
        if (!context.json) context.out("The password of the bind DN is set.");
      },
    },
    trust: {
      usage: "NAME FILE",
      summary: "Trusts the authority (PEM) that made the servers' certificates.",
      arity: [2, 2],
      performs: [setUserDatabase],
      run: async (context) => {
        await context.perform(setUserDatabase, { ...nameOf(context), certificate: read(context.args[1] ?? "") });
        if (!context.json) context.out("The authority is trusted for these servers.");
      },
    },
    list: {
      usage: "",
      summary: "Lists the user databases, in the order in which they are asked.",
      arity: [0, 0],
      performs: [listUserDatabases],
      run: async (context) => {
        const { databases } = await context.perform(listUserDatabases, {});
        const rows = context.json ? databases : databases.map(flat);
        printRows(context, rows, [
          "name",
          "kind",
          "enabled",
          "servers",
          "users",
          "autoCreate",
          "syncMinutes",
          "lastRun",
        ]);
      },
    },
    show: {
      usage: "NAME",
      summary: "Shows everything that is set, but no password.",
      arity: [1, 1],
      performs: [showUserDatabase],
      run: async (context) => {
        const one = await context.perform(showUserDatabase, nameOf(context));
        printOne(context, context.json ? one : flat(one));
      },
    },
    remove: {
      usage: "NAME [--keep-users]",
      summary: "Removes a user database; users that are kept become local ones without a password.",
      options: { "keep-users": { type: "boolean" } },
      arity: [1, 1],
      performs: [removeUserDatabase],
      run: async (context) => {
        const keepUsers = context.values["keep-users"] === true;
        await context.perform(removeUserDatabase, { ...nameOf(context), keepUsers });
        if (!context.json) context.out(`Removed the user database ${context.args[0]}`);
      },
    },
    order: {
      usage: "NAME…",
      summary: "Says in which order the user databases are asked.",
      arity: [1, 100],
      performs: [orderUserDatabases],
      run: async (context) => {
        const { names } = await context.perform(orderUserDatabases, { names: [...context.args] });
        if (context.json) context.out(JSON.stringify(names));
        else context.out(names.join(", "));
      },
    },
    test: {
      usage: "NAME [--login LOGIN] [--password-stdin]",
      summary: "Tries everything step by step, and says what was found.",
      options: { login: { type: "string" }, "password-stdin": { type: "boolean" } },
      arity: [1, 1],
      performs: [testUserDatabase],
      run: async (context) => {
        const login = textOf(context.values, "login");
        const password = context.values["password-stdin"] === true ? await passwordFrom(context) : undefined;
        const trial = { ...(login !== undefined && { login }), ...(password !== undefined && { password }) };
        const { steps, good } = await context.perform(testUserDatabase, { ...nameOf(context), ...trial });
        if (context.json) context.out(JSON.stringify(steps));
        for (const { state, name, text, details } of context.json ? [] : steps) {
          context.out(`${state.padEnd(8)}  ${name}: ${text}`);
          for (const detail of details) context.out(`          ${detail}`);
        }
        if (!good) throw new Refusal("temporary", "Something is wrong; see above.");
      },
    },
    preview: {
      usage: "NAME [--action ACTION]",
      summary: "Says what an import would do, and changes nothing.",
      options: { action: { type: "string" } },
      arity: [1, 1],
      performs: [previewUserDatabase],
      run: async (context) => {
        const word = textOf(context.values, "action");
        const action = PLAN_ACTIONS.find((one) => one === word);
        if (word !== undefined && action === undefined)
          throw new UsageError(`There is no action “${word}”. There are: ${PLAN_ACTIONS.join(", ")}.`);
        const asked = { ...nameOf(context), ...(action && { action }) };
        const items = await everyPage(
          async (page) => (await context.perform(previewUserDatabase, { ...asked, ...page })).items,
        );
        printRows(context, context.json ? items : items.map(lineOf), ["action", "login", "fullName", "what"]);
      },
    },
    import: {
      usage: "NAME [--create] [--update] [--disable] [--login LOGIN]…",
      summary: "Creates and changes users: those named, or all that the preview shows with an action.",
      options: {
        ...{ create: { type: "boolean" }, update: { type: "boolean" }, disable: { type: "boolean" } },
        login: { type: "string", multiple: true },
      },
      arity: [1, 1],
      performs: [importUserDatabase, previewUserDatabase],
      run: async (context) => {
        const actions = (["create", "update", "disable"] as const).filter((one) => context.values[one] === true);
        const logins = textsOf(context.values, "login");
        if (actions.length + logins.length === 0)
          throw new UsageError("Say what to import: --create, --update, --disable, or --login LOGIN.");
        const entries = [];
        for (const login of logins) entries.push(await entryOf(context, login));
        tell(context, (await context.perform(importUserDatabase, { ...nameOf(context), actions, entries })).report);
      },
    },
    sync: {
      usage: "NAME",
      summary: "Does now what the scheduled synchronisation does.",
      arity: [1, 1],
      performs: [synchroniseUserDatabase],
      run: async (context) => {
        tell(context, (await context.perform(synchroniseUserDatabase, nameOf(context))).report);
      },
    },
  },
} satisfies Command;

/** The entry of a login name in the preview. @throws Refusal "notFound" */
async function entryOf(context: Context, login: string): Promise<string> {
  const asked = { ...nameOf(context), search: login };
  const items = await everyPage(
    async (page) => (await context.perform(previewUserDatabase, { ...asked, ...page })).items,
  );
  const found = items.find((item) => item.login.toLowerCase() === login.toLowerCase());
  if (found === undefined)
    throw new Refusal("notFound", `${context.args[0]} has no entry with the login name ${login}.`);
  return found.id;
}
