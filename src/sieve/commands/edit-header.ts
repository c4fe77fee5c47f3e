/** Adding and deleting header fields (RFC 5293). What follows in the script sees the changed header. */

import { decodeOctetWords } from "../../mime/words.ts";
import { textField } from "../../mime/write.ts";
import { isFieldName } from "../address-fields.ts";
import type { ActionSpec, Call } from "../call.ts";
import { Value } from "../comparators.ts";
import { shortened } from "../matching.ts";
import { COMPARE } from "../options.ts";
import { RunError } from "../run.ts";
import { indexOf } from "./sources.ts";

/** RFC 5293 §6: trace and loop protection stay; so does what says who vouches for a message. */
const KEPT: ReadonlySet<string> = new Set([
  ...["received", "auto-submitted", "return-path", "delivered-to", "authentication-results"],
  ...["dkim-signature", "arc-seal", "arc-message-signature", "arc-authentication-results", "gatepost-verdict"],
]);

/** RFC 5322 §2.1.1, with room for a long name: what a script adds is no book. */
const LONGEST_VALUE = 2_000;

export const addheader: ActionSpec = {
  rfc: "RFC 5293 §4",
  extension: "editheader",
  tags: { last: {} },
  takes: [
    { name: "field name", kind: "string" },
    { name: "value", kind: "string" },
  ],
  build(call) {
    const name = call.text("field name");
    const content = call.text("value");
    checkName(call);
    const last = call.has(":last");
    return (run) => {
      const field = fieldName(run.text(name));
      const text = run
        .text(content)
        .replace(/\r?\n[ \t]*/g, " ")
        .trim();
      if (text.length > LONGEST_VALUE) throw new RunError(`the value for the field “${field}” is too long.`);
      run.because = `The message gets the field ${field}: ${shortened(text)}`;
      // Nobody but the server says how a message came here.
      if (KEPT.has(field.toLowerCase())) return;
      run.change();
      const octets = textField(field, text);
      const value = octets
        .slice(field.length + 1)
        .replace(/\r\n/g, "")
        .trim();
      run.view.fields.add({ key: field.toLowerCase(), octets, value }, last);
    };
  },
};

export const deleteheader: ActionSpec = {
  rfc: "RFC 5293 §5",
  extension: "editheader",
  tags: { ...COMPARE, index: { takes: "number" }, last: {} },
  takes: [
    { name: "field name", kind: "string" },
    { name: "value patterns", kind: "strings", optional: true },
  ],
  build(call) {
    checkName(call);
    const name = call.text("field name");
    const pick = indexOf(call);
    const matcher = call.has("value patterns") ? call.matcher("value patterns", { captures: false }) : undefined;
    return (run) => {
      const field = fieldName(run.text(name));
      const key = field.toLowerCase();
      run.because = `The message loses the field ${field}, as far as it fits.`;
      if (KEPT.has(key)) return;
      run.change();
      const { fields } = run.view;
      const chosen = pick(fields.all().filter((one) => one.key === key));
      const fits = (value: string) => matcher?.any(run, [new Value(decodeOctetWords(value).trim(), field)]) ?? true;
      const doomed = new Set(chosen.filter(({ value }) => fits(value)));
      if (doomed.size > 0) fields.remove((one) => doomed.has(one));
    };
  },
};

function checkName(call: Call): void {
  const [name] = call.literals("field name");
  if (name && !name.value.includes("${") && !isFieldName(name.value)) {
    throw call.error(`“${name.value}” cannot be the name of a header field; names stand without a colon.`, name.at);
  }
}

function fieldName(name: string): string {
  if (!isFieldName(name) || name.length > 100)
    throw new RunError(`“${shortened(name)}” cannot be the name of a header field.`);
  return name;
}

export const headerActions = { addheader, deleteheader };
