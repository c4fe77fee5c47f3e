import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { directorySettings } from "../../src/directory/settings.ts";
import { processorMs } from "../timing.ts";
import { type Opened, openDirectory } from "./open.ts";

let opened: Opened;
let anna: number;
let bert: number;
let sales: number;

/** What an address leads to, in short. */
function lead(address: string): string {
  const found = opened.directory.resolve(address);
  if (found.kind === "remote") return `remote ${found.domain}`;
  if (found.kind === "unknown") return `unknown ${found.policy}`;
  const detail = found.detail === undefined ? "" : ` +${found.detail}`;
  return `${found.via} ${found.mailboxes.join(",")} ${found.address}${detail}`;
}

beforeEach(async () => {
  opened = openDirectory();
  const { domains, users, mailboxes, aliases } = opened.directory;
  await domains.create({ name: "example.test", aliases: ["example.org", "müller.example"] });
  await domains.create({ name: "second.test", unknownRecipients: "bounce" });
  anna = (await users.create({ login: "anna", permissions: ["web.administrator"] })).primaryMailbox;
  const user = await users.create({ login: "bert", addresses: ["Bert@example.test", "δοκιμή@example.test"] });
  bert = user.primaryMailbox;
  sales = (await mailboxes.create({ ownerId: user.id, addresses: ["sales@second.test"] })).id;
  await aliases.add("team@example.test", anna);
  await aliases.add("team@example.test", bert);
  await aliases.add("a+b@example.test", bert);
});
afterEach(() => opened.close());

describe("resolve", () => {
  test("finds mailboxes by every form of an address", () => {
    const table: [string, string][] = [
      ["anna@example.test", `address ${anna} anna@example.test`],
      ["ANNA@EXAMPLE.TEST", `address ${anna} anna@example.test`],
      ["bert@example.test", `address ${bert} Bert@example.test`],
      ['"bert"@example.test', `address ${bert} Bert@example.test`],
      ["anna@example.org", `address ${anna} anna@example.test`],
      ["anna@müller.example", `address ${anna} anna@example.test`],
      ["anna@xn--mller-kva.example", `address ${anna} anna@example.test`],
      ["ΔΟΚΙΜΉ@example.test", `address ${bert} δοκιμή@example.test`],
      ["δοκιμη\u0301@example.test", `address ${bert} δοκιμή@example.test`],
      ["anna+shop@example.test", `address ${anna} anna@example.test +shop`],
      ["anna+a+b@example.test", `address ${anna} anna@example.test +a+b`],
      ["anna+@example.test", `address ${anna} anna@example.test +`],
      ["a+b@example.test", `address ${bert} a+b@example.test`],
      ["a+c@example.test", "unknown refuse"],
      ["+anna@example.test", "unknown refuse"],
      ["team@example.test", `address ${anna},${bert} team@example.test`],
      ["sales@second.test", `address ${sales} sales@second.test`],
      ["anna@second.test", "unknown bounce"],
      ["nobody@example.test", "unknown refuse"],
      ["anna@elsewhere.test", "remote elsewhere.test"],
      ["anna@sub.example.test", "remote sub.example.test"],
      ["anna@[192.0.2.1]", "remote [192.0.2.1]"],
      ["DMARC-Reports@example.org", "reports  dmarc-reports@example.test"],
      ["tls-reports@second.test", "reports  tls-reports@second.test"],
      ["reports@second.test", "unknown bounce"],
      ["postmaster", `administrator ${anna} postmaster@example.test`],
      ["PostMaster@second.test", `administrator ${anna} postmaster@second.test`],
      ["abuse+x@example.org", `administrator ${anna} abuse@example.test +x`],
      ["abuse", `administrator ${anna} abuse@example.test`],
      ["anna", "unknown refuse"],
      ["", "unknown refuse"],
      ["@example.test", "unknown refuse"],
      ["a b@example.test", "unknown refuse"],
      ["anna@example.test.", "unknown refuse"],
    ];
    // Twice: the second time from memory.
    for (const round of [1, 2]) {
      expect({ round, found: table.map(([address]) => [address, lead(address)]) }).toEqual({ round, found: table });
    }
  });

  test("sees each change at once", async () => {
    const { aliases, domains, users } = opened.directory;
    expect(lead("new@example.test")).toBe("unknown refuse");
    await aliases.add("new@example.test", anna);
    expect(lead("new@example.test")).toBe(`address ${anna} new@example.test`);
    await aliases.remove("NEW@example.org");
    expect(lead("new@example.test")).toBe("unknown refuse");
    await domains.update("example.test", { aliases: ["third.test"] });
    expect(lead("anna@example.org")).toBe("remote example.org");
    expect(lead("anna@third.test")).toBe(`address ${anna} anna@example.test`);
    await users.remove("bert");
    expect(lead("bert@example.test")).toBe("unknown refuse");
    expect(lead("team@example.test")).toBe(`address ${anna} team@example.test`);
  });

  test("inside a commit sees what the commit wrote, and forgets it if the commit fails", async () => {
    const { aliases } = opened.directory;
    const within = await opened.store
      .commit((tx) => {
        aliases.addWithin(tx, "soon@example.test", anna);
        const found = lead("soon@example.test");
        throw new Error(found);
      })
      .catch((error) => error.message);
    expect(within).toBe(`address ${anna} soon@example.test`);
    expect(lead("soon@example.test")).toBe("unknown refuse");
  });

  test("gives postmaster a mailbox of that name where there is one", async () => {
    await opened.directory.aliases.add("postmaster@example.test", bert);
    expect(lead("postmaster@example.test")).toBe(`address ${bert} postmaster@example.test`);
    expect(lead("postmaster@second.test")).toBe(`administrator ${anna} postmaster@second.test`);
  });

  test("follows the administrator", async () => {
    const { users } = opened.directory;
    expect(lead("postmaster@example.test")).toBe(`administrator ${anna} postmaster@example.test`);
    await users.update("bert", { permissions: ["web.administrator"] });
    await users.update("anna", { permissions: [] });
    expect(lead("postmaster@example.test")).toBe(`administrator ${bert} postmaster@example.test`);
  });

  test("hands unknown recipients to the catch-all mailbox, until that is gone", async () => {
    const { domains, mailboxes } = opened.directory;
    await domains.update("second.test", { unknownRecipients: "mailbox", catchAllMailbox: sales });
    expect(lead("Whoever@second.test")).toBe(`catchAll ${sales} Whoever@second.test`);
    expect(lead("whoever+x@second.test")).toBe(`catchAll ${sales} whoever+x@second.test`);
    await mailboxes.remove(sales);
    expect(lead("whoever@second.test")).toBe("unknown refuse");
  });

  test("lets an address end by itself", async () => {
    const { aliases } = opened.directory;
    await aliases.add("shop@example.test", anna, { expiresAt: Date.now() + 60_000 });
    expect(lead("shop@example.test")).toBe(`address ${anna} shop@example.test`);
    await aliases.remove("shop@example.test");
    await aliases.add("shop@example.test", anna, { expiresAt: Date.now() - 1 });
    expect(lead("shop@example.test")).toBe("unknown refuse");
    expect(aliases.list({ address: "shop@example.test" })).toHaveLength(1);
    expect(await aliases.removeExpired(Date.now() + 366 * 86_400_000)).toBe(1);
    expect(aliases.list({ address: "shop@example.test" })).toEqual([]);
  });

  test("expired accounts receive unless that is switched off", async () => {
    const { users } = opened.directory;
    await users.update("bert", { expiresAt: Date.now() - 1000 });
    expect(lead("bert@example.test")).toBe(`address ${bert} Bert@example.test`);
    await opened.store.settings.set(directorySettings, { expiredAccountsReceive: false });
    expect(lead("bert@example.test")).toBe("unknown refuse");
    expect(lead("team@example.test")).toBe(`address ${anna} team@example.test`);
    await users.update("bert", { expiresAt: null });
    expect(lead("bert@example.test")).toBe(`address ${bert} Bert@example.test`);
  });

  test("takes another separator, or none", async () => {
    await opened.store.settings.set(directorySettings, { subaddressSeparator: "-" });
    expect(lead("anna-x@example.test")).toBe(`address ${anna} anna@example.test +x`);
    expect(lead("anna+x@example.test")).toBe("unknown refuse");
    await opened.store.settings.set(directorySettings, { subaddressSeparator: "" });
    expect(lead("anna-x@example.test")).toBe("unknown refuse");
  });

  test("answers from memory in well under five microseconds", () => {
    const rounds = 100_000;
    lead("anna+shop@example.test");
    const before = processorMs();
    for (let i = 0; i < rounds; i++) opened.directory.resolve("anna+shop@example.test");
    expect(((processorMs() - before) / rounds) * 1000).toBeLessThan(5);
  });
});

describe("maySendAs", () => {
  test("allows the addresses of one's own mailboxes and nothing else", () => {
    const { directory } = opened;
    const id = directory.users.require("bert").id;
    const may = (address: string) => directory.maySendAs(id, address);
    for (const own of ["bert@example.test", "BERT+x@example.org", "sales@second.test", "team@example.test"]) {
      expect([own, may(own)]).toEqual([own, true]);
    }
    for (const other of ["anna@example.test", "bert@elsewhere.test", "nobody@example.test", "postmaster", "", "bert"]) {
      expect([other, may(other)]).toEqual([other, false]);
    }
    expect(directory.maySendAs(directory.users.require("anna").id, "postmaster@example.test")).toBe(true);
  });

  test("owning the catch-all mailbox does not make one everybody", async () => {
    const { directory } = opened;
    await directory.domains.update("second.test", { unknownRecipients: "mailbox", catchAllMailbox: sales });
    expect(directory.maySendAs(directory.users.require("bert").id, "anyone@second.test")).toBe(false);
  });
});

test("addressesOf begins with the return address", async () => {
  const { directory } = opened;
  const user = directory.users.require("bert");
  await directory.aliases.add("b@second.test", bert, { primary: true });
  expect(directory.addressesOf(user.id)).toEqual([
    "b@second.test",
    "Bert@example.test",
    "δοκιμή@example.test",
    "team@example.test",
    "a+b@example.test",
    "sales@second.test",
  ]);
});
