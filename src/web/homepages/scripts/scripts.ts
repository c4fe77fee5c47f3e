/**
 * Scripts in home pages: JavaScript in the HTML of users who may have it, run by the server in QuickJS. Called by the home pages behind
 * script-seam.ts, for each page that holds a script.
 *
 * A page (template.ts) becomes a program (program.ts) that runs in a process of its own kind (runners.ts, runner.ts, engine.ts) with the
 * objects of prelude.ts; what it asks is answered by host.ts from the store of its owner's pages (values.ts) and the mail form
 * (mail-form.ts). It reaches nothing else. What goes wrong is told to its owner alone (journal.ts).
 *
 * RFC 9110 §15.6 (what visitors hear), RFC 6265 (cookies).
 */
import type { User } from "../../../directory/user.ts";
import { newTrace } from "../../../store/events.ts";
import type { Store } from "../../../store/store.ts";
import type { Transport } from "../../../transport/transport.ts";
import type { PageAnswer, PageRequest, PageScripts } from "../script-seam.ts";
import { checkedField, checkedRedirect, checkedStatus, cookieField, MOST_COOKIES } from "./answering.ts";
import { FormBudget } from "./budget.ts";
import type { Failed, Made, RunRequest } from "./frames.ts";
import { Host, type HostParts } from "./host.ts";
import type { Journal } from "./journal.ts";
import { MailForms } from "./mail-form.ts";
import { Runners } from "./runners.ts";
import { type PageScriptLimits, pageScriptSettings } from "./settings.ts";
import { holdsScript } from "./template.ts";
import { PageValues } from "./values.ts";

/** What scripts are run with. */
export interface ScriptParts {
  readonly store: Store;
  readonly transport: Pick<Transport, "deliverNotice">;
  readonly journal: Journal;
  /** The clock, milliseconds since the epoch. */
  readonly now: () => number;
}

export class Scripts implements PageScripts {
  readonly #runners: Runners;
  readonly #host: HostParts;
  readonly #budget = new FormBudget();

  constructor(private readonly parts: ScriptParts) {
    this.#runners = new Runners(
      () => this.#limits(),
      (thrown) => this.#fault(thrown),
    );
    this.#host = { values: new PageValues(parts.store), forms: new MailForms(parts.transport, parts.now) };
  }

  /** Processes there are now. */
  get processes(): number {
    return this.#runners.size;
  }

  holdsScript(source: string): boolean {
    return holdsScript(source);
  }

  async runPage(source: string, request: PageRequest, owner: User): Promise<PageAnswer> {
    const limits = this.#limits();
    const page = Buffer.from(source);
    if (page.length > limits.sourceOctets) {
      return this.#failed(owner, request, `A page with scripts has at most ${limits.sourceOctets} octets.`);
    }
    const giveBack = this.#budget.take(request.remote, formRoom(request, limits.formOctets));
    if (giveBack === undefined) return busy();
    try {
      const form = request.method === "POST" ? await request.body(limits.formOctets) : new Uint8Array();
      return await this.#run(page, form, request, owner, limits);
    } finally {
      giveBack();
    }
  }

  async #run(
    page: Uint8Array,
    form: Uint8Array,
    request: PageRequest,
    owner: User,
    limits: PageScriptLimits,
  ): Promise<PageAnswer> {
    const host = new Host(this.#host, request, owner, limits, (thrown) => this.#fault(thrown));
    const { milliseconds, memoryMegabytes, outputOctets, valueOctets } = limits;
    const result = await this.#runners.run({
      owner: owner.id,
      run: {
        kind: "run",
        request: this.#requestFor(request),
        limits: { milliseconds, memoryMegabytes, outputOctets, valueOctets },
        formOctets: form.length,
      },
      octets: [page, form],
      answer: (question) => host.answer(question),
    });
    if (result.kind === "busy") return busy();
    if (result.kind === "stopped") {
      const words =
        result.why === "time" ? `longer than the ${milliseconds} milliseconds that it may have` : "too much";
      return this.#failed(owner, request, `The page took ${words}, and was stopped.`);
    }
    if (result.head.kind === "failed") return this.#failed(owner, request, result.head.message, result.head);
    return this.#made(owner, request, result.head, result.octets);
  }

  close(): void {
    this.#runners.close();
  }

  #limits(): PageScriptLimits {
    return this.parts.store.settings.get(pageScriptSettings);
  }

  #requestFor(request: PageRequest): RunRequest {
    const { method, url, path, base, headers, cookies, remote, secure } = request;
    return {
      ...{ method, url, path, base, remote, secure },
      headers: [...headers],
      cookies: cookies === null ? null : [...cookies],
      time: this.parts.now(),
    };
  }

  /** The answer that a page made, as far as it is one. */
  #made(owner: User, request: PageRequest, { status, headers, cookies, notes }: Made, body: Uint8Array): PageAnswer {
    const sent = new Headers({ "content-type": "text/html; charset=utf-8", "cache-control": "no-store" });
    try {
      checkedStatus(status);
      for (const [name, value] of headers) {
        if (name === "location") sent.set(name, checkedRedirect(value, status));
        else sent.set(...checkedField(name, value));
      }
      if (request.cookies !== null) {
        for (const cookie of cookies.slice(0, MOST_COOKIES))
          sent.append("set-cookie", cookieField(cookie, request.secure));
      }
    } catch (error) {
      return this.#failed(owner, request, error instanceof Error ? error.message : String(error));
    }
    for (const note of notes) this.#note(owner, request, { kind: "note", message: note });
    return { status, headers: sent, body };
  }

  /** What a visitor is told where a page could not be made; why is the owner's to know. */
  #failed(owner: User, request: PageRequest, message: string, where?: Failed): PageAnswer {
    for (const note of where?.notes ?? []) this.#note(owner, request, { kind: "note", message: note });
    const reference = this.#note(owner, request, { kind: "error", message }, where);
    const headers = new Headers({ "content-type": "text/html; charset=utf-8", "cache-control": "no-store" });
    return {
      status: 500,
      headers,
      body: plainPage("This page could not be made", `Its owner can look up why: ${reference}`),
    };
  }

  #note(owner: User, request: PageRequest, what: { kind: "error" | "note"; message: string }, where?: Failed): string {
    const reference = newTrace();
    this.parts.journal.note(owner.id, {
      ...{ reference, at: this.parts.now(), kind: what.kind, remote: request.remote },
      page: request.path,
      message: String(what.message).slice(0, 1_000),
      file: String(where?.file ?? request.path).slice(0, 500),
      line: Number(where?.line ?? 0),
      excerpt: String(where?.excerpt ?? "").slice(0, 1_000),
    });
    return reference;
  }

  #fault(thrown: unknown): void {
    this.parts.store.events.fault("web", "answer a script in a page", thrown);
  }
}

/** Octets to be kept free for a form: what it says of itself, or all it may be. */
function formRoom({ method, headers }: PageRequest, most: number): number {
  if (method !== "POST") return 0;
  const said = Number(headers.get("content-length") ?? Number.NaN);
  return said >= 0 ? Math.min(said, most) : most;
}

function busy(): PageAnswer {
  const headers = new Headers({
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "retry-after": "5",
  });
  return { status: 503, headers, body: plainPage("Too many visitors at once", "Try again in a few seconds.") };
}

function plainPage(title: string, sentence: string): string {
  return `<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>${title}</title><h1>${title}</h1><p>${sentence}</p></html>\n`;
}
