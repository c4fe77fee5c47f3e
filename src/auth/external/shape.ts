/**
 * Whether a message of a directory server has the shape that RFC 4511 (appendix B) gives it: every element ends where the one around it
 * does, and is of the type that stands there. Asked before the LDAP library reads a message, which trusts lengths. Pure.
 */

const BOOLEAN = 0x01;
const INTEGER = 0x02;
const OCTETS = 0x04;
const ENUMERATED = 0x0a;
const SEQUENCE = 0x30;
const SET = 0x31;
const CONTROLS = 0xa0;
const REFERRAL = 0xa3;
const SEARCH_ENTRY = 0x64;
const SEARCH_REFERENCE = 0x73;
/** BindResponse, SearchResultDone, ExtendedResponse: the answers to what is asked here. */
const RESULTS: ReadonlySet<number> = new Set([0x61, 0x65, 0x78]);
const CONTEXT = 0x80;

/** One element: its tag, and where its value stands in the message. */
interface Element {
  readonly tag: number;
  readonly from: number;
  readonly to: number;
}

/** Whether a whole message, its outer header included, can be read. */
export function isSound(message: Uint8Array): boolean {
  const [outer, ...more] = elements(message, 0, message.length) ?? [];
  if (outer?.tag !== SEQUENCE || more.length > 0) return false;
  const [id, operation, controls, ...rest] = within(message, outer) ?? [];
  if (id?.tag !== INTEGER || length(id) < 1 || length(id) > 4 || operation === undefined || rest.length > 0)
    return false;
  return isOperation(message, operation) && (controls === undefined || areControls(message, controls));
}

function isOperation(message: Uint8Array, operation: Element): boolean {
  const parts = within(message, operation);
  if (parts === undefined) return false;
  if (operation.tag === SEARCH_ENTRY) return isEntry(message, parts);
  if (operation.tag === SEARCH_REFERENCE) return parts.every(({ tag }) => tag === OCTETS);
  return RESULTS.has(operation.tag) && isResult(message, parts);
}

function isEntry(message: Uint8Array, [name, attributes, ...rest]: readonly Element[]): boolean {
  if (name?.tag !== OCTETS || attributes?.tag !== SEQUENCE || rest.length > 0) return false;
  return within(message, attributes)?.every((attribute) => isAttribute(message, attribute)) ?? false;
}

function isAttribute(message: Uint8Array, attribute: Element): boolean {
  if (attribute.tag !== SEQUENCE) return false;
  const [type, values, ...rest] = within(message, attribute) ?? [];
  if (type?.tag !== OCTETS || values?.tag !== SET || rest.length > 0) return false;
  return within(message, values)?.every(({ tag }) => tag === OCTETS) ?? false;
}

function isResult(message: Uint8Array, [code, matched, diagnostic, ...rest]: readonly Element[]): boolean {
  if (code?.tag !== ENUMERATED || length(code) !== 1 || matched?.tag !== OCTETS || diagnostic?.tag !== OCTETS)
    return false;
  return rest.every((part) =>
    part.tag === REFERRAL
      ? (within(message, part)?.every(({ tag }) => tag === OCTETS) ?? false)
      : (part.tag & 0xe0) === CONTEXT,
  );
}

function areControls(message: Uint8Array, controls: Element): boolean {
  if (controls.tag !== CONTROLS) return false;
  return within(message, controls)?.every((control) => isControl(message, control)) ?? false;
}

function isControl(message: Uint8Array, control: Element): boolean {
  if (control.tag !== SEQUENCE) return false;
  const [type, ...rest] = within(message, control) ?? [];
  if (type?.tag !== OCTETS || rest.length > 2) return false;
  const value = rest[0]?.tag === BOOLEAN && length(rest[0]) === 1 ? rest.slice(1) : rest;
  return value.length === 0 || (value.length === 1 && value[0]?.tag === OCTETS);
}

function within(message: Uint8Array, { from, to }: Element): Element[] | undefined {
  return elements(message, from, to);
}

function length({ from, to }: Element): number {
  return to - from;
}

/** The elements that fill a range exactly; undefined if they do not. */
function elements(message: Uint8Array, begin: number, end: number): Element[] | undefined {
  const found: Element[] = [];
  for (let at = begin; at < end; ) {
    const tag = message[at] ?? 0;
    const first = message[at + 1] ?? 0x80;
    const long = first & 0x80 ? first & 0x7f : 0;
    if (first === 0x80 || long > 4 || at + 2 + long > end) return undefined;
    let size = long === 0 ? first : 0;
    for (let i = 0; i < long; i++) size = size * 256 + (message[at + 2 + i] ?? 0);
    const from = at + 2 + long;
    if (from + size > end) return undefined;
    found.push({ tag, from, to: from + size });
    at = from + size;
  }
  return found;
}
