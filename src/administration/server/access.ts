/** Who may use what from where: the ports of every service with their access rules, and the LAN list. */
import { z } from "zod";
import { type AccessRule, accessPermits, parseRange } from "../../net/access.ts";
import { Refusal } from "../../refusal.ts";
import { type Context, operation } from "../operation.ts";
import type { PortState } from "../parts.ts";
import { networks } from "./bars.ts";

const rule = z.union([z.literal("any"), z.literal("lan"), z.array(z.string())]);

const portView = z.object({
  id: z.string(),
  service: z.string(),
  label: z.string(),
  address: z.string().describe("Where it listens; empty stands for all addresses."),
  port: z.number().int(),
  standardPort: z.number().int(),
  tls: z.enum(["none", "starttls", "implicit"]),
  enabled: z.boolean(),
  access: rule.describe("any: everybody; lan: the networks of the LAN list; or networks."),
  state: z.enum(["listening", "stopped", "failed"]),
  problem: z.string().optional().describe("Why it failed."),
  connections: z.number().int(),
});
export type PortView = z.output<typeof portView>;

/** Who may use a port, as it is given. */
const accessInput = z.union(
  [z.literal("any"), z.literal("lan"), networks],
  "Say any, lan, or networks like 192.168.1.0/24.",
);

/** The LAN list as it is given. */
const lanInput = networks.refine(
  (list) => list.every((one) => parseRange(one)?.prefix !== 0),
  "That is the whole internet. Open the ports you mean to everybody instead.",
);

export const listServices = operation({
  name: "service.list",
  summary: "Lists the ports of every service: where they listen, and who may use them.",
  http: "GET /services",
  scope: "server:read",
  who: "administrator",
  input: z.strictObject({}),
  output: z.object({ ports: z.array(portView) }),
  run: (context) => ({ ports: portsOf(context) }),
});

export const setService = operation({
  name: "service.set",
  summary: "Opens or closes a port, and says who may use it.",
  http: "PATCH /services/{port}",
  scope: "server:write",
  who: "administrator",
  input: z.strictObject({
    port: z.string().max(64).describe("Its name, such as imap-993, or the standard port."),
    enabled: z.boolean().optional(),
    access: accessInput.optional(),
  }),
  output: portView,
  async run(context, { port, ...change }) {
    const { id, label } = portOf(context, port);
    await context.commit((tx, note) => {
      const before = portOf(context, id);
      const after = {
        enabled: change.enabled ?? before.enabled,
        access: change.access ?? before.access,
      };
      staysReachable(context, context.services.lan(), new Map([[id, after]]));
      context.services.updateWithin(tx, id, after);
      note({
        subject: `service ${label}, port ${before.standardPort}`,
        before: { enabled: before.enabled, access: before.access },
        after,
      });
    });
    await context.services.apply(id);
    return portOf(context, id);
  },
});

const accessView = z.object({
  lan: z.array(z.string()).describe("The networks that the rule “lan” stands for."),
  ports: z.array(portView.pick({ id: true, label: true, standardPort: true, enabled: true, access: true })),
});

export const showAccess = operation({
  name: "access.show",
  summary: "Shows the LAN list and who may use which port.",
  http: "GET /access",
  scope: "server:read",
  who: "administrator",
  input: z.strictObject({}),
  output: accessView,
  run: (context) => accessOf(context),
});

export const setAccess = operation({
  name: "access.set",
  summary: "Sets the LAN list, or adds networks and takes some away.",
  http: "PATCH /access",
  scope: "server:write",
  who: "administrator",
  input: z.strictObject({
    lan: lanInput.optional().describe("In place of all there were."),
    add: lanInput.optional(),
    remove: networks.optional(),
  }),
  output: accessView,
  async run(context, { lan, add = [], remove = [] }) {
    await context.commit((tx, note) => {
      const before = context.services.lan();
      const strange = remove.find((one) => !before.includes(one));
      if (strange !== undefined) throw new Refusal("notFound", `${strange} is not on the LAN list.`);
      const after = [...new Set([...(lan ?? before), ...add])].filter((one) => !remove.includes(one));
      staysReachable(context, after, new Map());
      context.services.setLanWithin(tx, after);
      note({ subject: "LAN list", before: { lan: before }, after: { lan: after } });
    });
    return accessOf(context);
  },
});

function portsOf({ services }: Pick<Context, "services">): PortView[] {
  return services
    .list()
    .flatMap(({ name, label, ports }) => ports.map((port) => ({ ...viewOf(port), service: name, label })));
}

function viewOf({ access, ...port }: PortState) {
  return { ...port, access: typeof access === "string" ? access : [...access] };
}

function accessOf(context: Context): z.output<typeof accessView> {
  return { lan: [...context.services.lan()], ports: portsOf(context) };
}

/** A port by its name or standard number. @throws Refusal "notFound" */
function portOf(context: Pick<Context, "services">, named: string): PortView {
  const ports = portsOf(context);
  const found = ports.find(({ id, standardPort }) => id === named || String(standardPort) === named);
  if (found !== undefined) return found;
  const known = ports.map(({ standardPort }) => standardPort).join(", ");
  throw new Refusal("notFound", `There is no standard port ${named} here. There are: ${known}.`);
}

/** Whoever uses the pages now must reach them afterwards. @throws Refusal "notPermitted" */
function staysReachable(
  context: Context,
  lan: readonly string[],
  changed: ReadonlyMap<string, { enabled: boolean; access: AccessRule }>,
): void {
  const { remote, via } = context.actor;
  if (remote === undefined || via === "command") return;
  const pages = portsOf(context).filter(({ service }) => service === "web");
  const reachable = pages.some((port) => {
    const { enabled, access } = changed.get(port.id) ?? port;
    return enabled && accessPermits(access, lan, remote);
  });
  if (reachable) return;
  throw new Refusal("notPermitted", `You come from ${remote}, and would lock yourself out of these pages.`);
}

export const accessOperations = [listServices, setService, showAccess, setAccess] as const;
