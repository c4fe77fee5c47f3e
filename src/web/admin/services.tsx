/** Services: ports, who may use them, and the LAN list. */
import { Hono } from "hono";
import { z } from "zod";
import { type PortLine, type PortPage, PortView, Services } from "../../../views/admin/services.tsx";
import {
  listServices,
  type PortView as Port,
  setAccess,
  setService,
  showAccess,
} from "../../administration/server/access.ts";
import type { AccessRule } from "../../net/access.ts";
import { parseRange } from "../../net/access.ts";
import { Refusal } from "../../refusal.ts";
import type { WebContext, WebEnv } from "../context.ts";
import { type Errors, type Fields, lines, posted, sentenceOf, ticked } from "../form.ts";
import { doneAt, perform } from "../performing.ts";
import type { Front } from "../site.ts";
import { adminFrame } from "./office.ts";

/** Networks, one a line; the first that is none is named. */
export const networkLines = lines.superRefine((list, context) => {
  const wrong = list.find((network) => parseRange(network) === undefined);
  if (wrong !== undefined)
    context.addIssue({ code: "custom", message: `“${wrong}” is no network. Write it like 192.168.1.0/24.` });
});

const portForm = z.strictObject({
  enabled: ticked,
  rule: z.enum(["any", "lan", "own"], "Choose who may use it."),
  networks: networkLines,
});
const lanForm = z.strictObject({ networks: networkLines });

const ruleWords = (rule: AccessRule): string => {
  if (rule === "any") return "everybody";
  if (rule === "lan") return "your own network";
  if (rule.length === 0) return "nobody";
  return rule.length > 3 ? `${rule.slice(0, 2).join(", ")} and ${rule.length - 2} more` : rule.join(", ");
};

const stateWords = (port: Port): PortLine["state"] => {
  if (!port.enabled) return { kind: "off", words: "closed" };
  if (port.state === "failed") return { kind: "danger", words: "failed" };
  return port.state === "listening" ? { kind: "ok", words: "listening" } : { kind: "off", words: "stopped" };
};

const lineOf = (port: Port): PortLine => ({
  id: port.id,
  where: port.address === "" ? String(port.port) : `${port.address} port ${port.port}`,
  tls: port.tls,
  access: ruleWords(port.access),
  state: stateWords(port),
  connections: port.connections,
  ...(port.problem !== undefined && { problem: port.problem }),
});

/** Ports under the services they belong to, in the order they came. */
const byService = (ports: readonly Port[]) => {
  const services = new Map<string, { name: string; label: string; ports: PortLine[] }>();
  for (const port of ports) {
    const service = services.get(port.service) ?? { name: port.service, label: port.label, ports: [] };
    services.set(port.service, service);
    service.ports.push(lineOf(port));
  }
  return [...services.values()];
};

export const serviceRoutes = (front: Front): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();

  const showList = async (c: WebContext, typed?: string, lanError?: string) => {
    const { ports } = await perform(front, c, listServices, {});
    const page = {
      services: byService(ports),
      lan: typed ?? (await perform(front, c, showAccess, {})).lan.join("\n"),
      ...(lanError !== undefined && { lanError }),
    };
    return c.html(<Services frame={adminFrame(front, c)} page={page} />, lanError === undefined ? 200 : 422);
  };

  const portOf = async (c: WebContext): Promise<Port> => {
    const { ports } = await perform(front, c, listServices, {});
    const port = ports.find(({ id }) => id === c.req.param("port"));
    if (port === undefined) throw new Refusal("notFound", "There is no such port.");
    return port;
  };

  const show = async (c: WebContext, fields?: Fields, errors: Errors = {}, problem?: string) => {
    const port = await portOf(c);
    const rule = typeof port.access === "string" ? port.access : "own";
    const typed = z.enum(["any", "lan", "own"]).safeParse(fields?.rule);
    const page: PortPage = {
      ...lineOf(port),
      service: { name: port.service, label: port.label },
      enabled: fields ? fields.enabled !== undefined : port.enabled,
      rule: typed.success ? typed.data : rule,
      networks: fields?.networks ?? (typeof port.access === "string" ? "" : port.access.join("\n")),
      errors,
      ownDoor: port.service === "web" && (port.tls === "implicit") === c.env.connected.secure,
      ...(problem !== undefined && { problem }),
    };
    return c.html(<PortView frame={adminFrame(front, c)} page={page} />, fields ? 422 : 200);
  };

  app.get("/", (c) => showList(c));

  app.post("/lan", posted(lanForm), async (c) => {
    const form = c.req.valid("form");
    const typed = form.fields.networks ?? "";
    if (!form.ok) return showList(c, typed, form.errors.networks);
    try {
      await perform(front, c, setAccess, { lan: form.value.networks });
    } catch (thrown) {
      return showList(c, typed, sentenceOf(thrown));
    }
    return doneAt(front, c, "The list of your own networks was changed.", "/admin/services");
  });

  app.get("/:port", (c) => show(c));

  app.post("/:port", posted(portForm), async (c) => {
    const { id, label, port } = await portOf(c);
    const form = c.req.valid("form");
    if (!form.ok) return show(c, form.fields, form.errors);
    const { enabled, rule, networks: own } = form.value;
    if (rule === "own" && own.length === 0)
      return show(c, form.fields, { networks: "List at least one network, or choose another rule." });
    try {
      await perform(front, c, setService, { port: id, enabled, access: rule === "own" ? own : rule });
    } catch (thrown) {
      return show(c, form.fields, {}, sentenceOf(thrown));
    }
    return doneAt(front, c, `${label}: port ${port} was changed.`, "/admin/services");
  });

  return app;
};
