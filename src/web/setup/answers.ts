/** The questions of the first start, as one value: what the wizard collects and `gatepost setup` takes from its arguments. */
import { z } from "zod";

const DOMAIN =
  /^(?=.{1,253}$)(?:[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}-]{0,61}[\p{L}\p{N}\p{M}])?\.)+[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}-]{0,61}[\p{L}\p{N}\p{M}])?$/u;
const HOST = /^(?=.{1,253}$)[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}.-]*[\p{L}\p{N}\p{M}])?$/u;

const host = z.string().trim().toLowerCase().regex(HOST, "A server's name looks like mail.example.org.");

/** The administrator. */
export const administratorSchema = z.strictObject({
  login: z
    .string()
    .trim()
    .min(1, "Give the administrator a login name.")
    .max(64, "A login name has at most 64 characters.")
    .regex(
      /^[\p{L}\p{N}_][\p{L}\p{N}\p{M}._+-]*$/u,
      "Use letters, digits and . _ + - only, beginning with a letter or digit.",
    ),
  password: z
    .string()
    .min(8, "Use at least 8 characters; a few words together are easiest to remember.")
    .max(256, "A password has at most 256 characters."),
});

/** The domain that is local, and the name of this server in it. */
export const domainSchema = z.strictObject({
  domain: z
    .string()
    .trim()
    .toLowerCase()
    .regex(DOMAIN, "A domain looks like example.org: the part of an address after the @."),
  hostname: host,
});

/** How mail leaves the house. */
export const outgoingSchema = z.discriminatedUnion("way", [
  z.strictObject({ way: z.literal("direct") }),
  z.strictObject({
    way: z.literal("smartHost"),
    host,
    port: z
      .number()
      .int("A port is a whole number.")
      .min(1, "A port is between 1 and 65535.")
      .max(65_535, "A port is between 1 and 65535."),
    tls: z.enum(["implicit", "starttls", "opportunistic", "none"]),
    login: z.string().trim().max(255, "A login name has at most 255 characters."),
    password: z.string().max(1000, "A password has at most 1000 characters."),
  }),
]);

/** The names that the first certificate is valid for. */
export const certificateSchema = z.strictObject({
  names: z
    .array(z.union([host, z.ipv4(), z.ipv6()], "Each line is a server name or an address."))
    .min(1, "The certificate needs at least one name.")
    .max(50, "At most 50 names."),
});

/** All answers together. */
export const answersSchema = z.strictObject({
  administrator: administratorSchema,
  domain: domainSchema,
  outgoing: outgoingSchema,
  certificate: certificateSchema,
});
export type SetupAnswers = z.output<typeof answersSchema>;
