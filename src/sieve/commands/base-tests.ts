/** The tests of RFC 5228 §5, with what RFC 5703 §4 adds to them. */
import { parseParameters, textParameter } from "../../mime/parameters.ts";
import { holdsAddresses, isFieldName } from "../address-fields.ts";
import type { Call, TestSpec } from "../call.ts";
import { Value } from "../comparators.ts";
import type { Matcher } from "../matching.ts";
import { ADDRESS_PART, COMPARE, INDEX, MIME } from "../options.ts";
import type { Run } from "../run.ts";
import type { Test } from "../script.ts";
import { type AddressPart, addressPart, addressValues, headersOf, indexOf, splitAddress, valuesOf } from "./sources.ts";

/** Whether a test looks at all fields of the message's own header, as most do. */
const isPlain = (call: Call) => ![":mime", ":anychild", ":index", ":last"].some((option) => call.has(option));

const readsParts = (call: Call) => call.has(":mime");

/** Warns of names that no field can have (RFC 5228 §2.4.2.2: they never match). */
export function checkFieldNames(call: Call, argument: string): void {
  for (const { value, at } of call.literals(argument)) {
    if (!isFieldName(value) && !value.includes("${")) {
      call.warn(at, `no header field can be called “${value}”, so this never matches; names stand without a colon.`);
    }
  }
}

/** RFC 5228 §5.1. */
export const address: TestSpec = {
  rfc: "RFC 5228 §5.1",
  tags: { ...COMPARE, ...ADDRESS_PART, ...INDEX, ...MIME },
  takes: [
    { name: "header list", kind: "strings" },
    { name: "key list", kind: "strings" },
  ],
  readsBody: readsParts,
  build(call) {
    const names = call.texts("header list");
    for (const { value, at } of call.literals("header list")) {
      if (names.fixed !== undefined && !holdsAddresses(value.toLowerCase())) {
        throw call.error(`the field “${value}” holds no addresses; use “header” for it.`, at);
      }
    }
    const part = addressPart(call);
    const matcher = call.matcher("key list");
    if (names.fixed !== undefined && isPlain(call)) return ownAddresses(names.fixed, part, matcher);
    const headers = headersOf(call);
    const pick = indexOf(call);
    return (run) => matcher.any(run, addressValues(headers(run), run.texts(names), pick, part));
  },
};

/** Compares addresses of the message's own header. */
function ownAddresses(names: readonly string[], part: AddressPart, matcher: Matcher): Test {
  const together = `${part.name} ${names.join(" ").toLowerCase()}`;
  return (run) => {
    const { fields } = run.view;
    const values = fields.made(together, () => addressValues([fields], names, (all) => all, part));
    return matcher.any(run, values);
  };
}

/** RFC 5228 §5.4. */
export const envelope: TestSpec = {
  rfc: "RFC 5228 §5.4",
  extension: "envelope",
  tags: { ...COMPARE, ...ADDRESS_PART },
  takes: [
    { name: "envelope part", kind: "strings" },
    { name: "key list", kind: "strings" },
  ],
  build(call) {
    const names = call.texts("envelope part");
    for (const { value, at } of call.literals("envelope part")) {
      const name = value.toLowerCase();
      if (names.fixed === undefined || name === "from" || name === "to") continue;
      if (name !== "auth") throw call.error(`the envelope has no part “${value}”; it has from, to and auth.`, at);
      if (!call.requires("envelope-auth")) {
        throw call.error('“auth” needs require "envelope-auth"; at the start of the script.', at);
      }
    }
    const hasAuth = call.requires("envelope-auth");
    const part = addressPart(call);
    const matcher = call.matcher("key list");
    return (run) => {
      const { envelope } = run.surroundings;
      const parts: Readonly<Record<string, string | undefined>> = {
        from: envelope.from,
        to: envelope.to,
        // RFC 6009 §4.
        auth: hasAuth ? envelope.auth : undefined,
      };
      const values = run.texts(names).flatMap((name) => {
        const address = parts[name.toLowerCase()];
        if (address === undefined) return [];
        // The null path is the empty string, whatever part of it is asked for.
        const text = address === "" ? "" : part.of(splitAddress(address));
        return text === undefined ? [] : [new Value(text, `The envelope's ${name}`)];
      });
      return matcher.any(run, values);
    };
  },
};

/** RFC 5228 §5.5, RFC 5703 §4.4. */
export const exists: TestSpec = {
  rfc: "RFC 5228 §5.5",
  tags: MIME,
  takes: [{ name: "header names", kind: "strings" }],
  readsBody: readsParts,
  build(call) {
    checkFieldNames(call, "header names");
    const names = call.texts("header names");
    const headers = headersOf(call);
    return (run) => {
      const all = headers(run);
      const missing = run.texts(names).find((name) => !all.some((fields) => fields.has(name.toLowerCase())));
      if (run.explains)
        run.because = missing === undefined ? "All of them are there." : `There is no field “${missing}”.`;
      return missing === undefined;
    };
  },
};

/** RFC 5228 §5.7, RFC 5703 §4.2. */
export const header: TestSpec = {
  rfc: "RFC 5228 §5.7",
  tags: {
    ...COMPARE,
    ...INDEX,
    ...MIME,
    type: { extension: "mime", group: "mime part" },
    subtype: { extension: "mime", group: "mime part" },
    contenttype: { extension: "mime", group: "mime part" },
    param: { takes: "strings", extension: "mime", group: "mime part" },
  },
  takes: [
    { name: "header names", kind: "strings" },
    { name: "key list", kind: "strings" },
  ],
  readsBody: readsParts,
  build(call) {
    checkFieldNames(call, "header names");
    const contents = contentsOf(call);
    const { fixed } = call.texts("header names");
    const matcher = call.matcher("key list");
    if (fixed !== undefined && contents === undefined && isPlain(call)) return ownFields(fixed, matcher);
    const names = call.texts("header names");
    const headers = headersOf(call);
    const pick = indexOf(call);
    const params = call.texts(":param");
    return (run) => {
      const fields = valuesOf(headers(run), run.texts(names), pick);
      return matcher.any(run, contents?.(run, fields, run.texts(params)) ?? fields);
    };
  },
};

/** Compares fields of the message's own header, as most rules do. */
function ownFields(names: readonly string[], matcher: Matcher): Test {
  const keys = names.map((name) => name.toLowerCase());
  const [only = "", ...others] = keys;
  if (others.length === 0) return (run) => matcher.any(run, run.view.fields.values(only));
  const together = keys.join(" ");
  return (run) => {
    const { fields } = run.view;
    const values = fields.made(together, () => keys.flatMap((key) => fields.values(key)));
    return matcher.any(run, values);
  };
}

type Contents = (run: Run, fields: readonly Value[], params: readonly string[]) => readonly Value[];

/** Taking a structured field apart costs about as much as comparing it so many times. */
const PARSE_WORK = 4;

/** What of structured fields is compared with :type, :subtype, :contenttype and :param. */
function contentsOf(call: Call): Contents | undefined {
  const wanted = ["type", "subtype", "contenttype", "param"].find((one) => call.has(`:${one}`));
  if (wanted === undefined) return undefined;
  if (!call.has(":mime")) throw call.error(`:${wanted} has a meaning only with :mime.`, call.place(`:${wanted}`));
  return (run, fields, params) =>
    fields.flatMap(({ text, label }) => {
      run.spend(text.length * PARSE_WORK);
      return contentParts(text, wanted, params).map((one) => new Value(one, label));
    });
}

function contentParts(text: string, wanted: string, names: readonly string[]): string[] {
  const { value, params } = parseParameters(Buffer.from(text, "utf8").toString("latin1"));
  if (wanted === "contenttype") return [value];
  const [type = "", subtype] = value.split("/");
  if (wanted === "type") return [type];
  if (wanted === "subtype") return subtype === undefined ? [] : [subtype];
  return names.flatMap((name) => textParameter(params, name.toLowerCase()) ?? []);
}

/** RFC 5228 §5.9. */
export const size: TestSpec = {
  rfc: "RFC 5228 §5.9",
  tags: { over: { takes: "number", group: "relation" }, under: { takes: "number", group: "relation" } },
  takes: [],
  build(call) {
    const over = call.number(":over", undefined);
    const under = call.number(":under", undefined);
    if (over === undefined && under === undefined) throw call.error("“size” needs :over or :under with a number.");
    return (run) => {
      const { size } = run.view;
      if (run.explains) run.because = `The message has ${size} octets.`;
      return over !== undefined ? size > over : size < (under as number);
    };
  },
};

const constant = (value: boolean): TestSpec => ({
  rfc: value ? "RFC 5228 §5.10" : "RFC 5228 §5.6",
  takes: [],
  build(): Test {
    return (run) => {
      if (run.explains) run.because = value ? "This always holds." : "This never holds.";
      return value;
    };
  },
});

export const baseTests = { address, envelope, exists, header, size, true: constant(true), false: constant(false) };
