/** The searches that somebody keeps for his mail, and those that are remembered of him. They are his own, and nobody else sees them. */
import { z } from "zod";
import { requireOwn } from "../may.ts";
import { operation } from "../operation.ts";

const kept = z.object({
  id: z.number().int(),
  name: z.string(),
  query: z.string().describe("As it is typed."),
});
const query = z
  .string()
  .trim()
  .min(1, "Type what is to be looked for.")
  .max(500, "A search has at most 500 characters.");

export const listSearches = operation({
  name: "search.list",
  summary: "Lists the searches of one's own mail that one keeps, and those one made lately.",
  http: "GET /self/searches",
  scope: "self:read",
  who: "user",
  input: z.strictObject({}),
  output: z.object({ kept: z.array(kept), earlier: z.array(z.string()).describe("The latest first.") }),
  run(context) {
    const { id } = requireOwn(context, "searches are");
    const { searches } = context.directory;
    return { kept: searches.kept(id), earlier: searches.earlier(id) };
  },
});

export const keepSearch = operation({
  name: "search.keep",
  summary: "Keeps a search among one's folders; one that is kept already gets the new name.",
  http: "POST /self/searches",
  scope: "self:write",
  who: "user",
  input: z.strictObject({
    query,
    name: z
      .string()
      .trim()
      .max(100, "A name has at most 100 characters.")
      .default("")
      .describe("Empty: the search itself."),
  }),
  output: kept,
  async run(context, { query, name }) {
    const own = requireOwn(context, "searches are");
    return await context.commit((tx, note) => {
      const made = context.directory.searches.keepWithin(
        tx,
        own.id,
        { query, name: name || query.slice(0, 100) },
        context.now(),
      );
      // What somebody looks for in his mail is nobody else's business.
      note({ subject: `searches of ${own.login}`, after: { id: made.id } });
      return made;
    });
  },
});

export const removeSearch = operation({
  name: "search.remove",
  summary: "Takes a kept search away; the mail it finds stays.",
  http: "DELETE /self/searches/{id}",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ id: z.coerce.number().int().min(1) }),
  output: z.object({}),
  async run(context, { id }) {
    const own = requireOwn(context, "searches are");
    return await context.commit((tx, note) => {
      context.directory.searches.removeWithin(tx, own.id, id);
      note({ subject: `searches of ${own.login}`, before: { id } });
      return {};
    });
  },
});

export const forgetSearches = operation({
  name: "search.forget",
  summary: "Forgets what one looked for lately; searches that are kept stay.",
  http: "DELETE /self/searches",
  scope: "self:write",
  who: "user",
  input: z.strictObject({}),
  output: z.object({}),
  async run(context) {
    const own = requireOwn(context, "searches are");
    await context.commit((tx) => context.directory.searches.forgetWithin(tx, own.id));
    return {};
  },
});

export const searchOperations = [listSearches, keepSearch, removeSearch, forgetSearches] as const;
