/**
 * Named filters (RFC 5466): search programs that are kept as annotations of the account, one's own before those of all. A filter may
 * name others; all together are bounded, so that none grows without end.
 */
import { GrammarError, LiteralPending, Parser } from "./parse.ts";
import { No } from "./refusals.ts";
import { type Decode, type Filters, searchKeys } from "./search-program.ts";
import type { Session } from "./session.ts";

/** Filters that one command may come to. */
const MOST_FILTERS = 64;

/** The filters of a session's user, for reading one command. */
export function filtersOf(session: Session, decode: Decode): Filters {
  let count = 0;
  const within: string[] = [];
  const filter: Filters = (name) => {
    const undefinedFilter = (why: string) => new No(`UNDEFINED-FILTER ${name}`, why);
    const entry = name.toLowerCase();
    const stored = storedAs(session, entry);
    if (stored === undefined) throw undefinedFilter(`There is no filter called ${name}`);
    if (within.includes(entry)) throw undefinedFilter(`The filter ${name} leads back to itself`);
    if (++count > MOST_FILTERS) throw undefinedFilter(`More than ${MOST_FILTERS} filters are too many`);
    within.push(entry);
    try {
      const p = new Parser({ lines: [stored], literals: [] });
      const key = searchKeys(p, "utf-8", { decode, filter });
      p.end();
      return key;
    } catch (thrown) {
      if (!(thrown instanceof GrammarError || thrown instanceof LiteralPending)) throw thrown;
      throw undefinedFilter(`The filter ${name} cannot be read: ${thrown.message}`);
    } finally {
      within.pop();
    }
  };
  return filter;
}

function storedAs({ mailstore, login }: Session, name: string): Uint8Array | undefined {
  const value = (user: number, root: string) =>
    mailstore.annotations.value({ folder: 0, user }, `/${root}/filters/values/${name}`);
  return value(login?.user.id ?? 0, "private") ?? value(0, "shared");
}
