import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { directorySettings } from "../../src/directory/settings.ts";
import { temporaryAddress } from "../../src/directory/temporary.ts";
import { fits, MOST_WILDCARDS } from "../../src/directory/wildcards.ts";
import { processorMs } from "../timing.ts";
import { type Opened, openDirectory, refusalKind } from "./open.ts";

const NOW = new Date(2027, 0, 15, 12).getTime();
const DAY = 86_400_000;

let opened: Opened;
let anna: number;
let bert: number;

/** What an address leads to, in short. */
function lead(address: string, now = NOW): string {
  const found = opened.directory.resolve(address, now);
  if (found.kind !== "local") return found.kind;
  const detail = found.detail === undefined ? "" : ` +${found.detail}`;
  return `${found.via} ${found.mailboxes.join(",")} ${found.address}${detail}`;
}

beforeEach(async () => {
  opened = openDirectory();
  const { domains, users } = opened.directory;
  await domains.create({ name: "home.example", aliases: ["also.example"] });
  await domains.create({ name: "other.example" });
  anna = (await users.create({ login: "anna", permissions: ["web.administrator"] })).primaryMailbox;
  bert = (await users.create({ login: "bert" })).primaryMailbox;
});
afterEach(() => opened.close());

describe("a pattern", () => {
  test("fits exactly the texts that a regular expression of the same meaning fits", () => {
    const pattern = fc.string({ unit: fc.constantFrom("a", "b", "*"), minLength: 1, maxLength: 8 });
    const text = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 10 });
    fc.assert(
      fc.property(pattern, text, (stars, local) => {
        expect(fits(stars.split("*"), local)).toBe(new RegExp(`^${stars.replaceAll("*", ".*")}$`).test(local));
      }),
      { numRuns: 3_000 },
    );
  });

  test("is judged quickly, however it is made", () => {
    const pieces = `${"*a".repeat(31)}*b`.split("*");
    const before = processorMs();
    for (let round = 0; round < 1_000; round++) fits(pieces, "a".repeat(64));
    expect(processorMs() - before).toBeLessThan(200);
  });
});

describe("addresses with a star", () => {
  test("take what nobody else has, the closest pattern first", async () => {
    const { aliases, domains } = opened.directory;
    await aliases.add("shop-*@home.example", anna);
    await aliases.add("Shop-Book*@home.example", bert);
    await aliases.add("*-lists@home.example", bert);
    await aliases.add("shop-shoes@home.example", bert);
    await aliases.add("post*@home.example", bert);
    const table: [string, string][] = [
      ["shop-tools@home.example", `wildcard ${anna} shop-tools@home.example`],
      ["SHOP-Tools@also.example", `wildcard ${anna} SHOP-Tools@home.example`],
      ["shop-@home.example", `wildcard ${anna} shop-@home.example`],
      ["shop-books@home.example", `wildcard ${bert} shop-books@home.example`],
      ["shop-shoes@home.example", `address ${bert} shop-shoes@home.example`],
      ["shop-shoes+x@home.example", `address ${bert} shop-shoes@home.example +x`],
      ["shop-tools+x@home.example", `wildcard ${anna} shop-tools+x@home.example`],
      ["shop-lists@home.example", `wildcard ${bert} shop-lists@home.example`],
      ["shop-*@home.example", `wildcard ${anna} shop-*@home.example`],
      ["postmaster@home.example", `administrator ${anna} postmaster@home.example`],
      ["shop@home.example", "unknown"],
      ["shop-tools@other.example", "unknown"],
    ];
    for (const round of [1, 2])
      expect({ round, found: table.map(([address]) => [address, lead(address)]) }).toEqual({ round, found: table });
    await domains.update("home.example", { unknownRecipients: "mailbox", catchAllMailbox: bert });
    expect(lead("shop-tools@home.example")).toBe(`wildcard ${anna} shop-tools@home.example`);
    expect(lead("shop@home.example")).toBe(`catchAll ${bert} shop@home.example`);
  });

  test("come and go at once, and stand on several mailboxes", async () => {
    const { aliases } = opened.directory;
    expect(lead("shop-a@home.example")).toBe("unknown");
    await aliases.add("shop-*@home.example", anna);
    await aliases.add("shop-*@home.example", bert);
    expect(lead("shop-a@home.example")).toBe(`wildcard ${anna},${bert} shop-a@home.example`);
    await aliases.remove("shop-*@home.example", anna);
    expect(lead("shop-a@home.example")).toBe(`wildcard ${bert} shop-a@home.example`);
    await opened.directory.users.remove("bert");
    expect(lead("shop-a@home.example")).toBe("unknown");
  });

  test("let their owner send as what they take, and nobody else, and log nobody in", async () => {
    const { directory } = opened;
    await directory.aliases.add("shop-*@home.example", anna);
    const may = (login: string, address: string) => directory.maySendAs(directory.users.require(login).id, address);
    expect(may("anna", "shop-tools@home.example")).toBe(true);
    expect(may("bert", "shop-tools@home.example")).toBe(false);
    expect(may("anna", "bert@home.example")).toBe(false);
  });

  test("are refused where they take too much, are too many, or are to be return addresses", async () => {
    const { aliases } = opened.directory;
    for (const address of ["*@home.example", "a*@home.example", "ab**c@home.example", "a*b*c*d*e@home.example"])
      expect([address, await refusalKind(aliases.add(address, anna))]).toEqual([address, "invalid"]);
    expect(await refusalKind(aliases.add("shop-*@home.example", anna, { primary: true }))).toBe("invalid");
    expect(await refusalKind(aliases.add("anna@*.example", anna))).toBe("invalid");
    for (let n = 0; n < MOST_WILDCARDS; n++) await aliases.add(`p${n}-*@home.example`, anna);
    expect(await refusalKind(aliases.add("one-more-*@home.example", anna))).toBe("invalid");
    await aliases.add("one-more-*@other.example", anna);
  });

  test("answer in microseconds, also where there are many and nothing fits", async () => {
    const { aliases } = opened.directory;
    for (let n = 0; n < MOST_WILDCARDS; n++) await aliases.add(`${n}-*-*-*@home.example`, anna);
    lead("nobody@home.example");
    const before = processorMs();
    for (let round = 0; round < 2_000; round++) lead(`n${"-".repeat(50)}${round}@home.example`);
    expect((processorMs() - before) / 2_000).toBeLessThan(0.2);
  });

  test("never become the return address", async () => {
    const { aliases, mailboxes, users } = opened.directory;
    const { id } = await mailboxes.create({ ownerId: users.require("anna").id, addresses: ["shop-*@home.example"] });
    expect(aliases.returnAddresses([id]).get(id)).toBeUndefined();
    await aliases.add("for-now@home.example", id, { expiresAt: NOW });
    expect(aliases.returnAddresses([id]).get(id)).toBeUndefined();
    await aliases.add("shop@home.example", id);
    expect(aliases.returnAddresses([id]).get(id)).toBe("shop@home.example");
    await aliases.remove("shop@home.example");
    expect(aliases.returnAddresses([id]).get(id)).toBeUndefined();
    await aliases.update("for-now@home.example", id, { expiresAt: null });
    expect(aliases.returnAddresses([id]).get(id)).toBe("for-now@home.example");
  });
});

describe("addresses that end", () => {
  test("are extended, listed by their end, and refuse mail when it has come, whoever else takes mail", async () => {
    const { aliases, domains } = opened.directory;
    await domains.update("home.example", { unknownRecipients: "mailbox", catchAllMailbox: bert });
    await aliases.add("fair@home.example", anna, { expiresAt: NOW + DAY, note: "The fair" });
    await aliases.add("sale@home.example", anna, { expiresAt: NOW + 2 * DAY });
    expect(lead("fair@home.example")).toBe(`address ${anna} fair@home.example`);
    // From memory, and the end is still seen.
    expect(lead("fair@home.example", NOW + DAY)).toBe("unknown");
    expect(lead("fair+x@home.example", NOW + DAY)).toBe("unknown");
    const names = (kind: "temporary" | "ended", now: number) =>
      aliases.search({ kind, now }).aliases.map(({ address }) => address);
    expect(names("temporary", NOW)).toEqual(["fair@home.example", "sale@home.example"]);
    expect(names("ended", NOW + DAY)).toEqual(["fair@home.example"]);
    const extended = await aliases.update("fair@home.example", anna, { expiresAt: NOW + 3 * DAY, note: "Again" });
    expect(extended).toMatchObject({ expiresAt: NOW + 3 * DAY, note: "Again", primary: false });
    expect(lead("fair@home.example", NOW + DAY)).toBe(`address ${anna} fair@home.example`);
    expect(names("temporary", NOW)).toEqual(["sale@home.example", "fair@home.example"]);
    expect(await refusalKind(aliases.update("fair@home.example", bert, { note: "Not mine" }))).toBe("notFound");
  });

  test("are kept for a while, then removed", async () => {
    const { aliases } = opened.directory;
    await aliases.add("fair@home.example", anna, { expiresAt: NOW });
    expect(await aliases.removeExpired(NOW + 364 * DAY)).toBe(0);
    expect(await aliases.removeExpired(NOW + 366 * DAY)).toBe(1);
    await aliases.add("fair@home.example", anna, { expiresAt: NOW });
    await opened.store.settings.set(directorySettings, { keepEndedDays: 0 });
    expect(await aliases.removeExpired(NOW)).toBe(1);
  });

  test("pass being the return address on", async () => {
    const { aliases } = opened.directory;
    await aliases.add("ann@home.example", anna);
    expect(await refusalKind(aliases.makePrimary("nobody@home.example", anna))).toBe("notFound");
    await aliases.makePrimary("ann@home.example", anna);
    await aliases.update("ann@home.example", anna, { expiresAt: NOW + DAY });
    expect(aliases.returnAddresses([anna]).get(anna)).toBe("anna@home.example");
    expect(await refusalKind(aliases.makePrimary("ann@home.example", anna))).toBe("invalid");
  });

  test("postmaster reaches somebody even where an address of that name has ended", async () => {
    await opened.directory.aliases.add("postmaster@home.example", bert, { expiresAt: NOW + DAY });
    expect(lead("postmaster@home.example")).toBe(`address ${bert} postmaster@home.example`);
    expect(lead("postmaster@home.example", NOW + DAY)).toBe(`administrator ${anna} postmaster@home.example`);
  });
});

describe("addresses that say their end themselves", () => {
  test("hold to the end of that day, and then nobody takes their mail", async () => {
    const { domains } = opened.directory;
    await domains.update("home.example", { unknownRecipients: "mailbox", catchAllMailbox: bert });
    const end = new Date(2027, 1, 1).getTime();
    const address = "anna$E20270131@home.example";
    expect(lead(address)).toBe(`temporary ${anna} anna@home.example`);
    expect(lead(address, end - 1)).toBe(`temporary ${anna} anna@home.example`);
    expect(lead(address, end)).toBe("unknown");
    expect(lead("ANNA$e20270131@also.example")).toBe(`temporary ${anna} anna@home.example`);
    expect(lead("anna+shop$E20270131@home.example")).toBe(`temporary ${anna} anna@home.example +shop`);
  });

  test("reach only addresses that are there", async () => {
    const { aliases } = opened.directory;
    await aliases.add("shop-*@home.example", anna);
    await aliases.add("gone@home.example", anna, { expiresAt: NOW - 1 });
    for (const local of [
      "nobody$E20270131",
      "gone$E20270131",
      "postmaster$E20270131",
      "anna$E20270131$E20270131",
      "anna$E2027013",
      "anna$E202701311",
      "anna$E20270231",
      "anna$E00000000",
      "anna$E99999999",
      "anna$E-0270131",
      "anna$E٢٠٢٧٠١٣١",
      "anna$E",
      "anna$E60",
      "$E20270131",
      `${"a".repeat(54)}$E20270131`,
      `anna${"$E20270131".repeat(5)}`,
    ])
      expect([local, lead(`${local}@home.example`)]).toEqual([local, "unknown"]);
    expect(lead("shop-a$E20270131@home.example")).toBe(`wildcard ${anna} shop-a$E20270131@home.example`);
  });

  test("can be switched off, and give way to an address that was made", async () => {
    const { aliases } = opened.directory;
    await aliases.add("anna$E20270131@home.example", bert);
    expect(lead("anna$E20270131@home.example")).toBe(`address ${bert} anna$E20270131@home.example`);
    await opened.store.settings.set(directorySettings, { temporaryAddresses: false });
    expect(lead("anna$E20270201@home.example")).toBe("unknown");
  });

  test("are good for sending while they last", () => {
    const { directory } = opened;
    const far = "anna$E99991231@home.example";
    expect(directory.maySendAs(directory.users.require("anna").id, far)).toBe(true);
    expect(directory.maySendAs(directory.users.require("bert").id, far)).toBe(false);
    expect(directory.maySendAs(directory.users.require("anna").id, "anna$E20200101@home.example")).toBe(false);
  });

  test("whatever is written there, an answer comes", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 70 }), fc.string({ maxLength: 12 }), (name, end) => {
        const { kind } = opened.directory.resolve(`${name}$E${end}@home.example`, NOW);
        expect(["local", "unknown", "remote"]).toContain(kind);
        const found = temporaryAddress(`${name}$E${end}`);
        if (found !== undefined) expect(Number.isSafeInteger(found.until)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
