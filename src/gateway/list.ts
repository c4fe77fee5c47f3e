/** What a list of hosts is: as people write it, and as they see it. */
import { z } from "zod";
import { changeOf } from "../directory/validate.ts";
import { nameSchema } from "./names.ts";

const shape = {
  name: nameSchema("list"),
  description: z.string().trim().max(500).default(""),
  source: z
    .enum(["text", "upload", "file", "url"])
    .describe("text: written here; upload: brought in; file: a file of the data folder; url: fetched."),
  location: z
    .string()
    .max(1_000_000, "At most a million characters; bring longer lists in as a file.")
    .default("")
    .describe("The hosts themselves, the file's path below lists/ of the data folder, or the address."),
  exceptions: z
    .string()
    .max(100_000)
    .default("")
    .describe("Hosts that are not in it whatever the source says, one a line."),
  everyHours: z
    .number()
    .int()
    .min(0)
    .max(10_000)
    .default(24)
    .describe("Hours after which an address is asked again; 0: only by hand."),
  enabled: z.boolean().default(true),
};

const refineLocation = <S extends z.ZodType<{ source: string; location: string }>>(schema: S): S =>
  schema
    .refine(({ source, location }) => source !== "url" || /^https?:\/\/[^\s/]+/i.test(location), {
      path: ["location"],
      message: "The address of a list begins with http:// or https://.",
    })
    .refine(({ source, location }) => source !== "file" || isPathBelow(location), {
      path: ["location"],
      message: "A file is named by its path below lists/ in the data folder, such as ads.txt.",
    });

export const listSchema = refineLocation(z.strictObject(shape));
export const listPatchSchema = changeOf(shape);
export type ListInput = z.input<typeof listSchema>;
export type ListPatch = z.input<typeof listPatchSchema>;

function isPathBelow(path: string): boolean {
  return (
    path.length <= 400 &&
    !/[\p{Cc}\\]/u.test(path) &&
    path.split("/").every((part) => part !== "" && part !== "." && part !== "..")
  );
}

/** A list as people see it. Times are milliseconds since the epoch. */
export interface HostList {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly source: "text" | "upload" | "file" | "url";
  readonly location: string;
  readonly exceptions: string;
  readonly everyHours: number;
  readonly enabled: boolean;
  /** Names in it. */
  readonly entries: number;
  /** Lines that could not be read. */
  readonly skipped: number;
  /** When its source was last looked at; null for never. */
  readonly checkedAt: number | null;
  /** When it was last found to have other hosts. */
  readonly changedAt: number | null;
  /** Why its source could not be read the last time; "" if it could. */
  readonly problem: string;
  /** It is being read now. */
  readonly busy: boolean;
  /** Memory it takes. */
  readonly octets: number;
}
