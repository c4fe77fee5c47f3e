/** Lists of hosts that rules name: written here, brought in, from a file of the data folder, or fetched. */
import { z } from "zod";
import { targetHost } from "../../gateway/hosts.ts";
import { type HostList, listPatchSchema, listSchema } from "../../gateway/list.ts";
import { Refusal } from "../../refusal.ts";
import { type Context, operation } from "../operation.ts";
import { switched, textOfTime, timeText } from "../values.ts";

const count = z.number().int();

const listView = z.object({
  name: z.string(),
  description: z.string(),
  source: z.enum(["text", "upload", "file", "url"]),
  location: z
    .string()
    .describe("The hosts themselves, the file's path below lists/ of the data folder, or the address."),
  exceptions: z.string().describe("Hosts that are not in it whatever the source says, one a line."),
  everyHours: count.describe("Hours after which an address is asked again; 0: only by hand."),
  enabled: z.boolean(),
  entries: count.describe("Names in it."),
  skipped: count.describe("Lines that could not be read."),
  checkedAt: timeText.nullable(),
  changedAt: timeText.nullable(),
  problem: z.string().describe("Why its source could not be read the last time; empty if it could."),
  busy: z.boolean().describe("It is being read now."),
  octets: count.describe("Memory it takes."),
});
export type HostListView = z.output<typeof listView>;

const named = { name: z.string().trim().min(1, "A list has a name.").max(100, "At most 100 characters.") };
const wait = switched.default(true).describe("Answer when its source was read; otherwise at once.");

/** Characters that are read at once. */
const PIECE = 1 << 18;
/** Characters of a list that is brought in by a command or the API. */
const MOST_BROUGHT = 100_000_000;

export const listHostLists = operation({
  name: "hostList.list",
  summary: "Lists the lists of hosts that rules of the gateway name.",
  http: "GET /gateway/lists",
  scope: "gateway:read",
  who: "administrator",
  input: z.strictObject({}),
  output: z.object({ lists: z.array(listView) }),
  run: ({ gateway }) => ({ lists: gateway.lists.list().map(viewOf) }),
});

export const showHostList = operation({
  name: "hostList.show",
  summary: "Shows a list of hosts, and how reading it went.",
  http: "GET /gateway/lists/{name}",
  scope: "gateway:read",
  who: "administrator",
  input: z.strictObject(named),
  output: listView,
  run: ({ gateway }, { name }) => viewOf(gateway.lists.require(name)),
});

export const addHostList = operation({
  name: "hostList.add",
  summary:
    "Makes a list of hosts and reads it: written here, brought in, from a file of the data folder, or from an address.",
  http: "POST /gateway/lists",
  scope: "gateway:write",
  who: "administrator",
  input: z.strictObject({ ...listSchema.shape, wait }),
  output: listView,
  async run(context, { wait, ...given }) {
    const { name } = await context.commit((tx, note) => {
      const made = context.gateway.lists.createWithin(tx, given);
      note({ subject: subjectOf(made), after: recorded(made) });
      return made;
    });
    return await read(context, name, wait);
  },
});

export const setHostList = operation({
  name: "hostList.set",
  summary: "Changes a list of hosts; a new source is read.",
  http: "PATCH /gateway/lists/{name}",
  scope: "gateway:write",
  who: "administrator",
  input: listPatchSchema.omit({ name: true }).extend({ ...named, rename: named.name.optional(), wait }),
  output: listView,
  async run(context, { name, rename, wait, ...change }) {
    const after = await context.commit((tx, note) => {
      const { lists } = context.gateway;
      const before = lists.require(name);
      const after = lists.updateWithin(tx, name, { ...change, ...(rename !== undefined && { name: rename }) });
      note({ subject: subjectOf(before), before: recorded(before), after: recorded(after) });
      return after;
    });
    return await read(context, after.name, wait);
  },
});

export const bringHostList = operation({
  name: "hostList.bring",
  summary: "Replaces the hosts of a list by those that are brought: hosts files, domains, AdBlock and dnsmasq lines.",
  http: "PUT /gateway/lists/{name}/hosts",
  scope: "gateway:write",
  who: "administrator",
  input: z.strictObject({
    ...named,
    hosts: z.string().max(MOST_BROUGHT, "That is more than a hundred million characters.").describe("One a line."),
  }),
  output: listView,
  async run(context, { name, hosts }) {
    const { lists } = context.gateway;
    const list = lists.require(name);
    if (list.source !== "upload") {
      const sentence =
        "The hosts of this list come from elsewhere. Set its source to upload first, or make another list.";
      throw new Refusal("invalid", sentence, { field: "name" });
    }
    const brought = await lists.read(pieces(hosts));
    await context.commit((tx, note) => {
      const before = lists.require(name);
      const after = lists.keepWithin(tx, name, brought);
      note({ subject: subjectOf(before), before: { entries: before.entries }, after: { entries: after.entries } });
    });
    return await read(context, name, true);
  },
});

export const refreshHostList = operation({
  name: "hostList.refresh",
  summary: "Reads the source of a list of hosts now.",
  http: "POST /gateway/lists/{name}/refresh",
  scope: "gateway:write",
  who: "administrator",
  input: z.strictObject({ ...named, wait }),
  output: listView,
  async run(context, { name, wait }) {
    const list = context.gateway.lists.require(name);
    await context.record({ subject: subjectOf(list), after: { read: "now" } });
    return await read(context, list.name, wait);
  },
});

export const removeHostList = operation({
  name: "hostList.remove",
  summary: "Removes a list of hosts that no rule names.",
  http: "DELETE /gateway/lists/{name}",
  scope: "gateway:write",
  who: "administrator",
  input: z.strictObject(named),
  output: z.object({}),
  async run(context, { name }) {
    await context.commit((tx, note) => {
      const before = context.gateway.lists.require(name);
      context.gateway.lists.removeWithin(tx, name);
      note({ subject: subjectOf(before), before: recorded(before) });
    });
    return {};
  },
});

export const lookUpHost = operation({
  name: "hostList.lookup",
  summary: "Says which lists a host is in.",
  http: "GET /gateway/lookup",
  scope: "gateway:read",
  who: "administrator",
  input: z.strictObject({ host: z.string().trim().min(1, "Say which host.").max(300) }),
  output: z.object({ host: z.string(), lists: z.array(z.string()).describe("Lists that are on and have it.") }),
  async run({ gateway }, { host }) {
    const known = targetHost(host);
    if (known === undefined)
      throw new Refusal("invalid", "That is no host. Write it like www.example.com.", { field: "host" });
    await gateway.lists.load();
    return { host: known, lists: gateway.lists.holding(known) };
  },
});

/** Reads a list's source; what goes wrong with it stands in the list. */
async function read({ gateway, store }: Context, name: string, wait: boolean): Promise<HostListView> {
  const reading = gateway.lists.refresh(name);
  if (wait) return viewOf(await reading);
  reading.catch((fault: unknown) => store.events.fault("administration", "read a host list", fault));
  return viewOf(gateway.lists.require(name));
}

/** A text in pieces, so that others come in between. */
async function* pieces(text: string): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for (let at = 0; at < text.length; at += PIECE) yield encoder.encode(text.slice(at, at + PIECE));
}

function viewOf({ id: _, checkedAt, changedAt, ...list }: HostList): HostListView {
  return { ...list, checkedAt: textOfTime(checkedAt), changedAt: textOfTime(changedAt) };
}

/** Characters of a list's own hosts that the audit log keeps. */
const MOST_RECORDED = 2_000;

function recorded({ description, source, location, exceptions, everyHours, enabled }: HostList): object {
  const short = (text: string) => (text.length > MOST_RECORDED ? `${text.slice(0, MOST_RECORDED)}…` : text);
  return { description, source, location: short(location), exceptions: short(exceptions), everyHours, enabled };
}

function subjectOf({ name }: HostList): string {
  return `host list ${name}`;
}

export const hostListOperations = [
  listHostLists,
  showHostList,
  addHostList,
  setHostList,
  bringHostList,
  refreshHostList,
  removeHostList,
  lookUpHost,
] as const;
