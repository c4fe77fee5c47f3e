/** What an administrator may set for home pages. */
import { z } from "zod";
import { defineSettings } from "../../store/settings.ts";

const HOST = /^(?=.{1,190}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

export const homepageSettings = defineSettings("homepages", () =>
  z.object({
    enabled: z.boolean().default(true).describe("Users' home pages are shown. Off: there are none, for nobody."),
    host: z
      .string()
      .trim()
      .toLowerCase()
      .refine((host) => host === "" || HOST.test(host), "A host name is written like pages.example.test.")
      .default("")
      .describe(
        "Home pages also have host names of their own below this one: with pages.example.test, anna's are at anna.pages.example.test. There they may use cookies. Empty: at /~anna/ only. Names below it must lead to this server.",
      ),
    index: z
      .array(
        z
          .string()
          .trim()
          .regex(/^[^./\\\s][^/\\\p{Cc}]{0,99}$/u, "An index file is a name such as index.html."),
      )
      .max(10)
      .default(["index.html", "index.htm"])
      .describe("Files that are shown for a folder; the first that is there."),
    listings: z
      .boolean()
      .default(false)
      .describe("Folders without an index file are shown as a list of what is in them."),
    cacheSeconds: z
      .number()
      .int()
      .min(0)
      .max(31_536_000)
      .default(0)
      .describe(
        "Seconds for which browsers may show a file without asking whether it has changed. 0: they ask each time.",
      ),
    dav: z
      .boolean()
      .default(true)
      .describe("Users reach their home-page folder as a network drive (WebDAV), at /dav/pages/ and their login name."),
  }),
);
