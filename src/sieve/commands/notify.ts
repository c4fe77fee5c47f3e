/** Notifications (RFC 5435) by mail (RFC 5436). */
import { flatten, scanAddressList } from "../../mime/addresses.ts";
import { isFieldName } from "../address-fields.ts";
import type { ActionSpec, Call, TestSpec } from "../call.ts";
import { Value } from "../comparators.ts";
import { shortened } from "../matching.ts";
import { COMPARE, FCC } from "../options.ts";
import type { Notify } from "../outcome.ts";
import { type Run, RunError } from "../run.ts";
import { oneAddress } from "./base-actions.ts";
import { fccOf } from "./filing.ts";

/** A mailto URI (RFC 6068) taken apart. */
interface Mailto extends Pick<Notify, "to" | "cc" | "bcc" | "fields"> {
  readonly subject: string | undefined;
  readonly body: string | undefined;
}

const MOST_RECIPIENTS = 10;
const LONGEST_MESSAGE = 4_096;

/** RFC 5436 §2.7: what is made anew, or would deceive, is not taken from the URI. */
const UNSAFE =
  /^(?:from|sender|auto-submitted|received|message-id|date|return-path|reply-to|content-.*|mime-version|resent-.*|arc-.*|dkim-.*|x-original-.*)$/;

/** Takes a mailto URI apart; undefined if it is none, or names nobody. */
export function parseMailto(uri: string): Mailto | undefined {
  const [, path, query = ""] = /^mailto:([^?#]*)(?:\?([^#]*))?$/is.exec(uri) ?? [];
  if (path === undefined) return undefined;
  const to = recipients(path);
  const found = { to, cc: [] as string[], bcc: [] as string[], fields: [] as { name: string; value: string }[] };
  let subject: string | undefined;
  let body: string | undefined;
  for (const pair of query.split("&").filter((one) => one !== "")) {
    const equals = pair.indexOf("=");
    const name = decoded(pair.slice(0, equals))?.toLowerCase();
    const value = decoded(pair.slice(equals + 1));
    if (equals < 0 || name === undefined || value === undefined || !isFieldName(name)) return undefined;
    if (name === "to" || name === "cc" || name === "bcc") found[name].push(...recipients(pair.slice(equals + 1)));
    else if (name === "subject") subject = line(value);
    else if (name === "body") body = value;
    else if (!UNSAFE.test(name)) found.fields.push({ name, value: line(value) });
  }
  const all = [...found.to, ...found.cc, ...found.bcc];
  const wrong = all.length === 0 || all.length > MOST_RECIPIENTS || all.some((one) => oneAddress(one) === undefined);
  return wrong ? undefined : { ...found, subject, body };
}

function recipients(text: string): string[] {
  // Commas between addresses stand for themselves, those in addresses are encoded (RFC 6068 §2).
  return text.split(",").flatMap((one) => {
    const address = decoded(one);
    if (address === undefined) return ["?"];
    if (address.trim() === "") return [];
    return flatten(scanAddressList(address)).map(({ local, domain }) => `${local}@${domain}`);
  });
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function line(text: string): string {
  return text.replace(/[\0-\x1f\x7f]+/g, " ").trim();
}

const IMPORTANCE = { "1": 1, "2": 2, "3": 3 } as const;

export const notify: ActionSpec = {
  rfc: "RFC 5435 §3",
  extension: "enotify",
  tags: {
    from: { takes: "string" },
    importance: { takes: "string" },
    options: { takes: "strings" },
    message: { takes: "string" },
    ...FCC,
  },
  takes: [{ name: "method", kind: "string" }],
  build(call) {
    const method = call.text("method");
    if (typeof method === "string") checkMethod(call, method);
    const from = call.optionalText(":from");
    const message = call.optionalText(":message");
    const importance = importanceOf(call);
    const fcc = fccOf(call);
    return (run) => {
      const uri = run.text(method);
      const target = parseMailto(uri);
      if (target === undefined) throw new RunError(`“${shortened(uri)}” is no mailto: address to notify.`);
      const { subject, body, ...whom } = target;
      const said = message === undefined ? undefined : line(run.text(message).slice(0, LONGEST_MESSAGE));
      const sender = from === undefined ? undefined : run.text(from);
      run.add({
        kind: "notify",
        method: uri,
        ...whom,
        from: sender !== undefined && oneAddress(sender) !== undefined ? sender : undefined,
        subject: said || subject || ownSubject(run),
        body: body ?? "",
        importance: importance(run),
        fcc: fcc(run),
      });
      run.because = `A notification goes to ${[...whom.to, ...whom.cc, ...whom.bcc].join(", ")}.`;
    };
  },
};

function checkMethod(call: Call, method: string): void {
  if (parseMailto(method) !== undefined) return;
  throw call.error(
    `“${shortened(method)}” cannot be notified; a method is written like "mailto:ann@example.org".`,
    call.place("method"),
  );
}

function importanceOf(call: Call): (run: Run) => 1 | 2 | 3 {
  const text = call.optionalText(":importance");
  if (text === undefined) return () => 2;
  const known = (value: string): value is keyof typeof IMPORTANCE => Object.hasOwn(IMPORTANCE, value);
  if (typeof text === "string" && !known(text)) {
    throw call.error(':importance is "1", "2" or "3".', call.place(":importance"));
  }
  return (run) => {
    const value = run.text(text);
    return known(value) ? IMPORTANCE[value] : 2;
  };
}

function ownSubject(run: Run): string {
  return run.view.fields.values("subject")[0]?.text ?? "";
}

const valid: TestSpec = {
  rfc: "RFC 5435 §4",
  extension: "enotify",
  takes: [{ name: "notification uris", kind: "strings" }],
  build(call) {
    const uris = call.texts("notification uris");
    return (run) => {
      const wrong = run.texts(uris).find((uri) => parseMailto(uri) === undefined);
      run.because = wrong === undefined ? "All of them can be notified." : `“${shortened(wrong)}” cannot be notified.`;
      return wrong === undefined;
    };
  },
};

const capability: TestSpec = {
  rfc: "RFC 5435 §5",
  extension: "enotify",
  tags: COMPARE,
  takes: [
    { name: "notification uri", kind: "string" },
    { name: "notification capability", kind: "string" },
    { name: "key list", kind: "strings" },
  ],
  build(call) {
    const uri = call.text("notification uri");
    const name = call.text("notification capability");
    const matcher = call.matcher("key list");
    return (run) => {
      const known = parseMailto(run.text(uri)) !== undefined && run.text(name).toLowerCase() === "online";
      // RFC 5436 §2.2: nobody knows whether somebody reads his mail just now.
      return matcher.any(run, known ? [new Value("maybe", "Whether he is online")] : []);
    };
  },
};

export const notifyCommands = {
  actions: { notify },
  tests: { valid_notify_method: valid, notify_method_capability: capability },
};
