/** Other proxies through which some hosts are reached. Their passwords are kept and never shown. */
import { z } from "zod";
import { changeOf } from "../../directory/validate.ts";
import { UPSTREAM_KINDS, type Upstream, upstreamSchema } from "../../gateway/upstream.ts";
import { SCHEMES } from "../../gateway/visit.ts";
import { Refusal } from "../../refusal.ts";
import { operation } from "../operation.ts";
import { GATEWAY, id, orderedOperations, position } from "../ordered.ts";
import { COVER } from "../server/secrets.ts";

const upstreamView = z.object({
  id: z.number().int(),
  position: z.number().int().describe("From 1: the first that fits a host is the way there."),
  name: z.string(),
  enabled: z.boolean(),
  kind: z.enum(UPSTREAM_KINDS).describe("How it is spoken to; direct: these hosts are reached without a proxy."),
  address: z.string(),
  port: z.number().int(),
  login: z.string(),
  hasPassword: z.boolean(),
  hosts: z.array(z.string()),
  schemes: z.array(z.enum(SCHEMES)),
  fallback: z.boolean(),
  checkNames: z.boolean(),
});
export type UpstreamView = z.output<typeof upstreamView>;

export const {
  list: listUpstreams,
  show: showUpstream,
  move: moveUpstream,
  remove: removeUpstream,
} = orderedOperations({
  name: "upstream",
  names: "upstreams",
  view: upstreamView,
  summaries: {
    list: "Lists the upstream proxies in their order; the first that fits a host is the way there.",
    show: "Shows an upstream proxy, without its password.",
    move: "Moves an upstream proxy to another position.",
    remove: "Removes an upstream proxy; its hosts are reached by the next that fits, or directly.",
  },
  ...GATEWAY,
  stored: ({ gateway }) => gateway.upstreams,
  viewOf,
  subjectOf,
  recorded,
});

export const addUpstream = operation({
  name: "upstream.add",
  summary: "Adds an upstream proxy, behind the others or at a position.",
  http: "POST /gateway/upstreams",
  scope: "gateway:write",
  who: "administrator",
  input: z.strictObject({ ...upstreamSchema.shape, position: position.optional() }),
  output: upstreamView,
  async run(context, { position, ...upstream }) {
    return await context.commit((tx, note) => {
      const made = context.gateway.upstreams.createWithin(tx, upstream, position);
      note({ subject: subjectOf(made), after: recorded(made) });
      return viewOf(made);
    });
  },
});

export const setUpstream = operation({
  name: "upstream.set",
  summary: "Changes an upstream proxy. Another address asks for the password again, if there is one.",
  http: "PATCH /gateway/upstreams/{id}",
  scope: "gateway:write",
  who: "administrator",
  input: changeOf(upstreamSchema.shape).extend({ id }),
  output: upstreamView,
  async run(context, { id, ...change }) {
    return await context.commit((tx, note) => {
      const { upstreams } = context.gateway;
      const before = upstreams.require(id);
      refuseElsewhere(before, change);
      const after = upstreams.updateWithin(tx, id, change);
      const replaced = before.hasPassword && after.hasPassword && change.password !== undefined;
      const is = { ...recorded(after), ...(replaced && { password: `${COVER} (given anew)` }) };
      note({ subject: subjectOf(before), before: recorded(before), after: is });
      return viewOf(after);
    });
  },
});

/** A password that is kept goes to no server it was not given for. @throws Refusal "invalid" */
function refuseElsewhere(
  { hasPassword, ...before }: Upstream,
  change: {
    readonly kind?: string | undefined;
    readonly address?: string | undefined;
    readonly port?: number | undefined;
    readonly password?: string | undefined;
  },
): void {
  const elsewhere = (["kind", "address", "port"] as const).some(
    (name) => change[name] !== undefined && change[name] !== before[name],
  );
  if (!elsewhere || !hasPassword || change.password !== undefined) return;
  const sentence = "Give the password again: the one that is kept is not sent to another proxy.";
  throw new Refusal("invalid", sentence, { field: "password" });
}

function viewOf(upstream: Upstream): UpstreamView {
  return { ...upstream };
}

/** What the audit log keeps. */
function recorded({ id: _, name: _n, hasPassword, ...upstream }: Upstream): object {
  return { ...upstream, password: hasPassword ? COVER : "" };
}

function subjectOf({ name }: Upstream): string {
  return `upstream proxy ${name}`;
}

export const upstreamOperations = [
  listUpstreams,
  showUpstream,
  addUpstream,
  setUpstream,
  moveUpstream,
  removeUpstream,
] as const;
