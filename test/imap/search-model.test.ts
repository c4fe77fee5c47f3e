/** Whatever the index, the kept columns and the narrowing of keys do: what is found is what a look at every message finds. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { casemap } from "../../src/mime/casemap.ts";
import { Header } from "../../src/mime/header.ts";
import { decodeOctetWords } from "../../src/mime/words.ts";
import type { Client } from "./client.ts";
import { House } from "./house.ts";

let house: House;
let client: Client;
let uids: number[] = [];
let seed = 20_261_122;

function random(below: number): number {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
  return seed % below;
}

const SYLLABLES = [
  "an",
  "Be",
  "co",
  "\u00dc",
  "\u00e9",
  "e\u0301",
  "\u0416\u0443",
  "\u00df",
  "\ufb01",
  "x1",
  "-",
  "@",
  "\u6f22",
  "O\u00b5",
  "\u0130",
];

function word(): string {
  return Array.from({ length: 1 + random(4) }, () => SYLLABLES[random(SYLLABLES.length)]).join("");
}

function words(most: number): string {
  return Array.from({ length: 1 + random(most) }, word).join(random(6) === 0 ? "  " : " ");
}

function encoded(text: string): string {
  return random(2) === 0 ? text : `=?utf-8?b?${Buffer.from(text).toString("base64")}?=`;
}

function body(): string {
  const text = words(12);
  switch (random(4)) {
    case 0:
      return `Content-Type: text/html; charset=utf-8\r\n\r\n<p>${text.replace(" ", " <b>")}</b> &eacute;</p>\r\n`;
    case 1:
      return `Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.from(text).toString("base64")}\r\n`;
    case 2:
      return `Content-Type: application/pdf; name*=utf-8''${encodeURIComponent(word())}.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n`;
    default:
      return `Content-Type: text/plain; charset=utf-8\r\n\r\n${text}\r\n`;
  }
}

function mail(): string {
  return (
    `From: "${encoded(word())}" <${random(9)}@${random(3)}.example>\r\nTo: ${encoded(word())}: ${random(9)}@x.example;\r\n` +
    `Subject: ${encoded(words(4))}\r\nX-Tag: ${encoded(word())}\r\n${body()}`
  );
}

beforeAll(async () => {
  house = await House.build();
  uids = await house.deliver(Array.from({ length: 150 }, mail));
  client = await house.select();
});
afterAll(async () => await house.close());

/** A needle that stands somewhere, more often than not. */
function needle(): string {
  const from = word();
  return from.slice(0, 1 + random(from.length)).replaceAll('"', "");
}

async function looked(key: string, needle: string): Promise<number[]> {
  const view = await house.mailstore.open(house.folderId("ann"));
  const { index, heads, structure } = house.mailstore;
  const wanted = casemap(needle);
  const holds = (content: number): boolean => {
    if (key === "TEXT") return index.text(content).includes(wanted);
    if (key === "BODY") return index.body(content).includes(wanted);
    if (key === "FROM" || key === "TO" || key === "SUBJECT")
      return heads.fieldText(key.toLowerCase() as "from" | "to" | "subject", content).includes(wanted);
    const { root } = structure.call(house.mailstore, content);
    const raws = new Header(house.store.content.read(content, 0, root.bodyStart)).rawAll("x-tag");
    return raws.some((raw) => casemap(decodeOctetWords(raw)).includes(wanted));
  };
  const found = uids.filter((uid) => holds(view.contentAt(view.indexOfUid(uid))));
  view.close();
  return found;
}

async function searched(key: string, needle: string): Promise<number[]> {
  const octets = Buffer.from(needle);
  const tag = client.tag();
  client.dialogue.sendRaw(`${tag} UID SEARCH CHARSET UTF-8 ${key} {${octets.length}+}\r\n`);
  client.dialogue.sendRaw(Buffer.concat([octets, Buffer.from("\r\n")]));
  const [line = ""] = (await client.answer(tag)).untagged;
  return line.split(" ").slice(1).map(Number);
}

describe.each([
  ["before anything is indexed", 0],
  ["with half of it indexed", 1],
  ["when all is indexed", 2],
])("SEARCH finds what a look at everything finds, %s", (_, stage) => {
  test("for whatever is looked for", async () => {
    if (stage === 1) {
      await house.mailstore.index.catchUp();
      house.store.client.run("INSERT INTO unindexed (content) SELECT content FROM summaries WHERE content % 2 = 0");
      house.store.client.run("DELETE FROM search WHERE rowid IN (SELECT content FROM unindexed)");
    }
    if (stage === 2) await house.mailstore.index.catchUp();
    for (let round = 0; round < 120; round++) {
      const key = ["TEXT", "BODY", "FROM", "TO", "SUBJECT", "HEADER X-Tag"][random(6)] as string;
      const text = needle();
      expect(`${key} ${text}: ${await searched(key, text)}`).toBe(`${key} ${text}: ${await looked(key, text)}`);
    }
  });
});
