/** IMAP flags (RFC 5232): the internal variable that says which flags a message gets, or others of the script's own. */
import type { ActionSpec, TestSpec } from "../call.ts";
import { Value } from "../comparators.ts";
import { flagsIn, MOST_FLAGS } from "../flags.ts";
import { COMPARE } from "../options.ts";
import { type Run, union } from "../run.ts";
import { variableName } from "./variables.ts";

const VARIABLE = "variable name";
const LIST = "list of flags";

function changing(
  section: string,
  word: string,
  change: (before: readonly string[], flags: readonly string[]) => readonly string[],
): ActionSpec {
  return {
    rfc: `RFC 5232 §${section}`,
    extension: "imap4flags",
    takes: [
      { name: VARIABLE, kind: "string", optional: true },
      { name: LIST, kind: "strings" },
    ],
    build(call) {
      if (call.has(VARIABLE) && !call.requires("variables")) {
        throw call.error(
          'flags in a variable need require "variables"; at the start of the script.',
          call.place(VARIABLE),
        );
      }
      const name = call.has(VARIABLE) ? variableName(call, VARIABLE) : undefined;
      const list = call.texts(LIST);
      return (run) => {
        const flags = change(held(run, name), flagsIn(run.texts(list))).slice(0, MOST_FLAGS);
        if (name === undefined) run.flags = flags;
        else run.setVariable(name, flags.join(" "));
        run.because = `${word}: ${flags.length === 0 ? "none" : flags.join(" ")}.`;
      };
    },
  };
}

function held(run: Run, name: string | undefined): readonly string[] {
  return name === undefined ? run.flags : flagsIn([run.variable(name)]);
}

export const hasflag: TestSpec = {
  rfc: "RFC 5232 §4",
  extension: "imap4flags",
  tags: COMPARE,
  takes: [
    { name: "variable list", kind: "strings", optional: true },
    { name: LIST, kind: "strings" },
  ],
  build(call) {
    if (call.has("variable list") && !call.requires("variables")) {
      throw call.error(
        'flags in variables need require "variables"; at the start of the script.',
        call.place("variable list"),
      );
    }
    const names = call.has("variable list") ? call.fixed("variable list").map((name) => name.toLowerCase()) : undefined;
    const matcher = call.matcher(LIST);
    return (run) => {
      const flags = names === undefined ? run.flags : names.flatMap((name) => held(run, name));
      return matcher.any(
        run,
        flags.map((flag) => new Value(flag, "A flag")),
      );
    };
  },
};

const less = (before: readonly string[], flags: readonly string[]) => {
  const gone = new Set(flags.map((flag) => flag.toLowerCase()));
  return before.filter((flag) => !gone.has(flag.toLowerCase()));
};

export const flagCommands = {
  tests: { hasflag },
  actions: {
    setflag: changing("3.1", "The flags are", (_, flags) => flags),
    addflag: changing("3.2", "The flags are now", union),
    removeflag: changing("3.3", "The flags that are left", less),
  },
};
