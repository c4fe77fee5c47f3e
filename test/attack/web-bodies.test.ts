/** How much of a stranger's request is held in memory: bodies are cut off before it is known who sends them. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { processorMs } from "../timing.ts";
import { Browser, House } from "../web/house.ts";

const MEGABYTE = 1_000_000;

let house: House;

beforeAll(async () => {
  house = await House.build();
});
afterAll(() => house.close());

/** A body that comes in chunks and never says how long it is; tells how much of it was taken. */
function endless(): { body: ReadableStream<Uint8Array>; taken: () => number } {
  let taken = 0;
  const chunk = new Uint8Array(65_536).fill(0x78);
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (taken >= 60 * MEGABYTE) return controller.close();
      taken += chunk.length;
      controller.enqueue(chunk);
    },
  });
  return { body, taken: () => taken };
}

const FORM = "application/x-www-form-urlencoded";
const UPLOAD = "multipart/form-data; boundary=b";

for (const [path, type] of [
  ["/login", FORM],
  ["/mail/compose", FORM],
  ["/mail/compose", UPLOAD],
  ["/mail/compose?csrf=x", UPLOAD],
  ["/admin/users", FORM],
  ["/nothing", "text/plain"],
] as const) {
  test(`a stranger's endless body to ${path} as ${type} is refused before much of it is held`, async () => {
    const { body, taken } = endless();
    const page = await new Browser(house.web).request(path, {
      method: "POST",
      body,
      headers: { "content-type": type, "transfer-encoding": "chunked", "sec-fetch-site": "same-origin" },
    });
    expect(page.status).toBe(413);
    expect(taken()).toBeLessThan(MEGABYTE);
  });
}

test("a user's large body is taken only behind a good token", async () => {
  const browser = new Browser(house.web);
  await browser.login("ann");
  await browser.get("/mail/compose");
  const upload = async (address: string, headers: Record<string, string>) => {
    const { body, taken } = endless();
    const page = await browser.request(address, {
      method: "POST",
      body,
      headers: { "content-type": UPLOAD, "content-length": "30000000", "sec-fetch-site": "same-origin", ...headers },
    });
    expect(taken()).toBeLessThan(4 * MEGABYTE);
    return page.status;
  };
  expect(await upload("/mail/compose", {})).toBe(413);
  expect(await upload("/mail/compose?csrf=guessed", {})).toBe(413);
  expect(await upload("/mail/compose", { "x-csrf-token": "guessed" })).toBe(413);
  // With the token the upload is read as it comes, and this one is no form.
  expect(await upload(`/mail/compose?csrf=${browser.csrf}`, {})).toBe(400);
  // Where no form has files, none is held.
  expect(await upload(`/mail/search/act?csrf=${browser.csrf}`, {})).toBe(413);
  const chunked = { "transfer-encoding": "chunked" };
  expect(await upload(`/mail/compose?csrf=${browser.csrf}`, chunked)).toBe(413);
});

test("a form of a million fields is not taken apart", async () => {
  const browser = new Browser(house.web);
  await browser.login("ann");
  await browser.get("/mail");
  const begun = processorMs();
  const page = await browser.request("/mail/search/act", {
    method: "POST",
    body: "a=&".repeat(300_000),
    headers: { "content-type": FORM, "x-csrf-token": browser.csrf, "sec-fetch-site": "same-origin" },
  });
  expect([page.status, processorMs() - begun < 100]).toEqual([413, true]);
});
