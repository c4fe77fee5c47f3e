/** What a test looks at: fields of the message or of its parts (RFC 5703 §4), all of them or one by its number (RFC 5260 §6). */
import type { Address } from "../../mime/addresses.ts";
import { holdsAddresses } from "../address-fields.ts";
import type { Call } from "../call.ts";
import { Value } from "../comparators.ts";
import { type Fields, labelOf } from "../fields.ts";
import type { Run } from "../run.ts";

/** The headers a test is about. */
export function headersOf(call: Call): (run: Run) => readonly Fields[] {
  if (!call.has(":mime")) {
    if (call.has(":anychild")) throw call.error(":anychild has a meaning only with :mime.", call.place(":anychild"));
    return (run) => [run.view.fields];
  }
  if (!call.has(":anychild")) return (run) => [run.view.fieldsOf(run.part ?? run.view.root)];
  return (run) => run.view.parts(run.part ?? run.view.root).map((part) => run.view.fieldsOf(part));
}

/** Takes one of several by its number, counted from 1, from the end with :last; all where there is no :index. */
export function indexOf(call: Call): <T>(all: readonly T[]) => readonly T[] {
  const index = call.number(":index", undefined);
  if (index === undefined) {
    if (call.has(":last")) throw call.error(":last has a meaning only with :index.", call.place(":last"));
    return (all) => all;
  }
  if (index === 0) throw call.error(":index counts from 1.", call.place(":index"));
  const last = call.has(":last");
  return (all) => {
    const at = last ? all.length - index : index - 1;
    return at >= 0 && at < all.length ? all.slice(at, at + 1) : [];
  };
}

/** Which part of an address is compared (RFC 5228 §2.7.4, RFC 5233 §4). */
export interface AddressPart {
  readonly name: string;
  /** Undefined where an address has no such part. */
  of(address: Pick<Address, "local" | "domain">): string | undefined;
}

const SEPARATOR = "+";

const PARTS: readonly AddressPart[] = [
  { name: "localpart", of: ({ local }) => local },
  { name: "domain", of: ({ domain }) => (domain === "" ? undefined : domain) },
  { name: "user", of: ({ local }) => split(local)[0] },
  { name: "detail", of: ({ local }) => split(local)[1] },
];
const WHOLE: AddressPart = {
  name: "all",
  of: ({ local, domain }) => (domain === "" ? local : `${local}@${domain}`),
};

export function addressPart(call: Call): AddressPart {
  return PARTS.find(({ name }) => call.has(`:${name}`)) ?? WHOLE;
}

function split(local: string): readonly [string, string | undefined] {
  const at = local.indexOf(SEPARATOR);
  return at < 0 ? [local, undefined] : [local.slice(0, at), local.slice(at + 1)];
}

/** Takes an address of the envelope apart at its last at sign. */
export function splitAddress(address: string): Pick<Address, "local" | "domain"> {
  const at = address.lastIndexOf("@");
  return at < 0 ? { local: address, domain: "" } : { local: address.slice(0, at), domain: address.slice(at + 1) };
}

/** The values of named fields in some headers. */
export function valuesOf(
  headers: readonly Fields[],
  names: readonly string[],
  pick: <T>(all: readonly T[]) => readonly T[],
): readonly Value[] {
  const [header] = headers;
  const [name] = names;
  if (headers.length === 1 && names.length === 1 && header && name !== undefined) {
    return pick(header.values(name.toLowerCase()));
  }
  return headers.flatMap((fields) => pick(names.flatMap((one) => [...fields.values(one.toLowerCase())])));
}

/** The parts of the addresses in named fields; fields that hold no addresses are passed over (RFC 5228 §5.1). */
export function addressValues(
  headers: readonly Fields[],
  names: readonly string[],
  pick: <T>(all: readonly T[]) => readonly T[],
  part: AddressPart,
): readonly Value[] {
  const values: Value[] = [];
  for (const fields of headers) {
    const lists = names.flatMap((name) => {
      const key = name.toLowerCase();
      return holdsAddresses(key) ? fields.addresses(key).map((addresses) => ({ name, addresses })) : [];
    });
    for (const { name, addresses } of pick(lists)) {
      for (const address of addresses) {
        const text = part.of(address);
        if (text !== undefined) values.push(new Value(text, labelOf(name)));
      }
    }
  }
  return values;
}
