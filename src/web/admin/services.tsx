/** Services: ports, who may use them, and the LAN list. */
import { Hono } from "hono";
import { z } from "zod";
import { type PortLine, type PortPage, PortView, Services } from "../../../views/admin/services.tsx";
import type { PortState, ServiceState } from "../../administration/parts.ts";
import type { AccessRule } from "../../net/access.ts";
import { parseRange } from "../../net/access.ts";
import { Refusal } from "../../refusal.ts";
import type { WebContext, WebEnv } from "../context.ts";
import { type Errors, type Fields, lines, posted, sentenceOf, ticked } from "../form.ts";
import type { Front } from "../site.ts";
import { adminFrame, doneAt } from "./office.ts";

const networks = lines.superRefine((list, context) => {
  const wrong = list.find((network) => parseRange(network) === undefined);
  if (wrong !== undefined)
    context.addIssue({ code: "custom", message: `“${wrong}” is no network. Write it like 192.168.1.0/24.` });
});

const portForm = z.strictObject({
  enabled: ticked,
  rule: z.enum(["any", "lan", "own"], "Choose who may use it."),
  networks,
});
const lanForm = z.strictObject({ networks });

const ruleWords = (rule: AccessRule): string => {
  if (rule === "any") return "everybody";
  if (rule === "lan") return "your own network";
  if (rule.length === 0) return "nobody";
  return rule.length > 3 ? `${rule.slice(0, 2).join(", ")} and ${rule.length - 2} more` : rule.join(", ");
};

const stateWords = (port: PortState): PortLine["state"] => {
  if (!port.enabled) return { kind: "off", words: "closed" };
  if (port.state === "failed") return { kind: "danger", words: "failed" };
  return port.state === "listening" ? { kind: "ok", words: "listening" } : { kind: "off", words: "stopped" };
};

const lineOf = (port: PortState): PortLine => ({
  id: port.id,
  where: port.address === "" ? String(port.port) : `${port.address} port ${port.port}`,
  tls: port.tls,
  access: ruleWords(port.access),
  state: stateWords(port),
  connections: port.connections,
  ...(port.problem !== undefined && { problem: port.problem }),
});

export const serviceRoutes = (front: Front): Hono<WebEnv> => {
  const { services } = front.deps;
  const app = new Hono<WebEnv>();

  const showList = (c: WebContext, lan: string, lanError?: string) => {
    const page = {
      services: services.list().map((service) => ({ label: service.label, ports: service.ports.map(lineOf) })),
      lan,
      ...(lanError !== undefined && { lanError }),
    };
    return c.html(<Services frame={adminFrame(front, c)} page={page} />, lanError === undefined ? 200 : 422);
  };

  const portOf = (c: WebContext): { service: ServiceState; port: PortState } => {
    for (const service of services.list()) {
      const port = service.ports.find(({ id }) => id === c.req.param("port"));
      if (port !== undefined) return { service, port };
    }
    throw new Refusal("notFound", "There is no such port.");
  };

  const show = (c: WebContext, fields: Fields | undefined, errors: Errors, problem?: string) => {
    const { service, port } = portOf(c);
    const rule = typeof port.access === "string" ? port.access : "own";
    const typed = z.enum(["any", "lan", "own"]).safeParse(fields?.rule);
    const page: PortPage = {
      ...lineOf(port),
      service: service.label,
      enabled: fields ? fields.enabled !== undefined : port.enabled,
      rule: typed.success ? typed.data : rule,
      networks: fields?.networks ?? (typeof port.access === "string" ? "" : port.access.join("\n")),
      errors,
      ownDoor: service.name === "web" && (port.tls === "implicit") === c.env.connected.secure,
      ...(problem !== undefined && { problem }),
    };
    return c.html(<PortView frame={adminFrame(front, c)} page={page} />, fields ? 422 : 200);
  };

  app.get("/", (c) => showList(c, services.lan().join("\n")));

  app.post("/lan", posted(lanForm), async (c) => {
    const form = c.req.valid("form");
    if (!form.ok) return showList(c, form.fields.networks ?? "", form.errors.networks);
    try {
      await services.setLan(form.value.networks);
    } catch (thrown) {
      return showList(c, form.fields.networks ?? "", sentenceOf(thrown));
    }
    return doneAt(front, c, "lan.changed", "The list of your own networks was changed.", "/admin/services");
  });

  app.get("/:port", (c) => show(c, undefined, {}));

  app.post("/:port", posted(portForm), async (c) => {
    const { service, port } = portOf(c);
    const form = c.req.valid("form");
    if (!form.ok) return show(c, form.fields, form.errors);
    const { enabled, rule, networks: own } = form.value;
    if (rule === "own" && own.length === 0)
      return show(c, form.fields, { networks: "List at least one network, or choose another rule." });
    try {
      await services.update(port.id, { enabled, access: rule === "own" ? own : rule });
    } catch (thrown) {
      return show(c, form.fields, {}, sentenceOf(thrown));
    }
    return doneAt(front, c, "port.changed", `${service.label}: port ${port.port} was changed.`, "/admin/services");
  });

  return app;
};
