/** Appearance: what somebody chooses for his pages holds wherever he signs in, and for nobody else. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { languageFor } from "../../src/web/reader.ts";
import { listTime } from "../../src/web/webmail/words.ts";
import { momentWords, sizeWords } from "../../views/parts/telling.tsx";
import { asReader, t, tn } from "../../views/words/words.ts";
import { processorMs } from "../timing.ts";
import { type Browser, House } from "./house.ts";

const PAGE = "/mail/options/appearance";
const LOOK = { language: "de", zone: "Asia/Tokyo", theme: "dark", density: "compact" };
const MAIL = { conversations: "on", format: "plain", startFolder: "0", undoSeconds: "20" };

let house: House;
let ann: Browser;

beforeAll(async () => {
  house = await House.build();
});
afterAll(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
});
beforeEach(async () => {
  ann = await house.signIn("ann");
  await ann.get(PAGE);
});

const chosen = () => house.directory.preferences.of(house.user("ann").id);

describe("Appearance", () => {
  test("chooses language, zone and colours, which the next page has, also of another browser", async () => {
    const before = await ann.get(PAGE);
    expect(before.text).toContain('<html lang="en" dir="ltr">');
    expect((await ann.post(PAGE, LOOK)).location).toBe(PAGE);
    const after = await ann.get(PAGE);
    expect(after.text).toContain('<html lang="de" dir="ltr" data-theme="dark" data-density="compact">');
    expect(after.text).toContain("<h1>Darstellung</h1>");
    expect(after.text).toContain("Ihre Seiten sind jetzt so");
    const elsewhere = await (await house.signIn("ann")).get(PAGE);
    expect(elsewhere.text).toContain('<html lang="de" dir="ltr" data-theme="dark"');
    const bob = await (await house.signIn("bob")).get(PAGE);
    expect(bob.text).toContain('<html lang="en" dir="ltr">');
  });

  test("keeps what only the other form has", async () => {
    await ann.post(PAGE, LOOK);
    await ann.get(PAGE);
    await ann.post(`${PAGE}/mail`, MAIL);
    expect(chosen()).toMatchObject({
      ...LOOK,
      conversations: true,
      shortcuts: false,
      format: "plain",
      undoSeconds: 20,
    });
    expect((await ann.get(PAGE)).text).toContain('data-keys="off"');
  });

  test("says what is wrong beside the field, and changes nothing", async () => {
    await ann.post(PAGE, { ...LOOK, zone: "" });
    await ann.get(PAGE);
    expect((await ann.post(PAGE, { ...LOOK, zone: "Middle/Earth" })).status).toBe(422);
    expect((await ann.post(PAGE, { ...LOOK, language: "tlh" })).status).toBe(422);
    expect((await ann.post(`${PAGE}/mail`, { ...MAIL, undoSeconds: "9999" })).status).toBe(422);
    expect(chosen().zone).toBe("");
  });

  test("opens with no folder that is somebody else's", async () => {
    const bobs = house.folderId("bob");
    const refused = await ann.post(`${PAGE}/mail`, { ...MAIL, startFolder: String(bobs) });
    expect(refused.status).toBe(422);
    const sent = house.folderId("ann", "Sent");
    await ann.post(`${PAGE}/mail`, { ...MAIL, startFolder: String(sent) });
    expect((await ann.get("/mail")).location).toBe(`/mail/f/${sent}`);
  });

  test("follows the buttons of the rail, too", async () => {
    await ann.post("/theme", { theme: "light" });
    expect(chosen().theme).toBe("light");
  });
});

describe("the language of a browser", () => {
  test.each([
    [undefined, "en"],
    ["de", "de"],
    ["de-AT, en;q=0.5", "de"],
    ["fr;q=0.9, en;q=0.3, de;q=0.8", "de"],
    ["de;q=0, en", "en"],
    ["*", "en"],
    ["deutsch", "en"],
    [",;=;q=,".repeat(50_000), "en"],
  ] as const)("%p is served in %s", (accept, language) => {
    expect(languageFor(accept)).toBe(language);
  });

  test("is found as quickly, however the browser asks", () => {
    const begun = processorMs();
    expect(languageFor(`x${" ".repeat(50_000)}y;q=1 , de ; q=0.5`)).toBe("de");
    expect(processorMs() - begun).toBeLessThan(200);
  });

  test("is that of the page before anybody is signed in", async () => {
    const answer = await house.web.fetch(
      new Request("http://mail.home.example/login", { headers: { "accept-language": "de-DE,de;q=0.9" } }),
      { address: "127.0.0.1", secure: false },
    );
    expect(await answer.text()).toContain('<html lang="de"');
  });
});

describe("in the reader's language", () => {
  const NOW = Date.UTC(2026, 10, 23, 22, 30);
  const inTokyo = <T>(work: () => T) => asReader({ language: "de", zone: "Asia/Tokyo" }, async () => work());

  test("days are those of his zone", async () => {
    // Half past seven on the 24th there.
    expect(await inTokyo(() => momentWords(NOW - 3_600_000, NOW))).toBe("06:30");
    expect(await inTokyo(() => momentWords(NOW - 9 * 3_600_000, NOW))).toBe("gestern 22:30");
    expect(await inTokyo(() => momentWords(Date.UTC(2026, 2, 12), NOW))).toBe("12. März");
    expect(await inTokyo(() => momentWords(Date.UTC(2024, 2, 12), NOW))).toBe("12. März 2024");
    expect(await inTokyo(() => momentWords(NOW + 300_000, NOW))).toBe("in 5 Min.");
  });

  test("and so are those of lists, in as few words as tell them apart", async () => {
    const when = (at: number) => inTokyo(() => listTime(at, NOW));
    expect(await when(NOW - 3_600_000)).toBe("06:30");
    expect(await when(NOW - 9 * 3_600_000)).toBe("Gestern");
    expect(await when(NOW - 3 * 86_400_000)).toBe("Samstag");
    expect(await when(NOW - 7 * 86_400_000)).toBe("17. Nov.");
    expect(await when(Date.UTC(2024, 2, 12))).toBe("12. März 2024");
    const inLondon = <T>(work: () => T) => asReader({ language: "en", zone: "Europe/London" }, async () => work());
    expect(await inLondon(() => listTime(NOW - 3 * 86_400_000, NOW))).toBe("Friday");
  });

  test("numbers and sizes are written as he is used to", async () => {
    expect(await inTokyo(() => sizeWords(1_500))).toBe("1,5 KB");
    expect(sizeWords(1_500)).toBe("1.5 KB");
    expect(await inTokyo(() => t("for {n} seconds", { n: 12_000 }))).toBe("12.000 Sekunden lang");
    expect(tn(1, "{n} message", "{n} messages")).toBe("1 message");
  });
});
