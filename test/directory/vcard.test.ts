import { describe, expect, test } from "bun:test";
import { cardsIn } from "../../src/directory/vcard.ts";
import { processorMs } from "../timing.ts";

const one = (lines: string) => cardsIn(`BEGIN:VCARD\r\n${lines.trim().replace(/\n/g, "\r\n")}\r\nEND:VCARD\r\n`, 10)[0];

describe("a contact card", () => {
  test("of version 4 is read with all that a contact has", () => {
    const read = one(`VERSION:4.0
UID:urn:uuid:1
FN:Zoë Müller
N:Müller;Zoë;Ann;Dr.;jun.
NICKNAME:Zo,Z
ORG:Pipes\\, Ltd;Sales
TITLE:Head
EMAIL;TYPE=work;PREF=1:zoe@pipes.example
item1.EMAIL;TYPE="home":mailto:zoe@home.example
TEL;VALUE=uri;TYPE="cell,voice":tel:+49-171-1
TEL;TYPE=fax:+49 228 2
ADR;TYPE=home:;;1 Long Road\\, top;Bonn;NRW;53111;Germany
URL:https://pipes.example/
NOTE:First\\nsecond`);
    expect(read?.uid).toBe("urn:uuid:1");
    expect(read?.card).toMatchObject({
      ...{ fullName: "Zoë Müller", familyName: "Müller", givenName: "Zoë", additionalName: "Ann", prefix: "Dr." },
      ...{ suffix: "jun.", nickname: "Zo", organisation: "Pipes, Ltd", department: "Sales", title: "Head" },
      mails: [
        { kind: "work", address: "zoe@pipes.example" },
        { kind: "home", address: "zoe@home.example" },
      ],
      phones: [
        { kind: "mobile", number: "+49-171-1" },
        { kind: "fax", number: "+49 228 2" },
      ],
      postal: [{ kind: "home", street: "1 Long Road, top", city: "Bonn", region: "NRW", postalCode: "53111" }],
      ...{ website: "https://pipes.example/", notes: "First\nsecond" },
    });
  });

  test("of version 2.1 is read, quoted-printable over several lines", () => {
    const read = one(`VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=BC=
rgen
FN;ENCODING=QUOTED-PRINTABLE:J=C3=BCrgen M=C3=BCller
EMAIL;INTERNET;WORK:jm@else.example
TEL;CELL:1`);
    expect(read?.card).toMatchObject({
      ...{ fullName: "Jürgen Müller", familyName: "Müller", givenName: "Jürgen" },
      mails: [{ kind: "work", address: "jm@else.example" }],
      phones: [{ kind: "mobile", number: "1" }],
    });
  });

  test("folded lines are put together", () => {
    expect(one("FN:A very\n  long\n\t name")?.card.fullName).toBe("A very long name");
  });

  test("from a stranger is cut, and cannot do harm", () => {
    const read = one(`FN:${"x".repeat(5000)}\u0000<script>
${"EMAIL:a@b.example\n".repeat(500)}EMAIL:no address
NOTE:${"n".repeat(100_000)}`);
    expect(read?.card.fullName).toHaveLength(200);
    expect(read?.card.mails).toHaveLength(20);
    expect(read?.card.notes).toHaveLength(4000);
    expect(cardsIn("BEGIN:VCARD\nEND:VCARD\n", 10)).toEqual([]);
    expect(cardsIn("BEGIN:VCARD\n".repeat(100_000), 10)).toEqual([]);
    expect(cardsIn("BEGIN:VCARD\nFN:A\nEND:VCARD\n".repeat(50), 10)).toHaveLength(10);
    expect(cardsIn(`BEGIN:VCARD\nFN${";A=1".repeat(1000)}:x\nEND:VCARD`, 10)).toEqual([]);
  });

  test.each([
    ["many parts of a name", `N:${";".repeat(195_000)}`],
    ["an endless line", `N:${";".repeat(20_000_000)}`],
    ["escapes without end", `NOTE:${"\\n".repeat(97_000)}`],
    ["many groups", `CATEGORIES:${"a,".repeat(97_000)}`],
    ["many addresses", `ADR:${";\\n".repeat(1_000)}\n`.repeat(130)],
  ])("from a stranger with %s is read soon", (_what, lines) => {
    const begun = processorMs();
    expect(one(`FN:Zoe\n${lines}`)?.card.fullName).toBe("Zoe");
    expect(processorMs() - begun).toBeLessThan(100);
  });

  test("from a stranger is not looked for among thousands of empty ones", () => {
    const begun = processorMs();
    expect(cardsIn("BEGIN:VCARD\nX:\nEND:VCARD\n".repeat(15_000), 10)).toEqual([]);
    expect(processorMs() - begun).toBeLessThan(100);
  });

  test("has no line that is longer than any program writes", () => {
    expect(one(`FN:Zoe\nTITLE:${"x".repeat(150_000)}\n ${"x".repeat(50_000)}\nNOTE:n`)?.card).toMatchObject({
      ...{ fullName: "Zoe", title: "", notes: "n" },
    });
  });
});
