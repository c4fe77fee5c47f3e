/** A browser without a screen: requests are handed to the web sites directly. */
import type { Web } from "../../src/web/app.tsx";
import { PASSWORD } from "../house.ts";

const ORIGIN = "https://mail.home.example:10443";

type Fields = Record<string, string | readonly string[]>;

/** What a browser keeps: cookies, and the anti-forgery token of the page it shows. Redirects are not followed. */
export class Browser {
  readonly cookies = new Map<string, string>();
  csrf = "";
  address = "192.168.1.20";
  secure = true;

  constructor(
    private readonly web: Web,
    readonly base = ORIGIN,
  ) {}

  /** One request, as this browser sends it. */
  async raw(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.cookies.size > 0) {
      headers.set("cookie", [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; "));
    }
    const request = new Request(new URL(path, this.base), { ...init, headers });
    const response = await this.web.fetch(request, { address: this.address, secure: this.secure });
    for (const cookie of response.headers.getSetCookie()) this.#keep(cookie);
    return response;
  }

  /** The same, with the answer's text; of a stream of events nothing is read. */
  async request(path: string, init: RequestInit = {}): Promise<Page> {
    const response = await this.raw(path, init);
    const stream = response.headers.get("content-type") === "text/event-stream";
    const page = new Page(response, stream ? "" : await response.text());
    this.csrf = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? this.csrf;
    return page;
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Page> {
    return this.request(path, { headers });
  }

  /** Sends a form with the token of the page that was shown last. */
  post(path: string, fields: Fields, headers: Record<string, string> = {}): Promise<Page> {
    const body = new URLSearchParams();
    for (const [name, value] of pairs({ csrf: this.csrf, ...fields })) body.append(name, value);
    return this.#send(path, body, headers);
  }

  /** Sends a form with files, its length announced as browsers do. */
  async upload(path: string, form: FormData, headers: Record<string, string> = {}): Promise<Page> {
    const made = new Response(form);
    const type = made.headers.get("content-type") ?? "";
    const body = await made.bytes();
    return await this.#send(path, body, { "content-type": type, "content-length": String(body.length), ...headers });
  }

  /** Sends the compose form with its files. */
  compose(path: string, fields: Fields, files: readonly File[] = []): Promise<Page> {
    const form = new FormData();
    for (const [name, value] of pairs(fields)) form.append(name, value);
    for (const file of files) form.append("file", file);
    return this.upload(`${path}?csrf=${this.csrf}`, form);
  }

  /** Signs in. */
  async login(login: string, password = PASSWORD): Promise<Page> {
    await this.get("/login");
    return await this.post("/login", { login, password });
  }

  /** Posts as a browser of today does; where a test names the origin itself, as one that is too old for Sec-Fetch-Site. */
  #send(path: string, body: BodyInit, headers: Record<string, string>): Promise<Page> {
    const own = { "sec-fetch-site": "same-origin", origin: this.base };
    return this.request(path, {
      method: "POST",
      body,
      headers: { ...(headers.origin === undefined && own), ...headers },
    });
  }

  #keep(cookie: string): void {
    const [pair = ""] = cookie.split(";");
    const [name = "", value = ""] = pair.split("=");
    if (value === "" || /max-age=0/i.test(cookie)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}

function* pairs(fields: Fields): Generator<[string, string]> {
  for (const [name, value] of Object.entries(fields)) for (const one of [value].flat()) yield [name, one];
}

/** An answer with its text. */
export class Page {
  constructor(
    readonly response: Response,
    readonly text: string,
  ) {}

  get status(): number {
    return this.response.status;
  }

  get headers(): Headers {
    return this.response.headers;
  }

  /** Where a redirect leads; "" where there is none. */
  get location(): string {
    return this.headers.get("location") ?? "";
  }
}

/** The headers with which htmx asks for a part of a page. */
export const htmx = (target: string, at = "/mail", source = ""): Record<string, string> => ({
  "hx-request": "true",
  "hx-request-type": "partial",
  "hx-target": target,
  "hx-current-url": new URL(at, ORIGIN).href,
  ...(source && { "hx-source": source }),
});
