/** The action `vacation` (RFC 5230) with :seconds (RFC 6131). Whether the sender is answered is judged by whoever delivers. */
import type { ActionSpec, Call } from "../call.ts";
import { shortened } from "../matching.ts";
import { FCC } from "../options.ts";
import { type Run, RunError } from "../run.ts";
import { oneAddress } from "./base-actions.ts";
import { fccOf } from "./filing.ts";

const DAY = 86_400;
const DEFAULT_DAYS = 7;
/** RFC 5230 §4.1: a server has its bounds; nobody wants to be answered never again. */
const MOST_DAYS = 365;
const LONGEST_REASON = 65_536;

export const vacation: ActionSpec = {
  rfc: "RFC 5230 §4",
  extension: ["vacation", "vacation-seconds"],
  tags: {
    days: { takes: "number", group: "time" },
    seconds: { takes: "number", group: "time", extension: "vacation-seconds" },
    subject: { takes: "string" },
    from: { takes: "string" },
    addresses: { takes: "strings" },
    mime: {},
    handle: { takes: "string" },
    ...FCC,
  },
  takes: [{ name: "reason", kind: "string" }],
  build(call) {
    const reason = call.text("reason");
    const subject = call.optionalText(":subject");
    const from = call.optionalText(":from");
    const addresses = call.texts(":addresses");
    const handle = call.optionalText(":handle");
    const seconds = secondsOf(call);
    const mime = call.has(":mime");
    const fcc = fccOf(call);
    return (run) => {
      if (run.actions.some(({ kind }) => kind === "vacation")) throw new RunError("“vacation” is done twice.");
      const text = run.text(reason);
      if (text.length > LONGEST_REASON) throw new RunError("the text of “vacation” is too long.");
      const made = {
        reason: text,
        mime,
        subject: subject === undefined ? undefined : run.text(subject),
        from: from === undefined ? undefined : sender(run, run.text(from)),
      };
      run.add({
        kind: "vacation",
        ...made,
        addresses: run.texts(addresses),
        seconds,
        handle: handle === undefined ? digest(Object.values(made)) : run.text(handle),
        fcc: fcc(run),
      });
      run.because = `The sender is answered, unless he was lately: “${shortened(text)}”`;
    };
  },
};

function secondsOf(call: Call): number {
  const seconds = call.number(":seconds", undefined);
  if (seconds !== undefined) return Math.min(seconds, MOST_DAYS * DAY);
  return Math.min(Math.max(call.number(":days", DEFAULT_DAYS), 1), MOST_DAYS) * DAY;
}

/** RFC 5230 §4.7: what is no address is passed over, and the mailbox's own address stands instead. */
function sender(run: Run, text: string): string | undefined {
  if (oneAddress(text) !== undefined) return text;
  run.because = `“${shortened(text)}” is no address.`;
  return undefined;
}

/** RFC 5230 §4.2: answers with the same arguments are the same answer. */
export function digest(parts: readonly unknown[]): string {
  return new Bun.CryptoHasher("sha256").update(JSON.stringify(parts.map((part) => part ?? null))).digest("base64url");
}
