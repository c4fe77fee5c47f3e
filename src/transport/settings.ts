/** What an administrator can set about the way of outgoing mail, and about the name servers. */
import { z } from "zod";
import { serverOf } from "../net/dns-exchange.ts";
import { defineSettings } from "../store/settings.ts";

const seconds = (fallback: number, text: string) => z.number().min(0.05).max(86_400).default(fallback).describe(text);
const hostName = z
  .string()
  .trim()
  .min(1)
  .max(255)
  .regex(/^[A-Za-z0-9._:[\]-]+$/, "A host is a name or an address.");

/** One server that takes mail for others. */
export const smartHostSchema = z.strictObject({
  host: hostName.describe("Name or address of the server."),
  port: z.number().int().min(1).max(65_535).default(587).describe("Its port: 587 or 25 with STARTTLS, 465 with TLS."),
  tls: z
    .enum(["implicit", "starttls", "opportunistic", "none"])
    .default("starttls")
    .describe(
      "implicit: TLS from the first octet; starttls: required; opportunistic: where offered; none: never (passwords are not sent then).",
    ),
  verify: z.boolean().default(true).describe("Whether the server's certificate must be valid for its name."),
  login: z.string().max(255).default("").describe("Login name at that server; empty: no login."),
  password: z.string().max(1000).default("").describe("Password at that server."),
});
export type SmartHost = z.output<typeof smartHostSchema>;

const smartHosts = z.array(smartHostSchema).max(10);

export const transportSettings = defineSettings("transport", () =>
  z.object({
    hostname: z
      .string()
      .trim()
      .max(255)
      .regex(/^(?:[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?)?$/, "A host name has letters, digits, dots and hyphens.")
      .default("")
      .describe(
        "The name this server gives itself in greetings, Received and reports; empty: mail. and the first domain.",
      ),
    smartHosts: smartHosts
      .default([])
      .describe(
        "Servers that take all outgoing mail, the first that works; empty: straight to each domain's own servers.",
      ),
    routes: z
      .array(
        z.strictObject({
          domain: z
            .string()
            .trim()
            .toLowerCase()
            .min(1)
            .max(255)
            .describe("A domain, or *.domain for everything below it."),
          smartHosts: smartHosts.default([]).describe("Servers for this domain; empty: straight to its own."),
        }),
      )
      .max(1000)
      .default([])
      .describe("Other ways for some domains; the first that fits counts."),
    smtpPort: z.number().int().min(1).max(65_535).default(25).describe("The port of other domains' servers."),
    addressFamilies: z
      .enum(["any", "ipv4", "ipv6"])
      .default("any")
      .describe("Which addresses of other servers are used: any, or only IPv4 or IPv6."),
    dane: z
      .boolean()
      .default(true)
      .describe(
        "Signed records (DANE) say which certificate another domain's server has; counts where name servers are believed (dns.signatures).",
      ),
    mtaSts: z
      .boolean()
      .default(true)
      .describe(
        "The policies of other domains (MTA-STS) are kept to: which servers they have, with valid certificates.",
      ),
    maxHops: z
      .number()
      .int()
      .min(5)
      .max(200)
      .default(30)
      .describe("Received fields after which a message is in a loop."),
    maxOwnHops: z
      .number()
      .int()
      .min(1)
      .max(50)
      .default(5)
      .describe("How often a message may come through this server before it is in a loop."),
    maxForwards: z
      .number()
      .int()
      .min(1)
      .max(10_000)
      .default(1_000)
      .describe("To how many addresses one message is forwarded; beyond that it stays in the mailboxes."),
    srs: z
      .boolean()
      .default(true)
      .describe(
        "What mailboxes send on for people elsewhere leaves with a return path of this server (SRS), so that SPF holds; reports go back to the sender.",
      ),
    batv: z
      .enum(["off", "sign", "enforce"])
      .default("off")
      .describe(
        "Whether return paths of people here get a tag (BATV); enforce: reports to addresses without a valid one are refused.",
      ),
    autoRepliesPerHour: z
      .number()
      .int()
      .min(1)
      .max(10_000)
      .default(100)
      .describe("How many senders the autoresponder of one mailbox answers in an hour at most."),
    sendPerHour: z
      .number()
      .int()
      .min(0)
      .max(1_000_000)
      .default(300)
      .describe("To how many addresses beyond this server a user may send in an hour; 0: as many as he likes."),
    sendPerDay: z
      .number()
      .int()
      .min(0)
      .max(10_000_000)
      .default(1_500)
      .describe("The same in a day. Administrators are told by mail of whoever reaches it."),
    maxMessageSize: z
      .number()
      .int()
      .min(1024)
      .max(2 ** 33)
      .default(1_073_741_824)
      .describe("The largest message from any source, in octets; SMTP has a smaller limit of its own."),

    retryMinutes: z
      .array(z.number().min(0.01).max(10_080))
      .min(1)
      .max(50)
      .default([5, 15, 30, 60])
      .describe("Minutes from each failed attempt to the next; the last one repeats."),
    expireHours: z.number().min(0.01).max(2_400).default(96).describe("Hours after which a message is returned."),
    delayNoticeHours: z
      .number()
      .min(0)
      .max(2_400)
      .default(4)
      .describe("Hours after which the sender is told of a delay; 0: never."),
    returnOctets: z
      .number()
      .int()
      .min(0)
      .max(2 ** 30)
      .default(100_000)
      .describe("A returned message larger than this comes back as its header alone."),
    doubleBounces: z
      .enum(["log", "postmaster"])
      .default("log")
      .describe("A report that cannot be delivered is only logged, or goes to the postmaster."),

    connections: z.number().int().min(1).max(1000).default(40).describe("Outgoing connections at once, in all."),
    connectionsPerDestination: z
      .number()
      .int()
      .min(1)
      .max(200)
      .default(5)
      .describe("Outgoing connections at once to one destination."),
    messagesPerConnection: z.number().int().min(1).max(10_000).default(100).describe("Messages over one connection."),
    recipientsPerMessage: z.number().int().min(1).max(1000).default(100).describe("Recipients in one transaction."),
    idleSeconds: seconds(3, "How long a connection waits for the next message to the same destination, in seconds."),

    connectTimeout: seconds(30, "Seconds until a connection is given up."),
    greetingTimeout: seconds(300, "Seconds for the greeting and EHLO (RFC 5321 §4.5.3.2 has 5 minutes)."),
    commandTimeout: seconds(300, "Seconds for the replies to MAIL, RCPT, STARTTLS and AUTH (5 minutes)."),
    dataTimeout: seconds(120, "Seconds for the reply to DATA (2 minutes)."),
    blockTimeout: seconds(180, "Seconds for a part of the message to go out (3 minutes)."),
    finalTimeout: seconds(600, "Seconds for the reply after the message (10 minutes)."),
  }),
);

export const accountSettings = defineSettings("accounts", () =>
  z.object({
    expiryWarnDays: z
      .array(z.number().int().min(1).max(365))
      .max(10)
      .default([14, 3])
      .describe("How many days before an account expires its user is told by mail; empty: never."),
    warnAdministrators: z
      .boolean()
      .default(true)
      .describe("Administrators are told by mail of the accounts that expire, too."),
  }),
);

export const dnsSettings = defineSettings("dns", () =>
  z.object({
    servers: z
      .array(
        z
          .string()
          .trim()
          .max(100)
          .refine(
            (text) => serverOf(text) !== undefined,
            "A name server is an address, such as 192.168.1.1 or 192.168.1.1:53.",
          ),
      )
      .max(10)
      .default([])
      .describe("Name servers, as address or address:port; empty: those of the operating system."),
    timeout: z.number().min(0.05).max(30).default(2).describe("Seconds until the next name server is asked."),
    signatures: z
      .enum(["local", "all", "none"])
      .default("local")
      .describe(
        "Whose word is believed that an answer is signed (DNSSEC), for DANE: local, of name servers on this machine; all; none.",
      ),
  }),
);
