/** How somebody wants his pages. Everybody sets his own; the values and what they mean are in src/directory/preferences.ts. */
import { z } from "zod";
import { LANGUAGES } from "../../../views/words/words.ts";
import { FolderRights } from "../../auth/folder-rights.ts";
import { preferencesSchema } from "../../directory/preferences.ts";
import { Refusal } from "../../refusal.ts";
import { requireOwn } from "../may.ts";
import { type Context, operation } from "../operation.ts";

/** What may be chosen: of languages those that there are words in. */
export const preferencesChange = preferencesSchema.partial().safeExtend({
  language: z.enum(["", ...LANGUAGES], `Choose a language: one of ${LANGUAGES.join(", ")}, or none.`).optional(),
});

export const showPreferences = operation({
  name: "preferences.show",
  summary: "Shows how one wants one's pages: language, time zone, colours, how mail is shown and written.",
  http: "GET /self/preferences",
  scope: "self:read",
  who: "user",
  input: z.strictObject({}),
  output: preferencesSchema,
  run: (context) => context.directory.preferences.of(requireOwn(context, "preferences are").id),
});

export const setPreferences = operation({
  name: "preferences.set",
  summary: "Chooses how one wants one's pages; what is not given stays.",
  http: "PATCH /self/preferences",
  scope: "self:write",
  who: "user",
  input: preferencesChange,
  output: preferencesSchema,
  async run(context, change) {
    const own = requireOwn(context, "preferences are");
    refuseFolder(context, own.id, change.startFolder ?? 0);
    return await context.commit((tx, note) => {
      const before = context.directory.preferences.of(own.id);
      const after = context.directory.preferences.setWithin(tx, own.id, change);
      note({ subject: `preferences of ${own.login}`, before, after });
      return after;
    });
  },
});

/** One opens with a folder that one may read. @throws Refusal "invalid" */
function refuseFolder({ directory, mailstore }: Context, user: number, id: number): void {
  if (id === 0) return;
  const folder = mailstore.folderById(id);
  if (folder !== undefined && new FolderRights(directory, mailstore).of({ user }, folder).includes("r")) return;
  throw new Refusal("invalid", "There is no such folder. Choose one of your own.", { field: "startFolder" });
}

export const preferencesOperations = [showPreferences, setPreferences] as const;
