/** Files behind links: how they come in pieces, who may fetch them, and how they end. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { filesSettings } from "../../src/files/settings.ts";
import { webmailSettings } from "../../src/web/webmail/settings.ts";
import { until } from "../harness.ts";
import { Browser, House } from "./house.ts";

let house: House;
let ann: Browser;
let bob: Browser;
/** Somebody who has no account. */
let stranger: Browser;

beforeAll(async () => {
  house = await House.build();
  ann = await house.signIn("ann");
  bob = await house.signIn("bob");
  stranger = new Browser(house.web);
  await ann.get("/mail/compose");
  await bob.get("/mail/compose");
});
afterAll(async () => await house.close());

const begin = async (browser: Browser, size: number, name = "film.mp4") => {
  const answer = await browser.post("/mail/compose/parcel", { name, type: "video/mp4", size: String(size) });
  return { status: answer.status, ...(answer.status === 200 && (JSON.parse(answer.text) as { id: string })), answer };
};
const piece = async (browser: Browser, id: string | undefined, at: number, octets: Uint8Array<ArrayBuffer>) =>
  await browser.request(`/mail/compose/parcel/${id}/piece?at=${at}`, {
    method: "POST",
    body: octets,
    headers: {
      ...{ "x-csrf-token": browser.csrf, "content-type": "application/octet-stream" },
      ...{ "sec-fetch-site": "same-origin", "content-length": String(octets.length) },
    },
  });
const end = (browser: Browser, id: string | undefined) => browser.post(`/mail/compose/parcel/${id}/end`, {});
const put = async (browser: Browser, octets: Uint8Array<ArrayBuffer>, name?: string) => {
  const { id } = await begin(browser, octets.length, name);
  await piece(browser, id, 0, octets);
  const { text } = await end(browser, id);
  return new URL(/href="([^"]+)"/.exec(text)?.[1] ?? "").pathname;
};
const contents = () => Number(house.store.client.query("SELECT count(*) FROM contents").values()[0]?.[0]);

test("a file comes in pieces, sent again where one was lost, and is fetched by whoever has its address", async () => {
  const octets = crypto.getRandomValues(new Uint8Array(400_000));
  const { id } = await begin(ann, octets.length, "../größe.mp4");
  await piece(ann, id, 0, octets.subarray(0, 250_000));
  expect((await piece(ann, id, 300_000, octets.subarray(300_000))).status).toBe(400);
  const again = await piece(ann, id, 200_000, octets.subarray(200_000, 260_000));
  expect(JSON.parse(again.text)).toEqual({ size: 260_000 });
  expect((await end(ann, id)).status).toBe(400);
  expect((await piece(bob, id, 260_000, octets.subarray(260_000))).status).toBe(404);
  await piece(ann, id, 260_000, octets.subarray(260_000));
  const link = await end(ann, id);
  expect(link.text).toMatch(/<a href="https:\/\/[^"]+\/p\/[\w-]{43}">größe\.mp4<\/a> \(400 KB, to be fetched until /);
  const path = new URL(/href="([^"]+)"/.exec(link.text)?.[1] ?? "").pathname;

  const page = await stranger.get(path);
  expect(page.status).toBe(200);
  expect(page.text).toContain("400 KB from Ann Example");
  expect(page.headers.get("referrer-policy")).toBe("no-referrer");
  const fetched = await stranger.raw(`${path}/file`);
  expect(Buffer.from(await fetched.arrayBuffer()).equals(Buffer.from(octets))).toBe(true);
  expect(fetched.headers.get("content-type")).toBe("application/octet-stream");
  expect(fetched.headers.get("content-disposition")).toStartWith("attachment;");
  expect(fetched.headers.get("content-security-policy")).toContain("sandbox");
  expect((await ann.get("/mail/options/parcels")).text).toContain("fetched once");
});

test("what is not there, and what has ended, is told to nobody; the octets are gone", async () => {
  const before = contents();
  const path = await put(ann, crypto.getRandomValues(new Uint8Array(10_000)));
  expect(contents()).toBe(before + 1);
  expect((await stranger.get(`/p/${"A".repeat(43)}`)).status).toBe(404);
  const [parcel] = house.transport.parcels.list(house.user("ann").id);
  expect((await bob.post("/mail/options/parcels/end", { id: String(parcel?.id) })).status).toBe(404);
  expect((await stranger.get(path)).status).toBe(200);
  expect((await ann.post("/mail/options/parcels/prolong", { id: String(parcel?.id) })).status).toBe(303);
  expect((await ann.post("/mail/options/parcels/end", { id: String(parcel?.id) })).status).toBe(303);
  expect((await stranger.get(path)).status).toBe(404);
  expect((await stranger.get(`${path}/file`)).status).toBe(404);
  expect(contents()).toBe(before);
});

test("its day ends it", async () => {
  const before = contents();
  const path = await put(ann, crypto.getRandomValues(new Uint8Array(10_000)));
  const { parcels } = house.transport;
  parcels.start();
  const { id } = house.user("ann");
  const [parcel] = parcels.list(id);
  await house.store.commit((tx) => parcels.prolongWithin(tx, id, parcel?.id ?? 0, 1));
  expect((await stranger.get(path)).status).toBe(404);
  await until(() => contents() === before, "the octets to be gone");
  parcels.stop();
});

test("a file given up while it comes leaves nothing, and one ended twice is there once", async () => {
  const before = contents();
  const given = await begin(ann, 8_000_000);
  await piece(ann, given.id, 0, new Uint8Array(4_000_000));
  const late = piece(ann, given.id, 4_000_000, new Uint8Array(4_000_000));
  await until(() => contents() > before, "a part of it to lie in the store");
  await Promise.all([late, ann.post(`/mail/compose/parcel/${given.id}/drop`, {})]);
  expect(contents()).toBe(before);

  const octets = crypto.getRandomValues(new Uint8Array(50_000));
  const { id } = await begin(ann, octets.length);
  await piece(ann, id, 0, octets);
  const answers = await Promise.all([end(ann, id), end(ann, id), end(ann, id)]);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 404, 404]);
  expect(contents()).toBe(before + 1);
});

test("a whole piece is taken, however short letters have to be", async () => {
  const { textOctets } = house.store.settings.get(webmailSettings);
  await house.store.settings.set(webmailSettings, { textOctets: 10_000 });
  const { id } = await begin(ann, 4_000_000);
  expect((await piece(ann, id, 0, new Uint8Array(4_000_000))).status).toBe(200);
  await ann.post(`/mail/compose/parcel/${id}/drop`, {});
  await house.store.settings.set(webmailSettings, { textOctets });
});

test("a file given up, and one too large, leave nothing behind", async () => {
  const before = contents();
  const { id } = await begin(ann, 3_000_000);
  await piece(ann, id, 0, new Uint8Array(3_000_000));
  expect((await ann.post(`/mail/compose/parcel/${id}/drop`, {})).status).toBe(204);
  expect((await end(ann, id)).status).toBe(404);
  expect(contents()).toBe(before);
  await house.store.settings.set(webmailSettings, { parcelOctets: 1_000_000, parcelsOctets: 1_500_000 });
  expect((await begin(ann, 1_000_001)).answer.text).toContain("may have 1.0 MB");
  const first = await begin(ann, 900_000);
  expect(first.status).toBe(200);
  expect((await begin(ann, 900_000)).answer.text).toContain("together");
  expect((await piece(ann, first.id, 0, new Uint8Array(900_001))).status).toBe(400);
  expect((await piece(ann, first.id, 0, new Uint8Array(4_000_001))).status).toBe(413);
  await ann.post(`/mail/compose/parcel/${first.id}/drop`, {});
  await house.store.settings.set(webmailSettings, { parcelOctets: 0 });
  expect((await begin(ann, 10)).status).toBe(403);
});

test("whose account is switched off gives out no more files", async () => {
  await house.store.settings.set(webmailSettings, { parcelOctets: 1_000_000 });
  const path = await put(ann, crypto.getRandomValues(new Uint8Array(1_000)));
  await house.directory.users.update("ann", { enabled: false });
  expect([(await stranger.get(path)).status, (await stranger.get(`${path}/file`)).status]).toEqual([404, 404]);
  await house.directory.users.update("ann", { enabled: true });
  expect((await stranger.get(path)).status).toBe(200);
  ann = await house.signIn("ann");
  await ann.get("/mail/compose");
});

test("files on their way leave the disk room for mail", async () => {
  await house.store.settings.set(webmailSettings, { parcelOctets: 1_000_000 });
  await house.store.settings.set(filesSettings, { keepFree: Number.MAX_SAFE_INTEGER });
  expect((await begin(ann, 1_000)).status).toBe(507);
  await house.store.settings.set(filesSettings, { keepFree: 0 });
  const { id, status } = await begin(ann, 1_000);
  expect(status).toBe(200);
  await ann.post(`/mail/compose/parcel/${id}/drop`, {});
});
