/** Templates in letters: what one adds to what is written, and what of a letter is worth keeping as one. Pure. */
import type { NewTemplate, Template } from "../../directory/templates.ts";
import { plainText, textAsHtml } from "./letter-text.ts";
import type { Fields } from "./prefill.ts";

/**
 * A letter with a template above what is written so far.
 * @param html the template's formatted text, tidied; "" for none
 */
export function withTemplate(fields: Fields, template: Pick<Template, "subject" | "text">, html: string): Fields {
  const subject = fields.subject || template.subject;
  if (fields.format === "plain") {
    const text = template.text || plainText(html);
    return { ...fields, subject, text: `${text.trimEnd()}\n${fields.text}` };
  }
  const above = html || textAsHtml(template.text);
  const whole = `${above}${fields.html}`;
  return { ...fields, subject, html: whole, text: plainText(whole) };
}

const SIGNATURE = /<div data-signature\b|<blockquote\b/;
const PICTURE = /<img\b[^>]*\bsrc="cid:[^>]*>/g;
const LONGEST_NAME = 100;

/** What of a letter is kept as a template: its own words, without signature, quotation and pictures. */
export function templateOf({ subject, format, text, html }: Fields, unnamed: string): NewTemplate {
  const name = subject.trim().slice(0, LONGEST_NAME) || unnamed;
  if (format === "plain") return { name, subject, text: ownText(text), html: "" };
  const end = html.search(SIGNATURE);
  const own = (end < 0 ? html : html.slice(0, end)).replace(PICTURE, "");
  return { name, subject, text: plainText(own), html: own };
}

function ownText(text: string): string {
  const end = text.search(/(?:^|\n)(?:-- ?\n|>)/);
  return (end < 0 ? text : text.slice(0, end)).trimEnd();
}
