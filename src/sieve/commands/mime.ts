/** What is done with the parts of a message: extracttext, replace, enclose (RFC 5703 §5 to §7). */
import { bytesOf } from "../../mime/octets.ts";
import { encodeBody } from "../../mime/quoted.ts";
import { structuredField, textField } from "../../mime/write.ts";
import type { ActionSpec } from "../call.ts";
import type { Fields } from "../fields.ts";
import { shortened } from "../matching.ts";
import { RunError } from "../run.ts";
import { oneAddress } from "./base-actions.ts";
import { digest } from "./vacation.ts";
import { MODIFIER_TAGS, modifiersOf, variableName } from "./variables.ts";

const LONGEST_TEXT = 262_144;

export const extracttext: ActionSpec = {
  rfc: "RFC 5703 §7",
  extension: "extracttext",
  tags: { ...MODIFIER_TAGS, first: { takes: "number" } },
  takes: [{ name: "variable name", kind: "string" }],
  readsBody: () => true,
  build(call) {
    if (!call.requires("variables"))
      throw call.error('“extracttext” needs require "variables"; at the start of the script.');
    if (!call.isInLoop) throw call.error("“extracttext” stands inside of foreverypart.");
    const name = variableName(call, "variable name");
    const first = call.number(":first", undefined);
    const modify = modifiersOf(call);
    return (run) => {
      const { part } = run;
      const text = part?.type === "text" ? run.view.textOf(part) : "";
      run.spend(text.length);
      run.setVariable(
        name,
        modify(first === undefined ? text : [...text.slice(0, 2 * first)].slice(0, first).join("")),
      );
      run.because = `The variable ${name} is now “${shortened(run.variable(name))}”.`;
    };
  },
};

const CONTENT = /^(?:content-.*|mime-version)$/;

export const replace: ActionSpec = {
  rfc: "RFC 5703 §5",
  extension: "replace",
  tags: { mime: {}, subject: { takes: "string" }, from: { takes: "string" } },
  takes: [{ name: "replacement", kind: "string" }],
  readsBody: () => true,
  build(call) {
    const replacement = call.text("replacement");
    const subject = call.optionalText(":subject");
    const from = call.optionalText(":from");
    const mime = call.has(":mime");
    return (run) => {
      run.change();
      const { view } = run;
      const part = run.part ?? view.root;
      const made = entity(run.text(replacement), mime);
      run.because = part === view.root ? "The message gets another text." : "A part gets another text.";
      if (part !== view.root) {
        // The line end before a boundary belongs to the boundary.
        const body = made.body.replace(/\r\n$/, "");
        view.replace(part.headerStart, part.bodyEnd, bytesOf(`${made.head}\r\n${body}`));
        return;
      }
      const { fields } = view;
      fields.remove(({ key }) => CONTENT.test(key));
      if (subject !== undefined) put(fields, "Subject", textField("Subject", run.text(subject)));
      if (from !== undefined) put(fields, "From", fromField(run.text(from)));
      put(fields, "MIME-Version", "MIME-Version: 1.0\r\n");
      for (const field of made.head.split(/\r\n(?![ \t])/).filter((one) => one !== "")) {
        put(fields, field.slice(0, field.indexOf(":")), `${field}\r\n`);
      }
      view.replace(view.root.bodyStart, view.size, bytesOf(made.body));
    };
  },
};

/** A MIME entity: header fields and body, both with their line ends, as octets. */
function entity(text: string, mime: boolean): { readonly head: string; readonly body: string } {
  if (text.length > LONGEST_TEXT) throw new RunError("the replacement is too long.");
  const lines = text.replace(/\r?\n/g, "\r\n");
  if (!mime) {
    const { encoding, body } = encodeBody(lines);
    const head = `Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: ${encoding}\r\n`;
    return { head, body };
  }
  const octets = Buffer.from(lines, "utf8").toString("latin1");
  const blank = octets.startsWith("\r\n") ? 0 : octets.indexOf("\r\n\r\n");
  if (blank < 0) throw new RunError("the replacement with :mime has no blank line after its header.");
  // Only what is about the content: other fields have no place in a part.
  const head = octets
    .slice(0, blank)
    .split(/\r\n(?![ \t])/)
    .filter((field) => /^content-[!-9;-~]*:/i.test(field))
    .map((field) => `${field}\r\n`)
    .join("");
  return { head, body: octets.slice(blank === 0 ? 2 : blank + 4) };
}

function fromField(text: string): string {
  const address = oneAddress(text);
  if (address === undefined) throw new RunError(`“${shortened(text)}” is no address.`);
  return structuredField("From", /[^\x20-\x7e]/.test(text) ? address : text);
}

/** Sets a field in the place of all others of its name. */
function put(fields: Fields, name: string, octets: string): void {
  const key = name.toLowerCase();
  fields.remove((field) => field.key === key);
  const value = octets
    .slice(name.length + 1)
    .replace(/\r\n/g, "")
    .trim();
  fields.add({ key, octets, value }, true);
}

export const enclose: ActionSpec = {
  rfc: "RFC 5703 §6",
  extension: "enclose",
  tags: { subject: { takes: "string" }, headers: { takes: "strings" } },
  takes: [{ name: "text", kind: "string" }],
  readsBody: () => true,
  build(call) {
    const text = call.text("text");
    const subject = call.optionalText(":subject");
    const headers = call.texts(":headers");
    return (run) => {
      run.change();
      const { fields } = run.view;
      const boundary = `enclosed-${digest([run.surroundings.now, run.surroundings.envelope.to]).slice(0, 24)}`;
      const part = entity(run.text(text), false);
      const before = `--${boundary}\r\n${part.head}\r\n${part.body}\r\n--${boundary}\r\nContent-Type: message/rfc822\r\n\r\n`;
      run.view.enclose(bytesOf(before), bytesOf(`\r\n--${boundary}--\r\n`));
      const copied = new Set([...ENVELOPE, ...run.texts(headers).map((name) => name.toLowerCase())]);
      fields.remove(({ key }) => !copied.has(key) || CONTENT.test(key));
      if (subject !== undefined) put(fields, "Subject", textField("Subject", run.text(subject)));
      put(fields, "MIME-Version", "MIME-Version: 1.0\r\n");
      put(fields, "Content-Type", `Content-Type: multipart/mixed; boundary="${boundary}"\r\n`);
      run.because = "The message is enclosed in another.";
    };
  },
};

/** What every message needs, and what says how it came here. */
const ENVELOPE: readonly string[] = [
  ...["from", "to", "cc", "date", "message-id", "subject", "received", "return-path", "delivered-to"],
  ...["authentication-results", "auto-submitted"],
];

export const mimeActions = { extracttext, replace, enclose };
