/** The records of a domain in the DNS, as they should be and as the world sees them. */
import { createHash, X509Certificate } from "node:crypto";
import { z } from "zod";
import { normaliseDomain } from "../../directory/address.ts";
import { reportAddress } from "../../directory/resolve.ts";
import { recordSettings } from "../../filter/records/settings.ts";
import { accessPermits } from "../../net/access.ts";
import { machineAddresses } from "../../transport/own.ts";
import { transportSettings } from "../../transport/settings.ts";
import { managedDomain } from "../may.ts";
import { type Context, operation } from "../operation.ts";

const recordView = z.object({
  name: z.string().describe("The whole name, without the last dot."),
  host: z.string().describe("The name as the forms of most providers want it."),
  type: z.enum(["A", "AAAA", "MX", "TXT", "SRV", "PTR", "TLSA", "CNAME"]),
  value: z.string().describe("What it should say; empty where only you know."),
  zone: z.string().describe("The record as a line of a zone file; empty where the value is."),
  purpose: z.string(),
  need: z.enum(["needed", "recommended", "optional"]),
  state: z.enum(["right", "missing", "wrong", "unknown"]).describe("unknown: no name server answered."),
  found: z.array(z.string()).describe("What there is in the DNS."),
  sentence: z.string().describe("What is wrong and what to do, or that it is right."),
});
export type DnsRecordView = z.output<typeof recordView>;

export const checkDns = operation({
  name: "domain.dns",
  summary: "Shows every record that a domain should have in the DNS, and looks whether the world sees it.",
  http: "GET /domains/{name}/dns",
  scope: "mail:read",
  who: "manager",
  input: z.strictObject({
    name: z.string().trim().min(1, "Give the domain's name.").max(253, "That is too long for a domain."),
  }),
  output: z.object({
    domain: z.string(),
    displayName: z.string(),
    names: z.array(z.string()).describe("The domain and its further names, each of which needs its own records."),
    records: z.array(recordView),
  }),
  async run(context, { name }) {
    const domain = managedDomain(context, name);
    const asked = normaliseDomain(name) ?? domain.name;
    // Whoever looks has just changed something, and wants to see it.
    context.resolver.forget();
    const { domainRecords, formName, zoneLine } = await import("../../filter/records/records.ts");
    const records = await domainRecords(situationOf(context, asked, domain.id));
    return {
      ...{ domain: asked, displayName: domain.displayName, names: [domain.name, ...domain.aliases] },
      records: records.map((record) => ({
        ...record,
        found: [...record.found],
        host: formName(record.name, asked),
        zone: record.value === "" ? "" : zoneLine(record),
      })),
    };
  },
});

type Furnishing = Parameters<typeof import("../../filter/records/records.ts").domainRecords>[0];

function situationOf(context: Context, domain: string, domainId: number): Furnishing {
  const { store, transport, resolver, signingKeys, services, now } = context;
  const { addresses, spfTerms, reportAddress: elsewhere, mtaSts } = store.settings.get(recordSettings);
  const lan = services.lan();
  const isPrivate = (address: string) => accessPermits("lan", lan, address);
  return {
    ...{ resolver, domain, isPrivate, spfTerms, mtaSts },
    isTrusted: (name) => hasTrusted(context, name),
    host: transport.hostname(),
    addresses: addresses.length > 0 ? addresses : machineAddresses().filter((address) => !isPrivate(address)),
    relays: store.settings.get(transportSettings).smartHosts.map(({ host }) => host),
    reportsTo: {
      dmarc: elsewhere || reportAddress("dmarc", domain),
      tls: elsewhere || reportAddress("tls", domain),
    },
    keys: signingKeys.list(domainId),
    removableAt: (key) => signingKeys.removableAt(key),
    doors: doorsOf(context),
    keyDigest: digestOf(context),
    now: now(),
  };
}

/** Ports that mail programs use, by the number that the world sees. */
const DOORS = {
  "imap-993": "imaps",
  "imap-143": "imap",
  "submission-465": "submissions",
  "submission-587": "submission",
  "pop3-995": "pop3s",
  "pop3-110": "pop3",
} as const;

function doorsOf({ services }: Context): Furnishing["doors"] {
  const open = services.list().flatMap(({ ports }) => ports.filter(({ enabled }) => enabled));
  return Object.entries(DOORS).flatMap(([id, service]) => {
    const port = open.find((one) => one.id === id);
    return port === undefined ? [] : [{ service, port: port.standardPort }];
  });
}

/** Whether a certificate from elsewhere is served for a name; the own authority is believed by nobody outside. */
function hasTrusted({ certificates }: Context, name: string): boolean {
  const wild = `*${name.slice(name.indexOf("."))}`;
  return certificates.list().some(({ own, names }) => !own && (names.includes(name) || names.includes(wild)));
}

/** SHA-256 of the public key that is shown to those who bring mail. */
function digestOf({ certificates, transport }: Context): string | undefined {
  const all = certificates.serving();
  const shown = all.find(({ names }) => names.includes(transport.hostname())) ?? all[0];
  if (shown === undefined) return undefined;
  const key = new X509Certificate(shown.chainPem).publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(key).digest("hex");
}

export const dnsOperations = [checkDns] as const;
