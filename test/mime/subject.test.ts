import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { messageIdsOf } from "../../src/mime/message-ids.ts";
import { baseSubject } from "../../src/mime/subject.ts";

describe("the base subject (RFC 5256 \u00a72.1)", () => {
  const table: [subject: string, base: string, replied: boolean][] = [
    ["Lunch", "Lunch", false],
    ["Re: Lunch", "Lunch", true],
    ["RE : Lunch", "Lunch", true],
    ["re[2]: Lunch", "Lunch", true],
    ["Re [2]:Lunch", "Lunch", true],
    ["Fwd: Lunch", "Lunch", true],
    ["fw: Lunch", "Lunch", true],
    ["Lunch (fwd)", "Lunch", true],
    ["Lunch (fwd)  (FWD) ", "Lunch", true],
    ["[list] Lunch", "Lunch", false],
    ["[list] Re: [other] Lunch", "Lunch", true],
    ["[a][b] [c]Lunch", "Lunch", false],
    ["[list]", "[list]", false],
    ["[a] [b]", "[b]", false],
    ["[Fwd: Lunch]", "Lunch", true],
    ["Re: [fwd: Re: Lunch (fwd)]", "Lunch", true],
    ["[list] [Fwd: Lunch]", "Lunch", true],
    ["Re: \t Lunch \t at  noon ", "Lunch at noon", true],
    ["Re:", "", true],
    ["", "", false],
    ["Regards", "Regards", false],
    ["Fwded", "Fwded", false],
    ["(fwd)", "", true],
    ["a [Fwd: b]", "a [Fwd: b]", false],
    ["[unclosed Re: x", "[unclosed Re: x", false],
  ];
  for (const [subject, base, replied] of table) {
    test(JSON.stringify(subject), () => expect(baseSubject(subject)).toEqual({ base, replied }));
  }

  test("of a base subject is itself, whatever stands in it", () => {
    const marks = fc.constantFrom("Re:", "fwd:", "[x]", "[fwd:", "]", " ", "(fwd)", "a", "\t", "re[", ":", "[");
    fc.assert(
      fc.property(fc.array(marks, { maxLength: 12 }), (parts) => {
        const { base } = baseSubject(parts.join(""));
        expect(baseSubject(base).base).toBe(base);
      }),
    );
  });

  test("takes little time for hostile subjects", () => {
    const began = performance.now();
    for (const mark of ["[", "[a]", "re:", "re[", " ", "(fwd)", "[fwd:", "]"]) baseSubject(mark.repeat(100_000));
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});

describe("message identifiers (RFC 5256 \u00a73)", () => {
  test("are normalised", () => {
    expect(messageIdsOf('<a@b>  <"a"@b> (c) <"a b"@c>\r\n <x> <y@z', 9)).toEqual(["a@b", "a@b", "a b@c"]);
    expect(messageIdsOf("<a@b><c@d><e@f>", 2)).toEqual(["a@b", "c@d"]);
  });
});
