/** `gatepost setup`: the web wizard's work, without a browser. */

import { Refusal } from "../refusal.ts";
import type { SetupAnswers } from "../web/setup/answers.ts";
import { type Command, passwordFrom, printOne, textOf } from "./command.ts";

export const setup = {
  name: "setup",
  summary: "Sets a new appliance up: the first domain and the administrator.",
  actions: {
    "": {
      usage: "--domain DOMAIN [--admin LOGIN] --password-stdin [--hostname NAME] [--smart-host HOST[:PORT]]",
      summary: "Does what the wizard in the browser does.",
      options: {
        domain: { type: "string" },
        admin: { type: "string" },
        hostname: { type: "string" },
        "password-stdin": { type: "boolean" },
        "smart-host": { type: "string" },
      },
      arity: [0, 0],
      run: async (context) => {
        const domain = textOf(context.values, "domain");
        if (domain === undefined) throw new Refusal("invalid", "Say which domain's mail is to be kept, with --domain.");
        const password = await passwordFrom(context);
        const smartHost = textOf(context.values, "smart-host");
        const administrator = textOf(context.values, "admin") ?? "admin";
        const hostname = textOf(context.values, "hostname") ?? `mail.${domain}`;
        await context.appliance.firstStart.apply({
          administrator: { login: administrator, password },
          domain: { domain, hostname },
          outgoing: smartHost === undefined ? { way: "direct" } : smartHostOf(smartHost),
          certificate: { names: [hostname, ...context.appliance.firstStart.suggestions().names] },
        });
        const address = context.appliance.directory.addressesOf(
          context.appliance.directory.users.require(administrator).id,
        )[0];
        if (context.json) printOne(context, { domain, administrator, address });
        else context.out(`Ready. ${administrator} logs in everywhere with this password; the address is ${address}.`);
      },
    },
  },
} satisfies Command;

/** Ports whose way of TLS is settled (RFC 8314 §3.3). */
const TLS_BY_PORT: Readonly<Record<number, "implicit" | "starttls">> = { 465: "implicit", 587: "starttls" };

function smartHostOf(text: string): SetupAnswers["outgoing"] {
  const match = /^(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(text);
  if (match?.[1] === undefined) throw new Refusal("invalid", "A smart host is written HOST or HOST:PORT.");
  const port = Number(match[2] ?? 587);
  const host = match[1].replace(/^\[|\]$/g, "");
  return { way: "smartHost", host, port, tls: TLS_BY_PORT[port] ?? "opportunistic", login: "", password: "" };
}
