/** What people and strangers call things is text on every page that says it, whatever stands in it. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { addContact } from "../../src/administration/users/contacts.ts";
import { setIdentity } from "../../src/administration/users/identities.ts";
import { keepSearch } from "../../src/administration/users/searches.ts";
import { addTemplate } from "../../src/administration/users/templates.ts";
import { type Browser, House, htmx } from "./house.ts";

const EVIL = `"><script>evil</script><img src=x onerror=evil>'`;
/** The same where it were markup. */
const RUNS = /<script>evil|<img src="?x|href="\s*javascript:/i;

let house: House;
let ann: Browser;
let folder: number;
let mailbox: number;
let uid: number;

beforeAll(async () => {
  house = await House.build();
  ann = await house.signIn("ann");
  await ann.get("/mail/compose");
  mailbox = house.user("ann").primaryMailbox;
  folder = (await house.mailstore.createFolder(mailbox, EVIL.replaceAll("/", ""))).id;
  const word = `=?utf-8?b?${Buffer.from(EVIL).toString("base64")}?=`;
  uid = await house.put(
    folder,
    `From: ${word} <a@b.example>\nTo: ${word} <ann@home.example>\nSubject: ${word}\nList-Id: ${EVIL}\n\n${EVIL}\n`,
  );
});
afterAll(async () => {
  expect(house?.faults).toEqual([]);
  await house?.close();
});

/** Calls everything so that has a name. */
async function nameAll(): Promise<string> {
  const actor = { kind: "user", user: house.user("ann"), via: "web" } as const;
  const { administration } = house;
  await ann.post(`/mail/f/${folder}/act`, { uid: String(uid), do: "label", labelName: EVIL });
  await administration.perform(addTemplate, actor, { name: EVIL, subject: EVIL, text: EVIL, html: EVIL });
  const said = { name: EVIL, organisation: EVIL, signature: EVIL, signatureHtml: EVIL };
  await administration.perform(setIdentity, actor, { login: "ann", address: "ann@home.example", ...said });
  await administration.perform(keepSearch, actor, { query: EVIL.replaceAll(" ", ""), name: EVIL });
  const card = { fullName: EVIL, notes: EVIL, website: "javascript:evil", groups: [EVIL] };
  await administration.perform(addContact, actor, {
    book: "own",
    mails: [{ kind: "work", address: "evil@x.example" }],
    ...card,
  });
  const letter = { from: "ann@home.example", cc: "", bcc: "", subject: EVIL, text: EVIL, format: "plain", html: "" };
  await ann.compose("/mail/compose/save", { key: "evil@x", to: EVIL, ...letter }, [new File(["x"], EVIL)]);
  const waiting = { key: "later@x", to: "bob@home.example", ...letter, do: `send-${Date.now() + 86_400_000}` };
  await ann.compose("/mail/compose", waiting);
  const { id } = JSON.parse((await ann.post("/mail/compose/parcel", { name: EVIL, type: EVIL, size: "1" })).text);
  await ann.request(`/mail/compose/parcel/${id}/piece?at=0`, {
    ...{ method: "POST", body: new Uint8Array(1) },
    headers: { "x-csrf-token": ann.csrf, "content-length": "1", "sec-fetch-site": "same-origin" },
  });
  const link = await ann.post(`/mail/compose/parcel/${id}/end`, {});
  return new URL(/href="([^"]+)"/.exec(link.text)?.[1] ?? "").pathname;
}

test("names are text on every page", async () => {
  const parcel = await nameAll();
  const [q, here, like] = [encodeURIComponent(EVIL), `/mail/f/${folder}/m/${uid}`, `${folder}.${uid}`];
  const options = (...pages: readonly string[]) => pages.map((page) => `/mail/options/${page}`);
  const own = (...pages: readonly string[]) => options(...pages.map((page) => `mailboxes/${mailbox}${page}`));
  const paths = [
    ...[
      parcel,
      `/mail/f/${folder}`,
      `/mail/f/${folder}?q=${q}`,
      here,
      `${here}/headers`,
      `${here}/why`,
      `${here}/print`,
    ],
    ...[`/mail/search?q=${q}`, "/mail/search?q=evil", `/mail/search/form?q=${q}`, "/mail/scheduled", "/mail/folders"],
    ...["", "in:", "label:", "from:ev", "evil", q].map((typed) => `/mail/search/suggest?q=${typed}`),
    ...["key=evil%40x", `reply=${like}`, `forward=${like}`, `enclose=${like}`, "template=1"].map(
      (wish) => `/mail/compose?${wish}`,
    ),
    `/mail/compose?mailto=${encodeURIComponent(`mailto:${EVIL}?subject=${EVIL}&body=${EVIL}`)}`,
    ...["/mail/compose/complete?typed=evil", `/mail/compose/redirect?message=${like}`],
    ...["", "/menu", "/empty"].map((page) => `/mail/folders/${folder}${page}`),
    ...options("templates", "templates/1", `templates/new?like=${like}`, "identities", "contacts", "contacts/1"),
    ...options(`contacts?group=${q}`, "contacts/duplicates", "identities/edit?address=ann@home.example", "parcels"),
    ...own("", `/rules/new?like=${like}`, "/import", `/sharing?folder=${q}`, `/archive?q=${q}`, "/expiry"),
  ];
  const wrong: string[] = [];
  for (const path of paths) {
    for (const headers of [{}, htmx("list")]) {
      const { status, text, headers: answered } = await ann.get(path, headers);
      if (status >= 500 || RUNS.test(text)) wrong.push(`${status} ${path}: ${RUNS.exec(text)?.[0]}`);
      if (!/^text\/html/.test(answered.get("content-type") ?? "") && status === 200) wrong.push(`${path} is no page`);
    }
  }
  expect(wrong).toEqual([]);
});

/** What every object of JavaScript knows, though nobody told it. */
const KNOWN = ["constructor", "__proto__"];

test.each(KNOWN)("a message in which everything is called %s is shown", async (name) => {
  const calendar = `BEGIN:VCALENDAR\nMETHOD:${name}\nBEGIN:${name}\nEND:${name}\nBEGIN:VEVENT\nUID:${name}\nSTATUS:${name}\nDTSTART;TZID=${name};VALUE=${name}:20260101T000000\nRRULE:FREQ=${name};INTERVAL=${name}\nORGANIZER;CN=${name}:mailto:${name}@x.example\nATTENDEE;PARTSTAT=${name};${name}=${name}:mailto:ann@home.example\n${name}:${name}\nEND:VEVENT\nEND:VCALENDAR`;
  const card = `BEGIN:VCARD\nFN:${name}\nTEL;TYPE=${name}:${name}\nEMAIL;${name}:a@b.example\nADR;TYPE=${name}:;;${name}\n${name};ENCODING=${name}:${name}\nEND:VCARD`;
  const style = `<style>${name}{${name}:${name};color:${name}(1)}</style><${name} ${name}=x style="${name}:${name}" class=${name}><p bgcolor=${name} align=${name}>x</p><font color=${name}><img src="cid:${name}"><a href="${name}:x">y</a>`;
  const part = (type: string, text: string) =>
    `--b\nContent-Type: ${type}; charset=${name}; ${name}=${name}; name=${name}; format=${name}; method=${name}\nContent-Disposition: ${name}; filename=${name}\nContent-Transfer-Encoding: ${name}\nContent-ID: <${name}>\nContent-Language: ${name}\n\n${text}\n`;
  const types = [`${name}/${name}`, "text/plain", "text/calendar", "text/vcard", `text/${name}`, `image/${name}`];
  const bodies = ["x", "see www.x.example", calendar, card, name, name];
  const head = [
    `Authentication-Results: mail.home.example; ${name}=${name} ${name}.${name}=${name}; dkim=${name} header.d=${name}; dmarc=${name}`,
    `Gatepost-Verdict: ${name}; ${name}/${name} (${name}=1) required=${name}`,
    "Received: from x by mail.home.example (Gatepost) with ESMTP id abc; Mon, 23 Nov 2026 10:00:00 +0000",
    ...["From", "Reply-To", "To", "Cc"].map((field) => `${field}: ${name} <${name}@x.example>`),
    `Subject: =?${name}?b?AAAA?= =?utf-8?${name}?x?=`,
    `Date: ${name}, 1 ${name} 2026 10:00:00 ${name}`,
    ...["Message-ID", "In-Reply-To", "References", "List-Id", "List-Unsubscribe"].map((field) => `${field}: <${name}>`),
    ...["Importance", "X-Priority", "Content-Language", "Auto-Submitted", name].map((field) => `${field}: ${name}`),
    "MIME-Version: 1.0",
    `Content-Type: multipart/mixed; boundary=b; ${name}=${name}`,
  ];
  const inbox = house.folderId("ann");
  const letter = `${head.join("\n")}\n\n${types.map((type, at) => part(type, bodies[at] ?? "")).join("")}--b--\n`;
  const number = await house.put(inbox, letter);
  const html = await house.put(inbox, `Subject: x\nMIME-Version: 1.0\nContent-Type: text/html\n\n${style}\n`);
  await house.mailstore.setFlags(inbox, [number], { mode: "add", flags: { system: 0, keywords: [name] } });
  const here = `/mail/f/${inbox}/m/${number}`;
  const paths = [
    ...[
      `/mail/f/${inbox}`,
      here,
      `${here}/headers`,
      `${here}/why`,
      `${here}/print`,
      `${here}?view=text`,
      `${here}/part/1`,
    ],
    ...[`/mail/f/${inbox}/m/${html}`, `/mail/f/${inbox}/m/${html}/body`, `${here}?in=${inbox}.${html + 1_000}`],
    ...["", "in:", "is:", "has:", "label:", "before:", "older:", "larger:"].map((at) => `/mail/search?q=${at}${name}`),
    ...[`${name}:x`, `${name}:`, name, `-${name}:"`].map((typed) => `/mail/search/suggest?q=${typed}`),
    ...["reply", "all", "forward"].map((wish) => `/mail/compose?${wish}=${inbox}.${number}`),
    `/mail/options/mailboxes/${mailbox}/rules/new?like=${inbox}.${number}`,
  ];
  const broken: string[] = [];
  for (const path of paths) {
    const { status } = await ann.get(path);
    if (status >= 500) broken.push(`${status} ${path}`);
  }
  const { status } = await ann.post(`/mail/f/${inbox}/act`, { uid: String(number), label: name });
  expect([broken, status]).toEqual([[], 303]);
});
