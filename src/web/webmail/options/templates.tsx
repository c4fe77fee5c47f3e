/** Templates of letters: the list, and the form of one, which may begin with the text of a message. */
import type { Hono } from "hono";
import { z } from "zod";
import {
  TEMPLATES,
  type TemplateFields,
  TemplateForm,
  TemplateList,
} from "../../../../views/webmail/options-templates.tsx";
import { t } from "../../../../views/words/words.ts";
import { addTemplate, listTemplates, removeTemplate, setTemplate } from "../../../administration/users/templates.ts";
import { Refusal } from "../../../refusal.ts";
import { signedIn, type WebContext, type WebEnv } from "../../context.ts";
import { anyFields, asked, type Errors, posted, whole } from "../../form.ts";
import { oneLine } from "../names.ts";
import { messageNamed } from "../room.ts";
import { type Office, problemOf } from "./office.tsx";

const templateForm = z.strictObject({ name: z.string(), subject: z.string(), text: z.string(), html: z.string() });
/** "3.17": a message in a folder, whose text is the beginning. */
const newQuery = z.object({ like: z.string().max(40).optional() });

/** Routes below /mail/options/templates. */
export function templatePages(app: Hono<WebEnv>, office: Office): void {
  const at = "/templates";

  const edit = async (c: WebContext, id: number | undefined, template: TemplateFields, errors: Errors = {}) => {
    const { frame } = await office.desk(c, TEMPLATES);
    const title = id === undefined ? t("New template") : template.name;
    const page = { frame, id, template, errors, editor: await office.forEditor(template.html) };
    return await office.showEditor(c, title, <TemplateForm {...page} />, errors);
  };

  app.get(at, async (c) => {
    const { frame } = await office.desk(c, TEMPLATES);
    const { templates } = await office.perform(c, listTemplates, {});
    const lines = templates.map((one) => ({ ...one, updatedAt: Date.parse(one.updatedAt) }));
    return await office.show(c, t("Templates"), <TemplateList frame={frame} templates={lines} />);
  });

  app.get(
    `${at}/new`,
    asked(newQuery),
    async (c) => await edit(c, undefined, await like(c, c.req.valid("query").like)),
  );

  /** What a new one begins with: the text of a message that one reads. */
  const like = async (c: WebContext, reference = ""): Promise<TemplateFields> => {
    if (reference === "") return { name: "", subject: "", text: "", html: "" };
    const { renderings } = office.webmail;
    const message = await messageNamed(office.webmail, signedIn(c).user, reference);
    const subject = oneLine(message.envelope.subject, 500);
    const { text } = renderings.text(message);
    return { name: subject.slice(0, 100), subject, text: text.replace(/\r\n?/g, "\n").slice(0, 100_000), html: "" };
  };

  app.post(`${at}/new`, posted(templateForm), async (c) => {
    const value = whole(c.req.valid("form"));
    try {
      const { name } = await office.perform(c, addTemplate, {
        ...value,
        html: await office.fromEditor(value.html),
      });
      return office.done(c, t("The template {name} is kept.", { name }), TEMPLATES);
    } catch (thrown) {
      return await edit(c, undefined, value, problemOf(thrown));
    }
  });

  const idOf = (c: WebContext) => Number(c.req.param("template"));

  app.get(`${at}/:template{\\d+}`, async (c) => {
    const { templates } = await office.perform(c, listTemplates, {});
    const found = templates.find(({ id }) => id === idOf(c));
    if (found === undefined) throw new Refusal("notFound", "There is no such template.");
    return await edit(c, found.id, found);
  });

  app.post(`${at}/:template{\\d+}`, posted(templateForm), async (c) => {
    const value = whole(c.req.valid("form"));
    try {
      const { name } = await office.perform(c, setTemplate, {
        ...{ id: idOf(c), ...value },
        html: await office.fromEditor(value.html),
      });
      return office.done(c, t("The template {name} is kept.", { name }), TEMPLATES);
    } catch (thrown) {
      return await edit(c, idOf(c), value, problemOf(thrown));
    }
  });

  app.post(`${at}/:template{\\d+}/remove`, posted(anyFields), async (c) => {
    await office.perform(c, removeTemplate, { id: idOf(c) });
    return office.done(c, t("The template is removed."), TEMPLATES);
  });
}
