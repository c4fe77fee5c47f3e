/** The test `duplicate` (RFC 7352). What is found new is remembered only when the script came to its end. */

import { isFieldName } from "../address-fields.ts";
import type { TestSpec } from "../call.ts";
import { shortened } from "../matching.ts";
import type { Run } from "../run.ts";
import { digest } from "./vacation.ts";

const DEFAULT_SECONDS = 7 * 86_400;
/** RFC 7352 §3.2: a server has its bound. */
const MOST_SECONDS = 365 * 86_400;

export const duplicate: TestSpec = {
  rfc: "RFC 7352 §3",
  extension: "duplicate",
  tags: {
    handle: { takes: "string" },
    header: { takes: "string", group: "id" },
    uniqueid: { takes: "string", group: "id" },
    seconds: { takes: "number" },
    last: {},
  },
  takes: [],
  build(call) {
    const handle = call.text(":handle");
    const header = call.has(":header") ? call.text(":header") : "Message-ID";
    const uniqueId = call.optionalText(":uniqueid");
    const seconds = Math.min(call.number(":seconds", DEFAULT_SECONDS), MOST_SECONDS);
    const last = call.has(":last");
    const [name] = call.literals(":header");
    if (name && !name.value.includes("${") && !isFieldName(name.value)) {
      throw call.error(`“${name.value}” cannot be the name of a header field.`, name.at);
    }
    return (run) => {
      const what = uniqueId === undefined ? fieldValue(run, run.text(header)) : run.text(uniqueId);
      if (what === undefined || what === "") {
        run.because = "The message has nothing to tell it by.";
        return false;
      }
      // §3.1: identifiers of different handles, and of a field and a text, never meet.
      const id = digest([run.text(handle), uniqueId === undefined ? run.text(header).toLowerCase() : null, what]);
      const known =
        run.surroundings.remembers(id) || run.actions.some((one) => one.kind === "remember" && one.id === id);
      if (!known || last) run.add({ kind: "remember", id, seconds });
      run.because = known ? `“${shortened(what)}” came before.` : `“${shortened(what)}” is new.`;
      return known;
    };
  },
};

function fieldValue(run: Run, name: string): string | undefined {
  return run.view.fields.values(name.toLowerCase())[0]?.text;
}
