/** Contacts in files: what other programs write is read, what is written here is read again, and hostile files do no harm. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type ContactCard, cardSchema, mergedCard } from "../../src/directory/contact.ts";
import { contactsInTable, TABLE_HEAD, tableLine } from "../../src/directory/contact-csv.ts";
import { cardsIn, cardTexts, vcardOf } from "../../src/directory/vcard.ts";
import { processorMs } from "../timing.ts";

const ZOE = cardSchema.parse({
  fullName: "Zoë Pipes; the, \\second",
  givenName: "Zoë",
  familyName: "Pipes",
  organisation: "Pipes & Sons",
  department: "Repairs",
  mails: [{ kind: "work", address: "zoe@pipes.example" }, { address: "z@home.example" }],
  phones: [{ kind: "mobile", number: "+49 170 1234567" }],
  postal: [{ kind: "work", street: "Mainstr. 1", city: "Bonn", postalCode: "53111", country: "Germany" }],
  website: "https://pipes.example/a,b",
  notes: "Comes on Mondays;\nrings twice. ".concat("A long note. ".repeat(20)).trim(),
  groups: ["Crafts", "Choir"],
});
const contact = (card: ContactCard) => ({ uid: "urn:uuid:1", name: card.fullName, card });

describe("cards", () => {
  test("are read again as they were written", () => {
    const text = vcardOf(contact(ZOE));
    expect(text.split("\r\n").every((line) => Buffer.byteLength(line) <= 75)).toBe(true);
    expect(cardsIn(text, 1)[0]).toEqual({ uid: "urn:uuid:1", card: ZOE });
  });

  test("hold a note as one line, whatever ends its lines", () => {
    const notes = ["a", "EMAIL:evil@x.example"];
    for (const end of ["\n", "\r\n", "\r"]) {
      const text = vcardOf(contact({ ...ZOE, mails: [], notes: notes.join(end) }));
      expect(cardsIn(text, 1)[0]?.card).toMatchObject({ mails: [], notes: notes.join("\n") });
    }
  });

  test("of a file with many are each read", () => {
    const text = vcardOf(contact(ZOE)) + vcardOf(contact({ ...ZOE, fullName: "Yann" }));
    expect([...cardTexts(text)].flatMap((one) => cardsIn(one, 1)).map(({ card }) => card.fullName)).toEqual([
      ZOE.fullName,
      "Yann",
    ]);
  });

  test("keep any name", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 120 }), (name) => {
        const read = cardSchema.safeParse({ fullName: name });
        if (!read.success || read.data.fullName === "") return;
        expect(cardsIn(vcardOf(contact(read.data)), 1)[0]?.card.fullName).toBe(read.data.fullName);
      }),
      { numRuns: 200 },
    );
  });
});

describe("tables", () => {
  const table = (text: string) => [...contactsInTable(text)];

  test("are read again as they were written", () => {
    const [read] = table(TABLE_HEAD + tableLine(contact(ZOE)));
    expect(read).toMatchObject({ ...ZOE, mails: ZOE.mails.map(({ address }) => ({ kind: "other", address })) });
  });

  test.each([
    [
      "Outlook",
      'First Name,Last Name,Company,E-mail Address,E-mail 2 Address,Business Phone,Mobile Phone,Home City,Categories\r\nZoe,Pipes,"Pipes, Sons",zoe@pipes.example,z@home.example,0228 1,0170 2,Bonn,Crafts;Choir\r\n',
    ],
    [
      "Outlook in German",
      "Vorname;Nachname;Firma;E-Mail-Adresse;E-Mail 2: Adresse;Telefon geschäftlich;Mobiltelefon;Ort privat;Kategorien\nZoe;Pipes;Pipes, Sons;zoe@pipes.example;z@home.example;0228 1;0170 2;Bonn;Crafts, Choir",
    ],
    [
      "Google",
      'First Name,Last Name,Organization Name,E-mail 1 - Label,E-mail 1 - Value,E-mail 2 - Value,Phone 1 - Label,Work Phone,Mobile Phone,Home City,Labels\nZoe,Pipes,"Pipes, Sons",* Work,zoe@pipes.example,z@home.example,,0228 1,0170 2,Bonn,* myContacts ::: Crafts ::: Choir',
    ],
    [
      "Thunderbird",
      "First Name\tLast Name\tOrganization\tPrimary Email\tSecondary Email\tWork Phone\tMobile Number\tHome City\tCategories\nZoe\tPipes\tPipes, Sons\tzoe@pipes.example\tz@home.example\t0228 1\t0170 2\tBonn\tCrafts;Choir",
    ],
  ])("of %s are understood", (_program, text) => {
    const [read] = table(text);
    expect(read).toMatchObject({
      givenName: "Zoe",
      familyName: "Pipes",
      organisation: "Pipes, Sons",
      groups: ["Crafts", "Choir"],
    });
    expect(read?.mails.map(({ address }) => address)).toEqual(["zoe@pipes.example", "z@home.example"]);
    expect(read?.phones).toEqual([
      { kind: "work", number: "0228 1" },
      { kind: "mobile", number: "0170 2" },
    ]);
    expect(read?.postal).toMatchObject([{ kind: "home", city: "Bonn" }]);
  });

  test("give spreadsheets no formula, and take it back as it was", () => {
    const card = cardSchema.parse({
      fullName: '=HYPERLINK("http://evil.example")',
      phones: [{ number: "+49 (228) 1" }],
    });
    const line = tableLine(contact(card));
    expect(line).toStartWith("\"'=HYPERLINK");
    expect(line).toContain(",+49 (228) 1,");
    expect(table(TABLE_HEAD + line)[0]?.fullName).toBe(card.fullName);
  });

  test("that are no table, or a hostile one, end soon", () => {
    const wide = `${`${"home".repeat(2_500)},`.repeat(200)}\n${",".repeat(500_000)}\na`;
    for (const text of [
      wide,
      "",
      '"',
      '"""',
      ",".repeat(100_000),
      `Name\n${'"'.repeat(100_001)}`,
      "a\n".repeat(200_000),
    ]) {
      const before = processorMs();
      table(text);
      expect(processorMs() - before).toBeLessThan(1_000);
    }
    // As many parts as a cell can have, in as many cells as a line.
    const parts = `Name${",Categories".repeat(490)}\n${`x${`,${";a".repeat(4_900)}`.repeat(490)}\n`.repeat(2)}`;
    const before = processorMs();
    expect(table(parts).map((one) => one?.groups)).toEqual([["a"], ["a"]]);
    expect(processorMs() - before).toBeLessThan(300);
    // One line of millions is passed over at once.
    for (const text of [";".repeat(10_000_000), `Name\n"${'""'.repeat(10_000_000)}`]) {
      const before = processorMs();
      table(text);
      expect(processorMs() - before).toBeLessThan(150);
    }
    expect(table(`Name${";".repeat(700)}x\nAnna${";".repeat(900)}\nBob\n`).map((one) => one?.fullName)).toEqual([
      "Anna",
      "Bob",
    ]);
  });
});

test("two contacts become one that has what both have", () => {
  const other = cardSchema.parse({
    ...{ fullName: "Z. Pipes", nickname: "Zo", groups: ["crafts", "Family"], notes: "Second." },
    mails: [{ address: "ZOE@pipes.example" }, { address: "third@home.example" }],
    phones: [{ kind: "mobile", number: "+491701234567" }],
  });
  const card = cardSchema.parse(mergedCard(ZOE, other));
  expect(card).toMatchObject({ fullName: ZOE.fullName, nickname: "Zo", groups: ["Crafts", "Choir", "Family"] });
  expect(card.mails.map(({ address }) => address)).toEqual([
    "zoe@pipes.example",
    "z@home.example",
    "third@home.example",
  ]);
  expect(card.phones).toHaveLength(1);
  expect(card.notes).toEndWith("\n\nSecond.");
});
