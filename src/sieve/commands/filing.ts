/** What `fileinto` and `:fcc` say of the folder (RFC 5228 §4.1, RFC 5490 §3.2, RFC 9042 §4, RFC 8579 §4, RFC 8580 §3). */
import type { Call } from "../call.ts";
import { flagsOf } from "../flags.ts";
import type { Filing } from "../outcome.ts";
import { type Run, RunError } from "../run.ts";
import type { Text } from "../text.ts";

const SPECIAL_USE = /^\\[A-Za-z][A-Za-z0-9-]*$/;

/** Characters of a folder's name. */
const LONGEST_NAME = 1_000;

/** Prepares the filing into the folder that an argument names. */
export function filingOf(call: Call, mailbox: Text): (run: Run) => Filing {
  const create = call.has(":create");
  const flags = call.has(":flags") ? call.texts(":flags") : undefined;
  const mailboxId = call.optionalText(":mailboxid");
  const specialUse = call.optionalText(":specialuse");
  if (mailboxId !== undefined && specialUse !== undefined) {
    // RFC 9042 §4.3.
    throw call.error("only one of :mailboxid and :specialuse can be given.", call.place(":specialuse"));
  }
  return (run) => {
    const use = specialUse === undefined ? undefined : run.text(specialUse);
    if (use !== undefined && !SPECIAL_USE.test(use))
      throw new RunError(`“${use}” is no special use, as \\Junk is one.`);
    return {
      mailbox: folderName(run.text(mailbox)),
      flags: flagsOf(run, flags),
      create,
      mailboxId: mailboxId === undefined ? undefined : run.text(mailboxId),
      specialUse: use,
    };
  };
}

function folderName(name: string): string {
  if (name === "" || name.length > LONGEST_NAME || /[\0-\x1f\x7f]/.test(name)) {
    throw new RunError(`“${name.slice(0, 100)}” cannot be the name of a folder.`);
  }
  return name;
}

/** Prepares the copy of what is sent; undefined without :fcc. */
export function fccOf(call: Call): (run: Run) => Filing | undefined {
  if (!call.has(":fcc")) {
    for (const name of [":flags", ":create", ":mailboxid", ":specialuse"]) {
      if (call.has(name)) throw call.error(`${name} has a meaning only with :fcc.`, call.place(name));
    }
    return () => undefined;
  }
  return filingOf(call, call.text(":fcc"));
}
