/**
 * A real server, an administrator in a real browser, a program with a token, and the command line: the ways in which a property is set
 * and read. One for all tests of a file.
 */
import { Database } from "bun:sqlite";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { SCOPE_NAMES } from "../../src/administration/actor.ts";
import { dispatch } from "../../src/cli/dispatch.ts";
import { launchChromium } from "../chromium.ts";
import { Gatepost, PASSWORD } from "../harness.ts";
import { House } from "../house.ts";

/** A house in the process, on a copy of what the running server has. */
class Inside extends House {
  static on(folder: string): Inside {
    return new Inside("accounts", { folder });
  }
}

/** What the API answered. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Pages need not move before somebody who only wants to press a button. */
const STILL = { reducedMotion: "reduce" } as const;

export class Town {
  readonly #contexts: BrowserContext[] = [];

  private constructor(
    readonly server: Gatepost,
    private readonly browser: Browser,
    private readonly token: string,
    /** The administrator's page. */
    readonly page: Page,
  ) {}

  static async open(): Promise<Town> {
    const [server, browser] = await Promise.all([
      Gatepost.start({
        settings: [
          ...["auth.argonMemory=8192", "auth.argonPasses=1", "auth.scramIterations=4096"],
          ...["smtp.errorsBeforeDelay=1000", "smtp.maxErrors=1000"],
        ],
      }),
      launchChromium(),
    ]);
    const scopes = SCOPE_NAMES.flatMap((scope) => ["--scope", scope]);
    const token = await commandOf(server, ["token", "add", "admin", "--name", "walk", ...scopes]);
    const context = await browser.newContext({ ...STILL, baseURL: `http://127.0.0.1:${server.port(80)}` });
    const town = new Town(server, browser, token.trim(), await context.newPage());
    town.#contexts.push(context);
    context.setDefaultTimeout(10_000);
    await signIn(town.page, "admin", PASSWORD);
    return town;
  }

  /** The address of the pages. */
  get base(): string {
    return `http://127.0.0.1:${this.server.port(80)}`;
  }

  /** Runs words of the command line, in the running server as always. @throws Error with what it said */
  async command(words: readonly string[], stdin?: string): Promise<string> {
    return await commandOf(this.server, words, stdin);
  }

  /** What a command tells programs. */
  async json(...words: string[]): Promise<unknown> {
    return JSON.parse(await this.command([...words, "--json"]));
  }

  /** Asks the API: "PATCH /users/anna" and a body. */
  async ask(request: string, body?: object): Promise<Answer> {
    const [method = "GET", path = "/"] = request.split(" ");
    const response = await fetch(`${this.base}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(method !== "GET" && method !== "DELETE" && { "content-type": "application/json" }),
      },
      ...(method !== "GET" && method !== "DELETE" && { body: JSON.stringify(body ?? {}) }),
    });
    return { status: response.status, body: await response.json() };
  }

  /** The same, and it must do. */
  async done<T>(request: string, body?: object): Promise<T> {
    const answer = await this.ask(request, body);
    if (answer.status >= 300) throw new Error(`${request}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body as T;
  }

  /** What somebody sends from now on leaves at once. */
  async sendsAtOnce(login: string): Promise<void> {
    await this.command(["self", "preferences", "--as", login, "undoSeconds=0"]);
  }

  /** A browser of its own, in which somebody has signed in; it shows where that leads. */
  async visit(login: string, password = PASSWORD): Promise<Page> {
    const { cookies, location } = await entered(this.base, login, password);
    const context = await this.browser.newContext({ ...STILL, baseURL: this.base });
    context.setDefaultTimeout(10_000);
    this.#contexts.push(context);
    await context.addCookies(cookies.map((one) => ({ ...one, url: this.base })));
    const page = await context.newPage();
    await page.goto(location);
    return page;
  }

  /** A page as somebody gets it who has signed in, without a browser around it. */
  async read(login: string, path: string, password = PASSWORD): Promise<{ status: number; text: string }> {
    const { cookies } = await entered(this.base, login, password);
    const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
    const answer = await fetch(new URL(path, this.base), { headers: { cookie } });
    return { status: answer.status, text: await answer.text() };
  }

  /** Works in the process with the parts of a house that has what the running server has now. */
  async inside<T>(work: (house: House) => Promise<T> | T): Promise<T> {
    const folder = mkdtempSync(join(tmpdir(), "gatepost-inside-"));
    copyOf(join(this.server.folder, "gatepost.db"), join(folder, "gatepost.db"));
    const house = Inside.on(folder);
    try {
      return await work(house);
    } finally {
      await house.close();
    }
  }

  /** Stops the server, works on its data as they are, and starts it again. */
  async meanwhile<T>(work: (house: House) => Promise<T> | T): Promise<T> {
    await this.server.stop();
    const house = Inside.on(this.server.folder);
    try {
      return await work(house);
    } finally {
      await house.close({ keep: true });
      await this.server.resume();
    }
  }

  /** Closes the pages that were opened beside the administrator's. */
  async leave(): Promise<void> {
    for (const context of this.#contexts.splice(1)) await context.close();
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.server.remove();
  }
}

async function commandOf(server: Gatepost, words: readonly string[], stdin = ""): Promise<string> {
  let out = "";
  let error = "";
  const code = await dispatch([...words, "--data", server.folder], {
    out: (text) => {
      out += text;
    },
    error: (text) => {
      error += text;
    },
    stdin: () => Promise.resolve(`${stdin}\n`),
  });
  if (code !== 0) throw new Error(`gatepost ${words.join(" ")} ended with ${code}: ${error}`);
  return out;
}

/** A consistent copy of a database that is in use. */
function copyOf(from: string, to: string): void {
  const database = new Database(from, { readonly: true });
  try {
    database.query("VACUUM INTO ?").run(to);
  } finally {
    database.close();
  }
}

/** What came of signing in. */
interface Entered {
  /** Where it leads; "" where it is refused. */
  readonly location: string;
  readonly cookies: readonly { readonly name: string; readonly value: string }[];
  /** What the page says, without its marks. */
  readonly text: string;
}

/** Signs in with the form of the sign-in page. */
export async function entered(base: string, login: string, password: string): Promise<Entered> {
  const page = await fetch(`${base}/login`);
  const csrf = /name="csrf" value="([^"]+)"/.exec(await page.text())?.[1] ?? "";
  const visitor = page.headers.getSetCookie().map((one) => one.split(";")[0]);
  const answer = await fetch(`${base}/login`, {
    ...{ method: "POST", redirect: "manual", body: new URLSearchParams({ csrf, login, password, next: "/" }) },
    headers: { cookie: visitor.join("; "), "sec-fetch-site": "same-origin", origin: base },
  });
  const pairs = [...visitor, ...answer.headers.getSetCookie().map((one) => one.split(";")[0])];
  const cookies = pairs.map((pair = "") => ({ name: pair.replace(/=.*/s, ""), value: pair.replace(/^[^=]*=/, "") }));
  const html = await answer.text();
  return {
    location: answer.headers.get("location") ?? "",
    cookies: cookies.filter(({ value }) => value !== ""),
    text: html.replace(/<[^>]+>/g, " ").replace(/\s+/g, " "),
  };
}

/** Signs in as a person does. */
async function signIn(page: Page, login: string, password: string): Promise<void> {
  await page.goto("/login");
  await page.getByLabel("Login name").fill(login);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL(({ pathname }) => !pathname.startsWith("/login"));
}
