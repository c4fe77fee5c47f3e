/** The actions of RFC 5228 §4, and those of RFC 5429 that refuse a message. */
import { isGroup, parseAddressList } from "../../mime/addresses.ts";
import type { ActionSpec, Call } from "../call.ts";
import { flagsOf } from "../flags.ts";
import { shortened } from "../matching.ts";
import { FILING } from "../options.ts";
import { RunError } from "../run.ts";
import { filingOf } from "./filing.ts";

/** RFC 3894. */
const COPY = { copy: { extension: "copy" } };

/** RFC 5228 §4.3, RFC 5232 §5. */
export const keep: ActionSpec = {
  rfc: "RFC 5228 §4.3",
  tags: { flags: { takes: "strings", extension: "imap4flags" } },
  takes: [],
  build(call) {
    const named = call.has(":flags") ? call.texts(":flags") : undefined;
    return (run) => {
      run.keeps = false;
      run.add({ kind: "keep", implicit: false, flags: flagsOf(run, named), rewritten: run.view.rewritten });
      run.because = "The message goes into the inbox.";
    };
  },
};

/** RFC 5228 §4.1. */
export const fileinto: ActionSpec = {
  rfc: "RFC 5228 §4.1",
  extension: "fileinto",
  tags: { ...COPY, ...FILING },
  takes: [{ name: "mailbox", kind: "string" }],
  build(call) {
    const filing = filingOf(call, call.text("mailbox"));
    const copy = call.has(":copy");
    return (run) => {
      const into = filing(run);
      if (!copy) run.keeps = false;
      run.add({ kind: "fileinto", ...into, rewritten: run.view.rewritten });
      run.because = `${copy ? "A copy of the" : "The"} message goes into the folder “${shortened(into.mailbox)}”.`;
    };
  },
};

/** An address as it may stand in an envelope: one, and nothing else (RFC 5228 §2.4.2.3); undefined if the text is none. */
export function oneAddress(text: string): string | undefined {
  if (/[\0-\x1f\x7f]/.test(text)) return undefined;
  const [entry, ...others] = parseAddressList(text);
  if (entry === undefined || others.length > 0 || isGroup(entry)) return undefined;
  const { local, domain } = entry;
  if (local === "" || /[\s<>,;()]/.test(local) || !/^[^\s@<>,;()]+$/.test(domain)) return undefined;
  return `${local}@${domain}`;
}

/** Refuses constant texts that are no address before any message comes. */
export function checkAddress(call: Call, argument: string): void {
  for (const { value, at } of call.literals(argument)) {
    const variable = value.includes("${");
    if (!variable && oneAddress(value) === undefined) throw call.error(`“${value}” is no address.`, at);
  }
}

/** RFC 5228 §4.2, RFC 6134 §2.4. */
export const redirect: ActionSpec = {
  rfc: "RFC 5228 §4.2",
  tags: { ...COPY, list: { extension: "extlists" } },
  takes: [{ name: "address", kind: "string" }],
  build(call) {
    const copy = call.has(":copy");
    const target = call.text("address");
    const isList = call.has(":list");
    if (!isList) checkAddress(call, "address");
    return (run) => {
      const text = run.text(target);
      const { rewritten } = run.view;
      if (isList) run.add({ kind: "redirectToList", list: text, rewritten });
      else {
        const address = oneAddress(text);
        if (address === undefined) throw new RunError(`“${shortened(text)}” is no address to redirect to.`);
        run.add({ kind: "redirect", address, rewritten });
      }
      if (!copy) run.keeps = false;
      run.because = `${copy ? "A copy of the" : "The"} message goes on to “${shortened(text)}”.`;
    };
  },
};

/** RFC 5228 §4.4. */
export const discard: ActionSpec = {
  rfc: "RFC 5228 §4.4",
  takes: [],
  build: () => (run) => {
    run.keeps = false;
    run.add({ kind: "discard" });
    run.because = "The message is dropped, unless something else is done with it.";
  },
};

const refusing = (kind: "reject" | "ereject", rfc: string): ActionSpec => ({
  rfc,
  extension: kind,
  takes: [{ name: "reason", kind: "string" }],
  build(call) {
    const reason = call.text("reason");
    return (run) => {
      run.add({ kind, reason: run.text(reason) });
      run.keeps = false;
      run.because = `The message is refused: “${shortened(run.text(reason))}”`;
    };
  },
});

export const baseActions = {
  keep,
  fileinto,
  redirect,
  discard,
  reject: refusing("reject", "RFC 5429 §2.2"),
  ereject: refusing("ereject", "RFC 5429 §2.1"),
};
