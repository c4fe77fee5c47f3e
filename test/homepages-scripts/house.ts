/** A house in which pages are run: requests are made directly, and the folder of pages is a list of texts. */
import type { PageReport } from "../../src/administration/parts.ts";
import { Refusal } from "../../src/refusal.ts";
import type { PageRequest } from "../../src/web/homepages/script-seam.ts";
import { Journal } from "../../src/web/homepages/scripts/journal.ts";
import { Scripts } from "../../src/web/homepages/scripts/scripts.ts";
import { type PageScriptLimits, pageScriptSettings } from "../../src/web/homepages/scripts/settings.ts";
import { House as Ground } from "../house.ts";

/** How a page is asked for. */
export interface Asked {
  readonly login?: string;
  readonly method?: "GET" | "HEAD" | "POST";
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: Readonly<Record<string, string>>;
  readonly remote?: string;
  readonly secure?: boolean;
  readonly body?: string | Uint8Array;
  readonly path?: string;
  /** What stands before it in the address, "/~anna" if nothing else is said. */
  readonly base?: string;
  readonly files?: Readonly<Record<string, string>>;
}

export interface Seen {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export class House extends Ground {
  readonly journal = new Journal();
  readonly scripts: Scripts;
  /** How far the clock is moved, in milliseconds. */
  later = 0;

  protected constructor() {
    super("pages");
    const { store, transport, journal } = this;
    this.scripts = new Scripts({ store, transport, journal, now: () => Date.now() + this.later });
  }

  /** home.example with `anna` and `ben`. Limits are low, so that what runs into them does so soon. */
  static async build(limits: Partial<PageScriptLimits> = {}): Promise<House> {
    const house = await new House().furnish("anna", "ben");
    await house.limit({ milliseconds: 300, memoryMegabytes: 8, outputOctets: 100_000, ...limits });
    return house;
  }

  async limit(limits: Partial<PageScriptLimits>): Promise<void> {
    await this.store.settings.set(pageScriptSettings, limits);
  }

  /** Asks for a page. */
  async ask(source: string, asked: Asked = {}): Promise<Seen> {
    const answer = await this.scripts.runPage(source, requestFor(asked), this.user(asked.login ?? "anna"));
    return { ...answer, text: typeof answer.body === "string" ? answer.body : Buffer.from(answer.body).toString() };
  }

  /** Asks for a page that must be made; gives what it wrote. */
  async text(source: string, asked: Asked = {}): Promise<string> {
    const { status, text } = await this.ask(source, asked);
    if (status >= 500) throw new Error(`${status}: ${this.lastReport()?.message ?? text}`);
    return text;
  }

  /** Asks for a page that cannot be made; gives what its owner is told. */
  async trouble(source: string, asked: Asked = {}): Promise<PageReport> {
    const { status, text } = await this.ask(source, asked);
    const report = this.lastReport(asked.login);
    if (status !== 500 || report === undefined) throw new Error(`the page was made: ${status} ${text}`);
    if (!text.includes(report.reference)) throw new Error("the visitor was given another reference");
    return report;
  }

  lastReport(login = "anna"): PageReport | undefined {
    return this.journal.of(this.user(login).id)[0];
  }

  override async close(...options: Parameters<Ground["close"]>): Promise<void> {
    this.scripts.close();
    await super.close(...options);
  }
}

function requestFor(asked: Asked): PageRequest {
  const { method = "GET", query = "", headers = {}, cookies, remote = "192.168.1.7", secure = false, body } = asked;
  const { path = "/index.html", files = {} } = asked;
  const octets = typeof body === "string" ? Buffer.from(body) : (body ?? new Uint8Array());
  return {
    ...{ method, path, remote, secure },
    url: `http://home.example/~anna${path}${query}`,
    base: asked.base ?? (cookies === undefined ? "/~anna" : ""),
    headers: new Headers(headers),
    cookies: cookies === undefined ? null : new Map(Object.entries(cookies)),
    body: (most) =>
      octets.length > most
        ? Promise.reject(new Refusal("tooLarge", "That is more than this page takes at once."))
        : Promise.resolve(octets),
    include: (wanted) => {
      const text = files[wanted];
      return text === undefined
        ? Promise.reject(new Refusal("notFound", "There is no such file."))
        : Promise.resolve(text);
    },
  };
}

/** A form as browsers send it. */
export const form = (fields: Readonly<Record<string, string>>): Pick<Asked, "method" | "headers" | "body"> => ({
  method: "POST",
  headers: { "content-type": "application/x-www-form-urlencoded" },
  body: new URLSearchParams(fields).toString(),
});
