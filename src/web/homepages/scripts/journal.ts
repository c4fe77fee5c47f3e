/**
 * What went wrong in pages, and what they noted with console.log: for their owners, who read it with `pages.reports`. Kept in memory, the
 * last ones of each owner; visitors get a reference and nothing else.
 */

import type { PageReport } from "../../../administration/parts.ts";
import { BoundedMap } from "../../../directory/cache.ts";

const MOST_REPORTS = 50;
const MOST_OWNERS = 200;

export class Journal {
  readonly #reports = new BoundedMap<number, PageReport[]>(MOST_OWNERS);

  /** Notes something; the oldest makes room. */
  note(owner: number, report: PageReport): void {
    this.#reports.set(owner, [report, ...(this.#reports.get(owner) ?? [])].slice(0, MOST_REPORTS));
  }

  /** What is known of an owner's pages, the newest first. */
  of(owner: number): readonly PageReport[] {
    return this.#reports.get(owner) ?? [];
  }

  /** Forgets what is known of an owner's pages. */
  forget(owner: number): void {
    this.#reports.delete(owner);
  }
}
