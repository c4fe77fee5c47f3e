/** Barred addresses: which pattern fits what, what decides, and that it holds at every way in. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { parseStructure } from "../../src/mime/parser.ts";
import { BarredList, type BarredValues } from "../../src/transport/house-rules/barred-list.ts";
import { bucketsOf, fitsAddress, folded, patternOf } from "../../src/transport/house-rules/pattern.ts";
import { processorMs } from "../timing.ts";
import { World } from "./world.ts";

const finds = (pattern: string, address: string): boolean => {
  const kept = patternOf(pattern);
  const key = folded(address);
  return [...bucketsOf(key), "*"].includes(kept.bucket) && fitsAddress(kept.pattern, key);
};

describe("a pattern", () => {
  test.each([
    ["Ann@Example.COM", "ann@example.com", true],
    ["ann@example.com", "joann@example.com", false],
    ['"ann"@example.com', "ann@example.com", true],
    ["example.com", "x@example.com", true],
    ["@example.com", "x@mail.example.com", false],
    ["*@example.com", "x@example.com", true],
    [".example.com", "x@example.com", true],
    [".example.com", "x@a.b.example.com", true],
    [".example.com", "x@badexample.com", false],
    ["*.example.com", "x@example.com", false],
    ["*.example.com", "x@mail.example.com", true],
    [".xyz", "x@cheap.things.xyz", true],
    ["shop-*@example.com", "shop-7@example.com", true],
    ["shop-*@example.com", "shop@example.com", false],
    ["*news*@*", "the.newsletter@any.where.example", true],
    ["*@mail*.example.*", "x@mail7.example.org", true],
    ["*@mail*.example.*", "x@web.example.org", false],
    ["müller.example", "x@xn--mller-kva.example", true],
    ["x@[192.0.2.1]", "x@[192.0.2.1]", true],
  ])("%s and %s: %p", (pattern, address, fits) => {
    expect(finds(pattern, address)).toBe(fits);
  });

  test.each(["", "*", "*@*", "*.*", "@", "a b@example.com", "<>", "a,b@c.example", `${"*a".repeat(9)}@x.example`])(
    "%p is none, or would fit everybody",
    (text) => {
      expect(() => patternOf(text)).toThrow();
    },
  );
});

describe("barred addresses", () => {
  let world: World;
  let list: BarredList;
  const outside = () => {
    const { user: _, ...origin } = world.origin({ kind: "smtp", protocol: "ESMTP", remote: "192.0.2.9" });
    return origin;
  };
  const usual: BarredValues = { side: "sender", direction: "in", action: "bar", text: "", note: "" };
  const bar = (patterns: string | string[], values: Partial<BarredValues> = {}) =>
    world.store.commit((tx) => list.addWithin(tx, [patterns].flat(), { ...usual, ...values }));
  const said = (run: () => unknown): string => {
    try {
      run();
      return "taken";
    } catch (error) {
      return String((error as { sentence?: string }).sentence);
    }
  };
  const fromOutside = (reversePath: string) => said(() => world.transport.checkSender(reversePath, outside()));

  beforeAll(async () => {
    world = await World.open({ start: false });
    list = new BarredList(world.store, () => world.clock);
  });
  afterAll(async () => await world.close());

  test("are refused with the text that was given, and counted", async () => {
    expect(fromOutside("x@spam.example")).toBe("taken");
    const [entry] = await bar(".spam.example", { text: "We buy nothing." });
    expect(fromOutside("X@Mail.Spam.Example")).toBe("We buy nothing.");
    expect(fromOutside("x@ham.example")).toBe("taken");
    expect(fromOutside("")).toBe("taken");
    expect(world.transport.checkSender("x@spam.example", world.origin())).toBeUndefined();
    await world.transport.barred.settled();
    expect(list.require(entry?.id ?? 0)).toMatchObject({ hits: 1, lastHitAt: world.clock });
    expect(world.logged("address.barred").at(-1)?.text).toContain(".spam.example");
  });

  test("leave out who is excepted, whatever else fits", async () => {
    await bar("good@spam.example", { action: "allow" });
    expect(fromOutside("good@spam.example")).toBe("taken");
    expect(fromOutside("bad@spam.example")).toBe("We buy nothing.");
  });

  test("hold no longer than they are listed, whoever asked before", async () => {
    expect(fromOutside("x@brief.example")).toBe("taken");
    const [entry] = await bar("brief.example", { text: "For a while." });
    for (const _ of [1, 2]) expect(fromOutside("x@brief.example")).toBe("For a while.");
    await world.store.commit((tx) => list.removeWithin(tx, entry?.id ?? 0));
    expect(fromOutside("x@brief.example")).toBe("taken");
  });

  test("are counted also in the moment in which other counts were written", async () => {
    const [entry] = await bar("counted.example");
    fromOutside("x@counted.example");
    await world.store.commit(() => {});
    fromOutside("x@counted.example");
    await world.transport.barred.settled();
    expect(list.require(entry?.id ?? 0).hits).toBe(2);
  });

  test("are looked for in From too, since anybody may write another envelope", async () => {
    await bar("forged.example", { text: "Not them." });
    const letter = (from: string) =>
      world.send("bert@home.test", `From: ${from}\r\nSubject: x\r\n\r\nx\r\n`, {
        origin: outside(),
        reversePath: "someone@innocent.example",
      });
    await expect(letter('"A, B" <c@innocent.example>, Boss <boss@FORGED.example>')).rejects.toMatchObject({
      kind: "barred",
      sentence: "Not them.",
      smtp: { code: 550, enhanced: "5.7.1" },
    });
    expect(world.inbox("bert")).toHaveLength(0);
    await letter("c@innocent.example");
    expect(world.inbox("bert")).toHaveLength(1);
  });

  test("cost little and tell little, however long From is", async () => {
    await bar("*@long.example", { text: "" });
    const letter = (from: string) =>
      said(() =>
        world.transport.barred.checkAuthors(
          { reversePath: "", recipients: [], origin: outside() },
          parseStructure(Buffer.from(`From: ${from}\r\n\r\nx\r\n`), { headerOctets: 1e7, totalHeaderOctets: 1e7 }),
        ),
      );
    const began = processorMs();
    for (const local of ["a", "a.", '"\\"\\', "a\u202e"]) {
      const sentence = letter(`${local.repeat(30_000 / local.length)}@long.example`);
      expect(sentence).toEndWith("is not taken here.");
      expect(sentence.length).toBeLessThan(400);
      expect(sentence).not.toMatch(/\p{C}/u);
    }
    for (const piece of ["a.", "x@y,", "<", ":"]) letter(piece.repeat(500_000 / piece.length));
    expect(processorMs() - began).toBeLessThan(1_000);
    expect(world.logged("address.barred").every(({ text = "" }) => text.length < 500)).toBe(true);
  });

  test("hold for whom people here write to, at RCPT and where nobody asked before", async () => {
    await bar("*@rival.example", { side: "recipient", direction: "out" });
    const rcpt = (origin: ReturnType<typeof outside>, to: string) =>
      said(() => world.transport.checkRecipient(to, origin));
    expect(rcpt(world.origin(), "ceo@rival.example")).toBe("Mail to ceo@rival.example is not taken here.");
    expect(world.send(["bert@home.test", "ceo@rival.example"])).rejects.toMatchObject({ kind: "barred" });
    expect(rcpt(world.origin(), "ceo@other.example")).toBe("taken");
  });

  test("are listed a page at a time, exceptions first, then the newest", async () => {
    const names = Array.from({ length: 9_000 }, (_, n) => `listed${n}.example`);
    await bar(names.slice(0, 3), { action: "allow" });
    await bar(names.slice(3));
    const pages = async (pageSize: number, from: number, to: number, search = "listed") => {
      const found: string[] = [];
      for (let page = from; page <= to; page++) {
        const { entries, total } = await list.list({ search, page, pageSize });
        expect(total).toBe(9_000);
        found.push(...entries.map(({ pattern }) => pattern.slice("*@listed".length).replace(".example", "")));
      }
      return found.map(Number);
    };
    expect(await pages(2, 1, 3)).toEqual([2, 1, 0, 8_999, 8_998, 8_997]);
    expect(await pages(100, 90, 91)).toEqual(Array.from({ length: 100 }, (_, n) => 102 - n));
    const { entries, total } = await list.list({ search: "LISTED77.", action: "bar", page: 1, pageSize: 5 });
    expect([entries.map(({ pattern }) => pattern), total]).toEqual([["*@listed77.example"], 1]);
    expect((await list.list({ search: "", page: 9_999, pageSize: 100 })).entries).toEqual([]);
  });

  test("are bounded in number before the first one is added", async () => {
    await expect(list.check(Array.from({ length: 2_001 }, (_, n) => `*x${n}*@*`))).rejects.toMatchObject({
      kind: "tooMany",
    });
    await expect(list.check(["good.example", "a b"])).rejects.toMatchObject({ kind: "invalid" });
    await expect(list.check(Array(2_000_001).fill("x.example"))).rejects.toMatchObject({ kind: "tooMany" });
    expect(await list.check(["good.example"])).toBeUndefined();
  });

  test("never keep anybody from postmaster", async () => {
    await bar("home.test", { side: "recipient", direction: "in" });
    expect(said(() => world.transport.checkRecipient("bert@home.test", outside()))).toContain("not taken");
    expect(said(() => world.transport.checkRecipient("Postmaster@home.test", outside()))).not.toContain("not taken");
  });

  test("are found among twenty thousand at the cost of a look into an index", async () => {
    const domains = Array.from({ length: 5_000 }, (_, n) => `domain${n}.example`);
    for (const prefix of ["", "x@", ".", "a*@"]) await bar(domains.map((domain) => prefix + domain));
    const { barred } = world.transport;
    const began = processorMs();
    for (let n = 0; n < 1_000; n++) barred.decision("sender", "in", `somebody@host${n}.domain77.example`);
    expect((processorMs() - began) / 1_000).toBeLessThan(0.3);
    expect(barred.decision("sender", "in", "a-z@nothing.domain4999.example")?.pattern).toBe(".domain4999.example");
    expect(barred.decision("sender", "in", "a-z@domain5000.example")).toBeUndefined();
  });
});
