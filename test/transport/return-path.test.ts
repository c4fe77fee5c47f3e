import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { tag, untag } from "../../src/transport/return-path/batv.ts";
import { unwrap, wrap } from "../../src/transport/return-path/srs.ts";
import { ageOf, stampOf } from "../../src/transport/return-path/tag.ts";
import { verpOf, verpReport } from "../../src/transport/return-path/verp.ts";

const SECRET = Buffer.alloc(32, 1);
const OTHER = Buffer.alloc(32, 2);
const TODAY = 20_780;
const local = (address: string) => address.slice(0, address.lastIndexOf("@"));
const name = fc.stringMatching(/^[A-Za-z0-9+=.!_-]{1,40}$/);
const domain = fc.stringMatching(/^[a-z0-9-]{1,20}\.[a-z]{2,5}$/);

test("a stamp tells its age for nearly three years", () => {
  for (const days of [0, 1, 21, 1_023]) expect(ageOf(stampOf(TODAY - days), TODAY)).toBe(days);
  expect(ageOf("10", TODAY)).toBeUndefined();
  expect(ageOf("a", TODAY)).toBeUndefined();
});

describe("a sender's address, rewritten (SRS)", () => {
  const good = (address: string, days = 0, secrets = [SECRET]) => unwrap(local(address), secrets, TODAY + days);

  test("says whose it is, and leads back to him", () => {
    const wrapped = wrap("ann@far.example", "home.example", SECRET, TODAY);
    expect(wrapped).toMatch(/^SRS0=[a-z2-7]{6}=[a-z2-7]{2}=far\.example=ann@home\.example$/);
    expect(good(wrapped)).toEqual({ kind: "good", original: "ann@far.example" });
  });

  test("is good whatever is written in capitals, after the keys changed, and for three weeks", () => {
    const wrapped = wrap("ann@far.example", "home.example", SECRET, TODAY);
    expect(good(wrapped.toUpperCase())).toEqual({ kind: "good", original: "ANN@FAR.EXAMPLE" });
    expect(good(wrapped, 0, [OTHER, SECRET])?.kind).toBe("good");
    expect(good(wrapped, 21)?.kind).toBe("good");
    expect(good(wrapped, 22)?.kind).toBe("expired");
    expect(good(wrapped, 22 - 1_024)?.kind).toBe("expired");
  });

  test("of every kind comes back as it was", () => {
    fc.assert(
      fc.property(name, domain, (who, where) => {
        const wrapped = wrap(`${who}@${where}`, "home.example", SECRET, TODAY);
        expect(good(wrapped)).toEqual({ kind: "good", original: `${who}@${where}` });
        const again = wrap(wrapped, "next.example", OTHER, TODAY);
        expect(again.startsWith("SRS1=")).toBe(true);
        const third = wrap(again, "third.example", SECRET, TODAY);
        expect(local(third).length).toBe(local(again).length);
        for (const [one, secret] of [
          [again, OTHER],
          [third, SECRET],
        ] as const) {
          expect(unwrap(local(one), [secret], TODAY)).toEqual({ kind: "good", original: wrapped });
        }
      }),
    );
  });

  test("in quotes stays so", () => {
    const wrapped = wrap('"ann lee"@far.example', "home.example", SECRET, TODAY);
    expect(good(wrapped)).toEqual({ kind: "good", original: '"ann lee"@far.example' });
  });

  test.each([
    ["another's seal", "SRS0=aaaaaa=ty=far.example=ann"],
    ["another name", local(wrap("ann@far.example", "home.example", SECRET, TODAY)).replace("=ann", "=eve")],
    ["another domain", local(wrap("ann@far.example", "home.example", SECRET, TODAY)).replace("far", "fat")],
    ["no seal", "SRS0=ann"],
    ["nothing", "srs1="],
    ["a further one of another's seal", "SRS1=aaaaaa=next.example==bbb=ty=far.example=ann"],
  ])("is not believed with %s", (_what, text) => {
    expect(unwrap(text, [SECRET], TODAY)).toEqual({ kind: "forged" });
  });

  test("too long to be of use stays as it is", () => {
    const long = `${"x".repeat(390)}@far.example`;
    expect(wrap(long, "home.example", SECRET, TODAY)).toBe(long);
  });
});

describe("the tag of our own mail (BATV)", () => {
  const keys = [
    { digit: 2, secret: OTHER },
    { digit: 1, secret: SECRET },
  ];
  const [, first = keys[0]] = keys;
  if (first === undefined) throw new Error("no key");

  test("names the key and the last day, and comes off", () => {
    const tagged = tag("Anna@home.example", first, TODAY);
    expect(tagged).toMatch(/^prvs=1787[0-9a-f]{6}=Anna@home\.example$/);
    expect(untag(tagged, keys, TODAY)).toEqual({ address: "Anna@home.example", valid: true });
    expect(untag(tagged.toLowerCase(), keys, TODAY + 7)?.valid).toBe(true);
    expect(untag(tagged, keys, TODAY + 8)?.valid).toBe(false);
    expect(untag(tagged, [], TODAY)?.valid).toBe(false);
  });

  test("is no tag of another address", () => {
    const tagged = tag("anna@home.example", first, TODAY).replace("=anna", "=bert");
    expect(untag(tagged, keys, TODAY)).toEqual({ address: "bert@home.example", valid: false });
  });

  test("stands once, and not on what is quoted", () => {
    const tagged = tag("anna@home.example", first, TODAY);
    expect(tag(tagged, first, TODAY)).toBe(tagged);
    expect(tag('"a b"@home.example', first, TODAY)).toBe('"a b"@home.example');
    expect(untag("anna@home.example", keys, TODAY)).toBeUndefined();
  });

  test("over the turn of a thousand days is good", () => {
    const tagged = tag("anna@home.example", first, 999);
    expect(tagged).toStartWith("prvs=1006");
    expect(untag(tagged, keys, 1_004)?.valid).toBe(true);
  });
});

describe("a return path for one of many (VERP)", () => {
  test("says who was not reached, and who asked", () => {
    fc.assert(
      fc.property(name, domain, (who, where) => {
        const made = verpOf("news@home.example", `${who}@${where}`, SECRET, TODAY) ?? "";
        const report = verpReport(made, [OTHER, SECRET], TODAY + 30);
        expect(report).toEqual({ owner: "news@home.example", recipient: `${who}@${where}` });
        expect(verpReport(made, [OTHER], TODAY)).toBeUndefined();
        expect(verpReport(made, [SECRET], TODAY + 31)).toBeUndefined();
      }),
    );
  });

  test("is none where an address has no place in it", () => {
    expect(verpOf("a=b@home.example", "x@far.example", SECRET, TODAY)).toBeUndefined();
    expect(verpOf("news@home.example", '"x y"@far.example', SECRET, TODAY)).toBeUndefined();
    expect(verpReport("anna@home.example", [SECRET], TODAY)).toBeUndefined();
  });
});
