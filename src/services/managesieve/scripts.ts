/**
 * The commands that work on scripts (RFC 5804 §2.4 to §2.13). They do what the administration's operations do, for the primary
 * mailbox of whoever logged in: what may be done, and what is written into the audit log, stands there.
 */
import {
  activateScript,
  checkScript,
  listScripts,
  putScript,
  removeScript,
  renameScript,
  showScript,
} from "../../administration/mail/scripts.ts";
import { sieveSettings } from "../../sieve/settings.ts";
import { capabilities } from "./capabilities.ts";
import type { Command } from "./commands.ts";
import { type Overlong, textOf } from "./parse.ts";
import { no, ok, string } from "./respond.ts";
import type { ManageSieveSession, State } from "./session.ts";

const ANY: readonly State[] = ["open", "in"];
const IN: readonly State[] = ["in"];

/** RFC 5804 §2.4. */
export const capability: Command = {
  verb: "CAPABILITY",
  states: ANY,
  syntax: "CAPABILITY",
  rfc: "RFC 5804 §2.4",
  summary: "Lists the capabilities.",
  run: (session, args) => {
    args.end();
    return `${capabilities(session)}${ok()}`;
  },
};

/** RFC 5804 §2.5. */
export const havespace: Command = {
  verb: "HAVESPACE",
  states: IN,
  syntax: "HAVESPACE name octets",
  rfc: "RFC 5804 §2.5",
  summary: "Asks whether a script of this size would be taken.",
  run: (session, args) => {
    const name = args.text("name of the script");
    const size = args.number("size");
    args.end();
    session.deps.scripts.checkRoom(session.mailbox, name, size);
    return ok();
  },
};

/**
 * RFC 5804 §2.6.
 *
 *     C: PUTSCRIPT "rules" {14+}
 *     C: keep; # all
 *     S: OK
 */
export const putscript: Command = {
  verb: "PUTSCRIPT",
  states: IN,
  syntax: "PUTSCRIPT name script",
  rfc: "RFC 5804 §2.6",
  summary: "Stores a script, if it is a good one.",
  run: async (session, args) => {
    const name = args.text("name of the script");
    const script = args.octets("script");
    args.end();
    if ("overlong" in script) return tooLarge(session, script);
    const text = textOf(script, "script");
    const { warnings } = await session.perform(putScript, { id: session.mailbox, name, text });
    return checked(warnings);
  },
};

function checked(warnings: readonly string[]): string {
  return warnings.length === 0 ? ok() : ok(warnings.join("\r\n"), { name: "WARNINGS" });
}

function tooLarge({ deps }: ManageSieveSession, _script: Overlong): string {
  const { maxScriptSize } = deps.store.settings.get(sieveSettings);
  return no(`A script has at most ${maxScriptSize} octets.`, { name: "QUOTA/MAXSIZE" });
}

/** RFC 5804 §2.7. */
export const listscripts: Command = {
  verb: "LISTSCRIPTS",
  states: IN,
  syntax: "LISTSCRIPTS",
  rfc: "RFC 5804 §2.7",
  summary: "Lists the scripts, and says which one is run.",
  run: async (session, args) => {
    args.end();
    const { scripts } = await session.perform(listScripts, { id: session.mailbox });
    return `${scripts.map(({ name, active }) => `${string(name)}${active ? " ACTIVE" : ""}\r\n`).join("")}${ok()}`;
  },
};

/** RFC 5804 §2.8. */
export const setactive: Command = {
  verb: "SETACTIVE",
  states: IN,
  syntax: "SETACTIVE name",
  rfc: "RFC 5804 §2.8",
  summary: 'Makes a script the one that is run; "" for none.',
  run: async (session, args) => {
    const name = args.text("name of the script");
    args.end();
    await session.perform(activateScript, { id: session.mailbox, name });
    return ok();
  },
};

/** RFC 5804 §2.9. */
export const getscript: Command = {
  verb: "GETSCRIPT",
  states: IN,
  syntax: "GETSCRIPT name",
  rfc: "RFC 5804 §2.9",
  summary: "Gives the text of a script.",
  run: async (session, args) => {
    const name = args.text("name of the script");
    args.end();
    const { text } = await session.perform(showScript, { id: session.mailbox, name });
    // A literal always: clients expect scripts so.
    return `{${Buffer.byteLength(text)}}\r\n${text}\r\n${ok()}`;
  },
};

/** RFC 5804 §2.10. */
export const deletescript: Command = {
  verb: "DELETESCRIPT",
  states: IN,
  syntax: "DELETESCRIPT name",
  rfc: "RFC 5804 §2.10",
  summary: "Removes a script that is not the active one.",
  run: async (session, args) => {
    const name = args.text("name of the script");
    args.end();
    await session.perform(removeScript, { id: session.mailbox, name });
    return ok();
  },
};

/** RFC 5804 §2.11. */
export const renamescript: Command = {
  verb: "RENAMESCRIPT",
  states: IN,
  syntax: "RENAMESCRIPT old-name new-name",
  rfc: "RFC 5804 §2.11",
  summary: "Gives a script another name.",
  run: async (session, args) => {
    const name = args.text("name of the script");
    const to = args.text("new name");
    args.end();
    await session.perform(renameScript, { id: session.mailbox, name, to });
    return ok();
  },
};

/** RFC 5804 §2.12. */
export const checkscript: Command = {
  verb: "CHECKSCRIPT",
  states: IN,
  syntax: "CHECKSCRIPT script",
  rfc: "RFC 5804 §2.12",
  summary: "Says whether a script is a good one, and stores nothing.",
  run: async (session, args) => {
    const script = args.octets("script");
    args.end();
    if ("overlong" in script) return tooLarge(session, script);
    const { warnings } = await session.perform(checkScript, { id: session.mailbox, text: textOf(script, "script") });
    return checked(warnings);
  },
};

/** RFC 5804 §2.13. */
export const noop: Command = {
  verb: "NOOP",
  states: ANY,
  syntax: "NOOP [tag]",
  rfc: "RFC 5804 §2.13",
  summary: "Does nothing, and says the tag again.",
  run: (_session, args) => {
    const tag = args.more ? args.text("tag") : undefined;
    args.end();
    return tag === undefined ? ok("Done.") : ok("Done.", { name: "TAG", text: Buffer.from(tag) });
  },
};
