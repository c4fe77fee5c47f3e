/**
 * Whether a message is what a search asks for. What an open folder knows by itself (flags, size, day) is asked first, then what is kept
 * of headers, and the text of the message last: the mail store's index names candidates, reading them decides.
 */
import { ANSWERED, DRAFT, FLAGGED, type FlagSet, SEEN } from "../../mailstore/flags.ts";
import type { Label } from "../../mailstore/labels.ts";
import type { Mailstore } from "../../mailstore/mailstore.ts";
import { LONGEST_INDEXED } from "../../mailstore/search.ts";
import type { View } from "../../mailstore/view.ts";
import { attachmentsOf } from "../../mime/attachments.ts";
import { casemap } from "../../mime/casemap.ts";
import { Refusal } from "../../refusal.ts";
import { labelOf } from "./labels.ts";
import type { Condition, TextField, Token } from "./query.ts";

type Test = (view: View, index: number) => boolean;

/** A search as it is run: what costs nothing, and what has to be looked up or read. */
export interface Matcher {
  readonly cheap: Test;
  readonly dear: Test;
  /** There is something to look up or to read. */
  readonly reads: boolean;
  /** Texts which every match has; those that are long enough the index narrows by. */
  readonly needles: readonly string[];
}

/** Shorter words than this are looked for in addresses and subjects alone: without the index every message would have to be read. */
const SHORTEST_READ = 3;
/** What the index holds as it is kept of the header: words and addresses, but not what stands between them. */
const PLAIN = /^[^\s<>"(),:;]+$/;

export function matcherOf(mailstore: Mailstore, tokens: readonly Token[]): Matcher {
  const wanted = tokens.filter(({ condition }) => condition.kind !== "in");
  const bodies = bodiesOf(mailstore);
  const tests = wanted.map((token) => ({ ...testOf(mailstore, bodies, token.condition), not: token.not }));
  const all =
    (some: readonly { test: Test; not: boolean }[]): Test =>
    (view, index) =>
      some.every(({ test, not }) => test(view, index) !== not);
  const dear = tests.filter(({ cost }) => cost > 0).sort((a, b) => a.cost - b.cost);
  return {
    cheap: all(tests.filter(({ cost }) => cost === 0)),
    dear: unlessGone(all(dear)),
    reads: dear.length > 0,
    needles: wanted.flatMap(({ condition, not }) => (not ? [] : (needleOf(condition) ?? []))),
  };
}

/** What was removed for good while the search ran is no match. */
const unlessGone =
  (test: Test): Test =>
  (view, index) => {
    try {
      return test(view, index);
    } catch (thrown) {
      if (thrown instanceof Refusal && thrown.kind === "notFound") return false;
      throw thrown;
    }
  };

function needleOf(condition: Condition): string | undefined {
  if (!("needle" in condition) || condition.needle.length < SHORTEST_READ) return undefined;
  const inHeader = condition.kind === "field" && condition.field !== "body" && condition.field !== "filename";
  return inHeader && !PLAIN.test(condition.needle) ? undefined : condition.needle;
}

/** The text of a message, read once for all that is looked for in it, and no further than it is indexed. */
type Bodies = (content: number) => string;

function bodiesOf(mailstore: Mailstore): Bodies {
  let last = { content: 0, text: "" };
  return (content) => {
    if (last.content !== content) last = { content, text: mailstore.index.body(content, LONGEST_INDEXED) };
    return last.text;
  };
}

function testOf(mailstore: Mailstore, bodies: Bodies, condition: Condition): { test: Test; cost: number } {
  switch (condition.kind) {
    case "is":
      return { cost: 0, test: (view, index) => isIn(view.systemAt(index), condition.what) };
    case "time": {
      const { at, side } = condition;
      return { cost: 0, test: (view, index) => view.internalDateAt(index) < at === (side === "before") };
    }
    case "size": {
      const { octets, side } = condition;
      return {
        cost: 0,
        test: (view, index) => (side === "larger" ? view.sizeAt(index) >= octets : view.sizeAt(index) < octets),
      };
    }
    case "label":
      return { cost: 0, test: labelTest(mailstore, condition.label.toLowerCase()) };
    case "attachment":
      return { cost: 1, test: (view, index) => mailstore.listing(view.contentAt(index))?.attachments === true };
    case "field":
      return fieldTest(mailstore, bodies, condition.field, condition.needle);
    case "text":
      return textTest(mailstore, bodies, condition.needle);
    case "in":
      return { cost: 0, test: () => true };
  }
}

/** By the label's name in its mailbox, or by the keyword that stands for it. */
function labelTest(mailstore: Mailstore, wanted: string): Test {
  // Few sets of flags stand on many messages.
  const known = new Map<FlagSet, boolean>();
  const books = new Map<number, readonly Label[]>();
  return (view, index) => {
    const flags = view.flagsAt(index);
    const before = known.get(flags);
    if (before !== undefined) return before;
    const book = books.get(view.folderId) ?? mailstore.labels.of(mailstore.folderById(view.folderId)?.mailboxId ?? 0);
    books.set(view.folderId, book);
    const is = flags.keywords.some(
      (keyword) => keyword.toLowerCase() === wanted || labelOf(book, keyword)?.name.toLowerCase() === wanted,
    );
    known.set(flags, is);
    return is;
  };
}

const HEADER_FIELDS = ["subject", "from", "to", "cc", "bcc"] as const;

const inHeader = (mailstore: Mailstore, fields: readonly (typeof HEADER_FIELDS)[number][], needle: string) => {
  const { heads } = mailstore;
  return (content: number) => fields.some((field) => heads.fieldText(field, content).includes(needle));
};

function fieldTest(
  mailstore: Mailstore,
  bodies: Bodies,
  field: TextField,
  needle: string,
): { test: Test; cost: number } {
  if (field === "body") return { cost: 3, test: (view, index) => bodies(view.contentAt(index)).includes(needle) };
  if (field === "filename") {
    const named = (content: number) =>
      attachmentsOf(mailstore.structure(content)).some(({ fileName }) => casemap(fileName).includes(needle));
    return { cost: 2, test: (view, index) => named(view.contentAt(index)) };
  }
  // Whoever looks for a recipient means him wherever he stands.
  const has = inHeader(mailstore, field === "to" ? ["to", "cc", "bcc"] : [field], needle);
  return { cost: 1, test: (view, index) => has(view.contentAt(index)) };
}

/** Words in what people see of a message, and not in what servers noted in its header. */
function textTest(mailstore: Mailstore, bodies: Bodies, needle: string): { test: Test; cost: number } {
  const has = inHeader(mailstore, HEADER_FIELDS, needle);
  if (needle.length < SHORTEST_READ) return { cost: 1, test: (view, index) => has(view.contentAt(index)) };
  const read = (content: number) => has(content) || bodies(content).includes(needle);
  return { cost: 4, test: (view, index) => read(view.contentAt(index)) };
}

function isIn(system: number, what: (Condition & { kind: "is" })["what"]): boolean {
  switch (what) {
    case "unread":
      return (system & SEEN) === 0;
    case "read":
      return (system & SEEN) !== 0;
    case "starred":
      return (system & FLAGGED) !== 0;
    case "unstarred":
      return (system & FLAGGED) === 0;
    case "answered":
      return (system & ANSWERED) !== 0;
    case "unanswered":
      return (system & ANSWERED) === 0;
    case "draft":
      return (system & DRAFT) !== 0;
  }
}
