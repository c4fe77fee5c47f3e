/**
 * Accounts elsewhere from which a mailbox's mail is collected, by its owner, where he has the permission, or whoever looks after him. What
 * reaches into the own network, asks others for tokens or routes mail to other mailboxes only managers set.
 */
import { z } from "zod";
import { Refusal } from "../../refusal.ts";
import {
  type AccountProperties,
  accountPatchSchema,
  accountSchema,
  MAIL_PORTS,
  MANAGERS_ONLY,
  portOf,
} from "../../transport/collect/account.ts";
import { type Account, type AccountChange, nameOf, propertiesOf } from "../../transport/collect/accounts.ts";
import { Trouble } from "../../transport/collect/source.ts";
import { managesUser, type Standing } from "../may.ts";
import { type Context, operation } from "../operation.ts";
import { COVER } from "../server/secrets.ts";
import { paging, switched, textOfTime, timeText } from "../values.ts";
import { mayChange, reached } from "./mailbox-rules.ts";
import { subjectOfMailbox } from "./mailbox-view.ts";

const id = z.number().int().min(1).describe("The mailbox's number.");
const account = z.number().int().min(1).describe("The account's number.");
const secrets = {
  secret: z
    .string()
    .max(8_192)
    .optional()
    .describe("The password, or the token. It is kept and never shown; empty takes it away."),
  clientSecret: z
    .string()
    .max(8_192)
    .optional()
    .describe("The secret of the client that the refresh token was given to."),
};

const view = z.object({
  ...accountSchema.shape,
  id: z.number().int(),
  mailbox: z.number().int(),
  label: z.string().describe("What people call it."),
  hasSecret: z.boolean(),
  hasClientSecret: z.boolean(),
  looking: z.boolean().describe("Mail is being collected at this moment."),
  collected: z.number().int().describe("Messages collected in all."),
  lastRunAt: timeText.nullable(),
  lastResult: z.string().describe("What the last look came to."),
  problem: z.string().describe("What is wrong, and what to do; empty while nothing is."),
  problemSince: timeText.nullable(),
});
export type CollectionView = z.output<typeof view>;

const line = z.object({
  folder: z.string(),
  uid: z.string(),
  outcome: z.enum(["taken", "duplicate", "skipped", "left"]),
  reason: z.string().describe("Why it was left there."),
  trace: z.string().describe("What names the message in the log."),
  at: timeText,
  removeAt: timeText.nullable().describe("When it is to be removed there."),
  goneAt: timeText.nullable().describe("When it was gone there."),
});

const lookEnd = z.object({
  result: z.string(),
  problem: z.string().describe("What is wrong; empty where nothing is."),
  collected: z.number().int(),
});

export const listCollection = operation({
  name: "collection.list",
  summary: "Lists the accounts elsewhere from which a mailbox's mail is collected.",
  http: "GET /mailboxes/{id}/collection",
  scope: "self:read",
  who: "user",
  input: z.strictObject({ id }),
  output: z.object({ accounts: z.array(view) }),
  async run(context, { id }) {
    reached(context, id, "mail:read");
    const collector = await context.transport.collection.collector();
    return { accounts: collector.accounts.list(id).map((one) => viewOf(one, collector.isLooking(one.id))) };
  },
});

export const listAllCollection = operation({
  name: "collection.listAll",
  summary: "Lists the accounts elsewhere of all mailboxes that one looks after.",
  http: "GET /collection",
  scope: "mail:read",
  who: "manager",
  input: z.strictObject({}),
  output: z.object({ accounts: z.array(view) }),
  async run(context) {
    const { directory } = context;
    const collector = await context.transport.collection.collector();
    const accounts = collector.accounts.list().filter(({ mailbox }) => {
      const owner = directory.users.byId(directory.mailboxes.byId(mailbox)?.ownerId ?? 0);
      return owner !== undefined && managesUser(context, owner);
    });
    return { accounts: accounts.map((one) => viewOf(one, collector.isLooking(one.id))) };
  },
});

export const addCollection = operation({
  name: "collection.add",
  summary: "Collects a mailbox's mail from an account elsewhere.",
  http: "POST /mailboxes/{id}/collection",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ ...accountPatchSchema.shape, ...pick(accountSchema.shape), ...secrets, id }),
  output: view,
  async run(context, { id, ...given }) {
    const { accounts } = await context.transport.collection.collector();
    const made = await context.commit((tx, note) => {
      const place = changed(context, id);
      const after = accounts.createWithin(tx, id, given);
      if (!isWhole(context, place.standing))
        refuseBeyondOwners(after, accountSchema.parse({ host: "x.example", login: "x" }), given);
      note({ subject: place.subject, after: recorded(after) });
      return after;
    });
    return viewOf(made, false);
  },
});

export const setCollection = operation({
  name: "collection.set",
  summary: "Changes an account from which mail is collected.",
  http: "PATCH /mailboxes/{id}/collection/{account}",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ ...accountPatchSchema.shape, ...secrets, id, account }),
  output: view,
  async run(context, { id, account, ...change }) {
    const { accounts } = await context.transport.collection.collector();
    const after = await context.commit((tx, note) => {
      const { subject, standing } = changed(context, id);
      const before = accounts.require(id, account);
      const now = accounts.updateWithin(tx, id, account, change);
      if (!isWhole(context, standing)) refuseBeyondOwners(now, before, change);
      const replaced = change.secret !== undefined && before.hasSecret && now.hasSecret;
      note({
        subject,
        before: recorded(before),
        after: { ...recorded(now), ...(replaced && { secret: `${COVER} (another one)` }) },
      });
      return now;
    });
    return viewOf(after, false);
  },
});

export const removeCollection = operation({
  name: "collection.remove",
  summary: "Collects no more from an account, and forgets what was; the mail stays, here and there.",
  http: "DELETE /mailboxes/{id}/collection/{account}",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ id, account }),
  output: z.object({}),
  async run(context, { id, account }) {
    const { accounts } = await context.transport.collection.collector();
    await context.commit((tx, note) => {
      const { subject } = changed(context, id);
      const before = accounts.require(id, account);
      accounts.removeWithin(tx, id, account);
      note({ subject, before: recorded(before) });
    });
    return {};
  },
});

export const lookCollection = operation({
  name: "collection.look",
  summary: "Collects from an account now.",
  http: "POST /mailboxes/{id}/collection/{account}/look",
  scope: "self:write",
  who: "user",
  input: z.strictObject({
    ...{ id, account },
    wait: switched
      .default(true)
      .describe("Answer when it is done; otherwise at once, and the list says what came of it."),
  }),
  output: lookEnd,
  async run(context, { id, account, wait }) {
    reached(context, id, "mail:write");
    const collector = await context.transport.collection.collector();
    const { id: found } = collector.accounts.require(id, account);
    const end = collector.lookNow(found);
    return wait ? await end : { result: "", problem: "", collected: 0 };
  },
});

export const testCollection = operation({
  name: "collection.test",
  summary: "Logs in at an account and opens its folders, and says what was found; nothing is collected.",
  http: "POST /mailboxes/{id}/collection/{account}/test",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ id, account }),
  output: z.object({ good: z.boolean(), text: z.string() }),
  async run(context, { id, account }) {
    reached(context, id, "mail:write");
    const collector = await context.transport.collection.collector();
    try {
      return { good: true, text: await collector.test(collector.accounts.require(id, account)) };
    } catch (error) {
      if (error instanceof Trouble) return { good: false, text: error.sentence };
      throw error;
    }
  },
});

export const logCollection = operation({
  name: "collection.log",
  summary: "Says what became of the messages that were seen at an account, the latest first.",
  http: "GET /mailboxes/{id}/collection/{account}/log",
  scope: "self:read",
  who: "user",
  input: z.strictObject({ id, account, ...paging }),
  output: z.object({ lines: z.array(line) }),
  async run(context, { id, account, page, pageSize }) {
    reached(context, id, "mail:read");
    const { accounts, journal } = await context.transport.collection.collector();
    const { keepDays } = accounts.require(id, account);
    const lines = journal.lines(account, { keepDays, after: (page - 1) * pageSize, most: pageSize });
    return {
      lines: lines.map((one) => ({
        ...one,
        ...{ at: textOfTime(one.at), removeAt: textOfTime(one.removeAt), goneAt: textOfTime(one.goneAt) },
      })),
    };
  },
});

/** A mailbox whose accounts the actor may change. @throws Refusal "notFound", "notPermitted" */
function changed(context: Context, id: number) {
  const { mailbox, owner, standing } = reached(context, id, "mail:write");
  mayChange(context, owner, standing, "collection");
  return { subject: `collection of ${subjectOfMailbox(context, mailbox)}`, standing };
}

/** Who looks after some domains only reaches no further with an account elsewhere than its owner does. */
function isWhole({ reach }: Context, standing: Standing): boolean {
  return standing === "manager" && reach === "all";
}

/** What must be given of a new account. */
function pick<Shape extends { host: unknown; login: unknown }>({ host, login }: Shape): Pick<Shape, "host" | "login"> {
  return { host, login };
}

/** What owners change also where a manager set what only managers may. */
const ALWAYS: readonly string[] = ["secret", "enabled", "name", "keepDays", "minutes", "idle", "folders"];

/** Nobody has the server knock at doors where he could not. @throws Refusal "notPermitted", "invalid" */
function refuseBeyondOwners(after: AccountProperties, before: AccountProperties, change: AccountChange): void {
  const differs = (name: keyof AccountProperties) => JSON.stringify(after[name]) !== JSON.stringify(before[name]);
  if (MANAGERS_ONLY.some(differs) || (change.clientSecret ?? "") !== "") {
    throw new Refusal("notPermitted", "Only administrators may set this of an account elsewhere.");
  }
  const given = Object.entries(change).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  const special = after.local || after.tokenUrl !== "" || after.routing === "headers" || !after.verify;
  if (special && given.some((name) => !ALWAYS.includes(name) && differs(name as keyof AccountProperties))) {
    throw new Refusal("notPermitted", "An administrator has set up this account: only he may change its server.");
  }
  if (special) return;
  if (after.tls === "none")
    throw new Refusal("invalid", "Mail is collected over an encrypted connection.", { field: "tls" });
  if (MAIL_PORTS.includes(portOf(after))) return;
  const sentence = `A server's port is one of ${MAIL_PORTS.join(", ")}.`;
  throw new Refusal("invalid", sentence, { field: "port" });
}

function viewOf(account: Account, looking: boolean): CollectionView {
  const { id, mailbox, hasSecret, hasClientSecret, collected, lastRunAt, lastResult, problem, problemSince } = account;
  return {
    ...propertiesOf(account),
    ...{ id, mailbox, label: nameOf(account), hasSecret, hasClientSecret, looking, collected },
    ...{ lastRunAt: textOfTime(lastRunAt), lastResult, problem, problemSince: textOfTime(problemSince) },
  };
}

/** What the audit log keeps. */
function recorded(account: Account): object {
  const { id, hasSecret, hasClientSecret } = account;
  const covered = { secret: hasSecret ? COVER : "", clientSecret: hasClientSecret ? COVER : "" };
  return { account: id, ...propertiesOf(account), ...covered };
}

export const collectionOperations = [
  listCollection,
  listAllCollection,
  addCollection,
  setCollection,
  removeCollection,
  lookCollection,
  testCollection,
  logCollection,
] as const;
