/** Tests that ask about folders: RFC 5490 (existence, annotations), RFC 9042 (identifiers), RFC 8579 (special uses). */
import type { TestSpec } from "../call.ts";
import { Value } from "../comparators.ts";
import { COMPARE } from "../options.ts";
import { LOOKUP_WORK, type Run } from "../run.ts";

/** A test that holds if something holds for all strings of a list. */
function every(
  rfc: string,
  extension: string,
  holds: (run: Run, name: string, first: string | undefined) => boolean,
  first?: { readonly name: string; readonly optional?: boolean },
): TestSpec {
  const list = { name: "list of names", kind: "strings" } as const;
  return {
    rfc,
    extension,
    takes: first === undefined ? [list] : [{ ...first, kind: "string" }, list],
    build(call) {
      const names = call.texts(list.name);
      const about = first === undefined ? undefined : call.optionalText(first.name);
      return (run) => {
        const of = about === undefined ? undefined : run.text(about);
        const missing = run.texts(names).find((name) => {
          run.spend(LOOKUP_WORK);
          return !holds(run, name, of);
        });
        if (run.explains) run.because = missing === undefined ? "All of them are there." : `There is no “${missing}”.`;
        return missing === undefined;
      };
    },
  };
}

/** Compares an annotation of a folder, or of the server where the signature names none. */
function annotation(rfc: string, extension: string, ofMailbox: boolean): TestSpec {
  const rest = [
    { name: "annotation name", kind: "string" },
    { name: "key list", kind: "strings" },
  ] as const;
  return {
    rfc,
    extension,
    tags: COMPARE,
    takes: ofMailbox ? [{ name: "mailbox", kind: "string" }, ...rest] : rest,
    build(call) {
      const mailbox = ofMailbox ? call.text("mailbox") : undefined;
      const name = call.text("annotation name");
      const matcher = call.matcher("key list");
      return (run) => {
        const of = mailbox === undefined ? undefined : run.text(mailbox);
        run.spend(LOOKUP_WORK);
        const value = run.surroundings.metadata(of, run.text(name));
        return matcher.any(run, value === undefined ? [] : [new Value(value, "The annotation")]);
      };
    },
  };
}

export const mailboxTests = {
  mailboxexists: every("RFC 5490 §3.1", "mailbox", (run, name) => run.surroundings.mailboxExists(name)),
  metadata: annotation("RFC 5490 §3.3", "mboxmetadata", true),
  metadataexists: every(
    "RFC 5490 §3.4",
    "mboxmetadata",
    (run, name, mailbox) => run.surroundings.metadata(mailbox ?? "", name) !== undefined,
    { name: "mailbox" },
  ),
  servermetadata: annotation("RFC 5490 §4.1", "servermetadata", false),
  servermetadataexists: every(
    "RFC 5490 §4.2",
    "servermetadata",
    (run, name) => run.surroundings.metadata(undefined, name) !== undefined,
  ),
  mailboxidexists: every("RFC 9042 §5", "mailboxid", (run, id) => run.surroundings.mailboxIdExists(id)),
  specialuse_exists: every(
    "RFC 8579 §5",
    "special-use",
    (run, use, mailbox) => run.surroundings.hasSpecialUse(use, mailbox),
    { name: "mailbox", optional: true },
  ),
};
