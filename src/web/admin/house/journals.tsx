/** Journals: the list, beginning one, one journal, ending it. Mounted by house.tsx at /admin/house/journals. */
import { Hono } from "hono";
import { Confirm, ConfirmForm, type Question } from "../../../../views/admin/confirm.tsx";
import { JOURNALS, Journals, JournalView } from "../../../../views/admin/house/journals.tsx";
import {
  addJournal,
  type JournalView as Journal,
  listJournals,
  removeJournal,
  setJournal,
} from "../../../administration/house/journals.ts";
import { Refusal } from "../../../refusal.ts";
import { type WebContext, type WebEnv, wantsFragment } from "../../context.ts";
import { anyFields, type Errors, errorsFrom, type Fields, posted, statusFrom } from "../../form.ts";
import { doneAt, perform } from "../../performing.ts";
import type { Front } from "../../site.ts";
import { parsed } from "../gateway/fields.ts";
import { adminFrame, idOf } from "../office.ts";

const valuesOf = ({ to = "", direction = "", about = "", note = "" }: Fields) => ({ to, direction, about, note });

export const journalRoutes = (front: Front): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();

  const show = async (c: WebContext, typed?: Fields, errors: Errors = {}, status: 200 | 403 | 422 = 200) => {
    const { journals } = await perform(front, c, listJournals, {});
    const form = { csrf: c.get("csrf"), action: JOURNALS, errors, ...(typed && { typed }) };
    return c.html(<Journals frame={adminFrame(front, c)} journals={journals} form={form} />, status);
  };

  const showOne = (
    c: WebContext,
    journal: Journal,
    typed?: Fields,
    errors: Errors = {},
    status: 200 | 403 | 422 = 200,
  ) => {
    const form = { csrf: c.get("csrf"), action: `${JOURNALS}/${journal.id}`, errors, ...(typed && { typed }) };
    return c.html(<JournalView frame={adminFrame(front, c)} journal={journal} form={form} />, status);
  };

  const journalOf = async (c: WebContext): Promise<Journal> => {
    const { journals } = await perform(front, c, listJournals, {});
    const found = journals.find(({ id }) => id === idOf(c));
    if (found === undefined) throw new Refusal("notFound", "There is no such journal.");
    return found;
  };

  app.get("/", (c) => show(c));

  app.post("/", posted(anyFields), async (c) => {
    const { fields } = c.req.valid("form");
    try {
      const made = await perform(front, c, addJournal, parsed(addJournal.input, valuesOf(fields)));
      return doneAt(front, c, `Copies go to ${made.to} from now on.`, JOURNALS);
    } catch (thrown) {
      return await show(c, fields, errorsFrom(thrown), statusFrom(thrown));
    }
  });

  app.get("/:id{\\d+}", async (c) => showOne(c, await journalOf(c)));

  app.post("/:id{\\d+}", posted(anyFields), async (c) => {
    const journal = await journalOf(c);
    const { fields } = c.req.valid("form");
    try {
      const change = { ...valuesOf(fields), enabled: fields.enabled !== undefined, id: journal.id };
      const after = await perform(front, c, setJournal, parsed(setJournal.input, change));
      return doneAt(front, c, `The journal to ${after.to} was changed.`, JOURNALS);
    } catch (thrown) {
      return showOne(c, journal, fields, errorsFrom(thrown), statusFrom(thrown));
    }
  });

  app.get("/:id{\\d+}/remove", async (c) => {
    const journal = await journalOf(c);
    const question: Question = {
      title: `End the journal to ${journal.to}?`,
      text: "No further copies are made. Those there are stay where they are.",
      action: `${JOURNALS}/${journal.id}/remove`,
      doIt: "End the journal",
      back: `${JOURNALS}/${journal.id}`,
    };
    if (wantsFragment(c)) return c.html(<ConfirmForm question={question} csrf={c.get("csrf")} />);
    return c.html(<Confirm frame={adminFrame(front, c)} place="house" question={question} />);
  });

  app.post("/:id{\\d+}/remove", async (c) => {
    const journal = await journalOf(c);
    await perform(front, c, removeJournal, { id: journal.id });
    return doneAt(front, c, `The journal to ${journal.to} has ended.`, JOURNALS);
  });

  return app;
};
