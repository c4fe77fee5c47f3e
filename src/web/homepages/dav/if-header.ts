/** The If field (RFC 4918 §10.4): lists of conditions on locks and tags, and whether they hold. Pure. */
import { Refusal } from "../../../refusal.ts";

/** One condition: a lock token or an entity tag that a resource must, or must not, have. */
interface Condition {
  readonly not: boolean;
  readonly token?: string;
  readonly etag?: string;
}

/** Conditions that all must hold, for the resource of the request or another one. */
export interface ConditionList {
  /** The resource's address as it was written; undefined for the request's own. */
  readonly resource?: string;
  readonly conditions: readonly Condition[];
}

/** The Field as it was sent has at most so many lists. */
const MOST_LISTS = 50;
const LONGEST = 16_384;

const bad = (): Refusal => new Refusal("invalid", "The If field of the request cannot be read.");

/** Reads an If field. @throws Refusal "invalid" */
export const readIf = (field: string): readonly ConditionList[] => {
  if (field.length > LONGEST) throw bad();
  const token = /\s*(?:(\()|(\))|(Not)(?=[\s<[])|<([^<>\s]{1,2000})>|\[((?:W\/)?"[^"\]]{0,500}")\])\s*/iy;
  const lists: ConditionList[] = [];
  let resource: string | undefined;
  let open: Condition[] | undefined;
  let not = false;
  while (token.lastIndex < field.length) {
    const found = token.exec(field);
    if (found === null) throw bad();
    const [, begin, end, negation, url, etag] = found;
    if (begin !== undefined) {
      if (open !== undefined) throw bad();
      open = [];
    } else if (end !== undefined) {
      if (open === undefined || open.length === 0 || not) throw bad();
      lists.push({ ...(resource !== undefined && { resource }), conditions: open });
      open = undefined;
    } else if (negation !== undefined) {
      if (open === undefined || not) throw bad();
      not = true;
    } else if (open === undefined) {
      // A tag before a list names the resource that it and those behind it are about.
      if (url === undefined) throw bad();
      resource = url;
    } else {
      open.push({ not, ...(url !== undefined ? { token: url } : { etag: etag ?? "" }) });
      not = false;
    }
    if (lists.length > MOST_LISTS) throw bad();
  }
  if (open !== undefined || lists.length === 0) throw bad();
  return lists;
};

/** Every lock token that is submitted with the field, held against or not (RFC 4918 §10.4.1). */
export const tokensIn = (lists: readonly ConditionList[]): Set<string> =>
  new Set(lists.flatMap(({ conditions }) => conditions.flatMap(({ token }) => (token === undefined ? [] : [token]))));

/** What a resource has that conditions ask for. */
export interface StateOf {
  readonly etag: string | undefined;
  readonly tokens: ReadonlySet<string>;
}

/** Whether one of the lists holds (RFC 4918 §10.4.3). `stateOf` finds the state of a resource, also of one that is none of ours. */
export const holds = async (
  lists: readonly ConditionList[],
  stateOf: (resource: string | undefined) => Promise<StateOf>,
): Promise<boolean> => {
  for (const { resource, conditions } of lists) {
    const state = await stateOf(resource);
    const all = conditions.every(({ not, token, etag }) => {
      const is = token !== undefined ? state.tokens.has(token) : etag === state.etag;
      return is !== not;
    });
    if (all) return true;
  }
  return false;
};
