/**
 * What the appliance holds for scripts in pages: the journal, and what runs them once it is needed. Its code is read with the first page
 * that may hold a script.
 */
import type { PageOffice } from "../../../administration/parts.ts";
import type { PageScripts } from "../script-seam.ts";
import { Journal } from "./journal.ts";
import type { ScriptParts } from "./scripts.ts";

export class ScriptRoom {
  readonly #journal = new Journal();
  #scripts: Promise<PageScripts> | undefined;
  #closed = false;

  constructor(private readonly parts: Omit<ScriptParts, "journal">) {}

  /** What owners of pages may ask. */
  get office(): PageOffice {
    return { reports: (owner) => this.#journal.of(owner), forget: (owner) => this.#journal.forget(owner) };
  }

  /** What runs scripts. */
  scripts(): Promise<PageScripts> {
    this.#scripts ??= import("./scripts.ts").then(({ Scripts }) => {
      const scripts = new Scripts({ ...this.parts, journal: this.#journal });
      if (this.#closed) scripts.close();
      return scripts;
    });
    return this.#scripts;
  }

  /** Ends what runs. Call before the store closes. */
  async close(): Promise<void> {
    this.#closed = true;
    (await this.#scripts)?.close();
  }
}
