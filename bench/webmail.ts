/** What somebody at a browser waits for: webmail's pages as the server makes them, ours and Roundcube's, over the same messages. */
import { Gatepost } from "../test/harness.ts";
import { fillByAppend, indexed } from "./gatepost.ts";
import { messageNumber } from "./messages.ts";
import { startPeers } from "./peers.ts";
import { roundcube } from "./roundcube.ts";
import { ADDRESS, LOGIN, PASSWORD } from "./server.ts";

/** A webmail with somebody signed in: each action resolves when the server has answered all that its page needs to show it. */
export interface Webmail {
  readonly name: string;
  inbox(): Promise<void>;
  /** The list alone, as it is renewed while one works. */
  list(): Promise<void>;
  open(index: number): Promise<void>;
  /** In subject and sender: where Roundcube searches if nothing else is chosen. */
  search(words: string): Promise<void>;
  searchText(word: string): Promise<void>;
  compose(): Promise<void>;
  send(index: number): Promise<void>;
}

/** A browser's memory for one site. */
class Jar {
  readonly #cookies = new Map<string, string>();

  constructor(readonly base: string) {}

  async fetch(path: string, init: RequestInit & { headers?: Record<string, string> } = {}): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = { ...init.headers, cookie, origin: this.base };
    const response = await fetch(new URL(path, this.base), { redirect: "manual", ...init, headers });
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      this.#cookies.set(name, value);
    }
    return response;
  }

  /** A page's text. @throws Error unless it is there and holds what it must */
  async text(path: string, holds: string, init: RequestInit & { headers?: Record<string, string> } = {}) {
    const response = await this.fetch(path, init);
    const text = await response.text();
    if (response.status !== 200 || !text.includes(holds))
      throw new Error(`${this.base}${path} answered ${response.status} without “${holds}”: ${text.slice(0, 500)}`);
    return text;
  }
}

const FORM = { "content-type": "application/x-www-form-urlencoded" };
const found = (text: string, pattern: RegExp): string => pattern.exec(text)?.[1]?.replaceAll("&amp;", "&") ?? "";
const unescaped = (text: string): string =>
  text.replaceAll("&amp;", "&").replaceAll("&quot;", '"').replaceAll("&#39;", "'");

const LETTER = { subject: "A letter from the desk", text: "Dear Anna,\n\nthe harbour is quiet today.\n\nYours\n" };

export const ACTIONS: readonly {
  readonly what: string;
  /** How often in a round. */
  readonly times: number;
  readonly act: (site: Webmail, round: number) => Promise<void>;
}[] = [
  { what: "Inbox, the whole page", times: 20, act: (site) => site.inbox() },
  { what: "The list alone", times: 20, act: (site) => site.list() },
  { what: "Open a message", times: 20, act: (site, round) => site.open(round) },
  { what: "Search subjects", times: 10, act: (site, round) => site.search(NEEDLES[round % NEEDLES.length] ?? "") },
  { what: "Search whole messages", times: 3, act: (site) => site.searchText("quicksilver") },
  { what: "Begin a letter", times: 20, act: (site) => site.compose() },
  { what: "Begin a letter and send it", times: 20, act: (site, round) => site.compose().then(() => site.send(round)) },
];

/** Words of subjects: each pair is in some of them. */
const NEEDLES = ["harbour lantern", "winter signal", "market orchard", "silver saddle", "paper morning"];

/** Runs work over both (and tells where ours is), with the same messages in them, somebody signed in at each, and every page seen once. */
export async function webmails(
  messages: number,
  work: (sites: readonly Webmail[], ours: string) => Promise<void>,
): Promise<void> {
  const ends: (() => Promise<void>)[] = [];
  try {
    const server = await Gatepost.start({ users: [LOGIN] });
    ends.push(() => server.remove());
    // A letter is sent when the page says so, as Roundcube does it.
    await server.command(["self", "preferences", "--as", LOGIN, "undoSeconds=0"]);
    const peers = await startPeers();
    ends.push(() => peers.stop());
    const letters = Array.from({ length: messages }, (_, index) => messageNumber(index));
    await peers.fill(letters);
    await fillByAppend(server.port(143), letters);
    await indexed(server.folder);
    const cube = await roundcube(peers);
    ends.push(() => cube.stop());
    const sites = [await gatepostWebmail(server), await roundcubeWebmail(cube.port)];
    for (const site of sites) for (const { act } of ACTIONS) await act(site, 0);
    await work(sites, `http://127.0.0.1:${server.port(80)}`);
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

/** Our own, signed in. */
async function gatepostWebmail(server: Gatepost): Promise<Webmail> {
  const jar = new Jar(`http://127.0.0.1:${server.port(80)}`);
  const csrf = found(await jar.text("/login", "csrf"), /name="csrf" value="([^"]+)"/);
  await jar.fetch("/login", {
    method: "POST",
    headers: FORM,
    body: new URLSearchParams({ csrf, login: LOGIN, password: PASSWORD }).toString(),
  });
  const inbox = (await jar.fetch("/mail")).headers.get("location") ?? "";
  const partial = (target: string) => ({
    headers: { "hx-request": "true", "hx-request-type": "partial", "hx-target": target },
  });
  const newest = Number(found(await jar.text(inbox, "mail-row"), /id="m(\d+)"/));
  const search = async (query: string) => {
    await jar.text(`${inbox}?q=${encodeURIComponent(query)}`, "mail-row", partial("list"));
  };
  let form: [string, string][] = [];
  return {
    name: "Gatepost",
    inbox: async () => void (await jar.text(inbox, "mail-row")),
    list: async () => void (await jar.text(inbox, "mail-row", partial("list"))),
    open: async (index) => void (await jar.text(`${inbox}/m/${newest - index}`, "reader", partial("reader"))),
    search: (words) => search(`subject:${words}`),
    searchText: search,
    compose: async () => {
      const page = await jar.text("/mail/compose", 'id="compose');
      form = [...page.matchAll(/<input[^>]*type="hidden"[^>]*>/g)].map(([input]) => [
        found(input, /name="([^"]+)"/),
        unescaped(found(input, /value="([^"]*)"/)),
      ]);
    },
    send: async () => {
      const body = new FormData();
      for (const [name, value] of form) if (name !== "") body.set(name, value);
      const { subject, text } = LETTER;
      for (const [name, value] of Object.entries({ from: ADDRESS, to: ADDRESS, subject, text, do: "send" }))
        body.set(name, value);
      const csrf = form.find(([name]) => name === "csrf")?.[1] ?? "";
      const response = await jar.fetch("/mail/compose", { method: "POST", body, headers: { "x-csrf-token": csrf } });
      if (response.status !== 303) throw new Error(`sending answered ${response.status}: ${await response.text()}`);
    },
  };
}

/** Roundcube on a port, signed in. Its page shows no list: its script asks for that at once, so both are what one waits for. */
async function roundcubeWebmail(port: number): Promise<Webmail> {
  const jar = new Jar(`http://127.0.0.1:${port}`);
  const token = found(await jar.text("/?_task=login", "_token"), /name="_token" value="([^"]+)"/);
  await jar.fetch("/?_task=login", {
    method: "POST",
    headers: FORM,
    body: new URLSearchParams({
      ...{ _task: "login", _action: "login", _timezone: "UTC", _url: "" },
      _token: token,
      _user: LOGIN,
      _pass: PASSWORD,
    }).toString(),
  });
  const page = await jar.text("/?_task=mail&_mbox=INBOX", "request_token");
  const request = found(page, /"request_token":"([^"]+)"/);
  const ajax = { headers: { "x-roundcube-request": request, "x-requested-with": "XMLHttpRequest" } };
  const remote = async (query: string, holds: string) =>
    await jar.text(`/?_task=mail&${query}&_mbox=INBOX&_remote=1&_unlock=0`, holds, ajax);
  const list = async () => await remote("_action=list", "add_message_row");
  const newest = Math.max(...[...(await list()).matchAll(/add_message_row\((\d+)/g)].map(([, uid]) => Number(uid)));
  let compose = "";
  return {
    name: "Roundcube",
    inbox: async () => {
      await jar.text("/?_task=mail&_mbox=INBOX", "request_token");
      await list();
    },
    list: async () => void (await list()),
    open: async (index) =>
      void (await jar.text(`/?_task=mail&_mbox=INBOX&_uid=${newest - index}&_action=preview&_framed=1`, "messagebody")),
    search: async (words) =>
      void (await remote(
        `_action=search&_q=${encodeURIComponent(words)}&_headers=subject%2Cfrom&_scope=base`,
        "add_message_row",
      )),
    searchText: async (word) =>
      void (await remote(`_action=search&_q=${encodeURIComponent(word)}&_headers=text&_scope=base`, "add_message_row")),
    compose: async () => {
      const to = (await jar.fetch("/?_task=mail&_action=compose")).headers.get("location") ?? "";
      compose = await jar.text(to, "_from");
    },
    send: async (index) => {
      const hidden = [...compose.matchAll(/<input type="hidden"[^>]*>/g)].map(([input]) => [
        found(input, /name="([^"]+)"/),
        unescaped(found(input, /value="([^"]*)"/)),
      ]);
      const from = found(compose, /<select[^>]*name="_from"[^>]*>\s*<option value="(\d+)"/);
      const fields = {
        _from: from,
        _to: ADDRESS,
        _subject: `${LETTER.subject} ${index}`,
        _message: LETTER.text,
        _store_target: "Sent",
        _token: request,
      };
      const answer = await jar.text("/?_task=mail&_framed=1&_unlock=0", "sent_successfully", {
        method: "POST",
        headers: FORM,
        body: new URLSearchParams([
          ...(hidden.filter(([name]) => name !== "") as [string, string][]),
          ...Object.entries({ ...fields, _action: "send" }),
        ]).toString(),
      });
      if (answer.includes("errormsg")) throw new Error(answer);
    },
  };
}
