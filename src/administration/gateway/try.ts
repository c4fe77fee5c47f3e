/** What would happen if somebody asked for something through the gateway: nothing is reached, and nothing is counted. */
import { z } from "zod";
import { isAddress, targetHost } from "../../gateway/hosts.ts";
import { authorityOf } from "../../gateway/urls.ts";
import { GATEWAY_SERVICES, type GatewayService, SCHEMES, type Scheme, type Target } from "../../gateway/visit.ts";
import { parseAddress } from "../../net/access.ts";
import { Refusal } from "../../refusal.ts";
import { type Context, operation } from "../operation.ts";
import { moment } from "../values.ts";

const answer = z.object({
  outcome: z.enum(["allow", "warn", "bar"]),
  kind: z.string().describe("allowed, or why not: barred, warned, quota, special, connections, permission."),
  sentence: z.string().describe("What the person would be told, or why it goes through."),
  rule: z
    .object({ id: z.number().int(), name: z.string() })
    .nullable()
    .describe("The rule that decides; null where none does."),
});
export type TripAnswer = z.output<typeof answer>;

const input = z.strictObject({
  user: z
    .string()
    .trim()
    .max(128)
    .default("")
    .describe("A login name; empty or guest: somebody who has not logged in."),
  address: z
    .string()
    .trim()
    .refine((text) => text === "" || parseAddress(text) !== undefined, "An address is written like 192.168.1.20.")
    .default("")
    .describe("Of the client; empty: whoever asks this."),
  host: z.string().trim().min(1, "Say which host.").max(300),
  port: z.coerce.number().int().min(1).max(65_535).optional().describe("Missing: 443; with a path 80, or 21 for ftp."),
  path: z
    .string()
    .trim()
    .max(2_000)
    .regex(/^(?:\/[^\s#]*)?$/, "A path begins with a slash, like /games/1.html.")
    .default("")
    .describe(
      "The rest of the address, where it is seen (http and ftp through the web proxy); for rules about addresses.",
    ),
  service: z.enum(GATEWAY_SERVICES).default("proxy"),
  scheme: z.enum(SCHEMES).optional().describe("How it is asked for; missing: as usual for the port."),
  time: moment.optional().describe("When; missing: now."),
});

type Asked = Pick<z.output<typeof input>, "port" | "path" | "scheme">;

export const tryTrip = operation({
  name: "gateway.try",
  summary: "Says what would happen if somebody asked for a host through the gateway, and which rule decides.",
  http: "GET /gateway/try",
  scope: "gateway:read",
  who: "administrator",
  input,
  output: answer,
  async run(context, { user, address, host, service, time, ...asked }): Promise<TripAnswer> {
    const { gateway, directory, actor } = context;
    const known = targetHost(host);
    if (known === undefined)
      throw new Refusal("invalid", "That is no host. Write it like www.example.com.", { field: "host" });
    const guest = user === "" || user.toLowerCase() === "guest";
    const visitor = {
      ...{ service, session: "trial", remote: address || (actor.remote ?? "127.0.0.1") },
      user: guest ? null : directory.users.require(user, "user"),
    };
    const target = targetOf(known, service, asked);
    await gateway.lists.load();
    const { refusal, rule: name } = gateway.trial(visitor, target, undefined, time);
    const rule = ruleNamed(context, name);
    if (refusal !== undefined) {
      return {
        outcome: refusal.kind === "warned" ? "warn" : "bar",
        kind: refusal.kind,
        sentence: refusal.sentence,
        rule,
      };
    }
    const special = isAddress(known) ? gateway.guard.problem(known, target.port) : undefined;
    if (special !== undefined)
      return {
        outcome: "bar",
        kind: "special",
        sentence: `${known} is ${special}; the setting gateway.reachable opens it.`,
        rule,
      };
    return { outcome: "allow", kind: "allowed", sentence: whyAllowed(name), rule };
  },
});

/** @throws Refusal "invalid" for a path of what hides it */
function targetOf(host: string, service: GatewayService, { port, path, scheme }: Asked): Target {
  if (path === "") {
    const usual = port ?? 443;
    return { host, port: usual, scheme: scheme ?? usualScheme(service, usual) };
  }
  const seen = scheme ?? (port === 21 ? "ftp" : "http");
  if (service !== "proxy" || (seen !== "http" && seen !== "ftp")) {
    const sentence = "A path is seen only of http and ftp through the web proxy; a tunnel hides it.";
    throw new Refusal("invalid", sentence, { field: "path" });
  }
  const standard = seen === "ftp" ? 21 : 80;
  const at = port ?? standard;
  return { host, port: at, scheme: seen, url: `${seen}://${authorityOf(host, at, standard)}${path}` };
}

function usualScheme(service: (typeof GATEWAY_SERVICES)[number], port: number): Scheme {
  if (service === "ftpproxy" || port === 21) return "ftp";
  return service === "proxy" && port === 80 ? "http" : "tunnel";
}

function whyAllowed(rule: string | undefined): string {
  return rule === undefined ? "No rule bars it." : `The rule “${rule}” allows it.`;
}

function ruleNamed({ gateway }: Context, name: string | undefined): { id: number; name: string } | null {
  const rule = name === undefined ? undefined : gateway.rules.list().find((one) => one.enabled && one.name === name);
  return rule === undefined ? null : { id: rule.id, name: rule.name };
}
