import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  type Address,
  type AddressOrGroup,
  firstAddresses,
  flatten,
  formatAddress,
  formatAddressList,
  formatSpec,
  isGroup,
  parseAddressList,
} from "../../src/mime/mime.ts";

/** A list as short text: `name <local|domain>`, groups as `group[…]`. */
function brief(list: readonly AddressOrGroup[]): string {
  const one = ({ name, local, domain, route }: Address) => `${name}<${route ? `${route}:` : ""}${local}|${domain}>`;
  return list
    .map((entry) => (isGroup(entry) ? `${entry.group}[${entry.members.map(one).join(" ")}]` : one(entry)))
    .join(" ");
}

describe("the examples of RFC 5322", () => {
  const cases: [field: string, expected: string][] = [
    ["John Doe <jdoe@machine.example>", "John Doe<jdoe|machine.example>"],
    [
      "Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>",
      "Mary Smith<mary|x.test> <jdoe|example.org> Who?<one|y.test>",
    ],
    [
      '<boss@nil.test>, "Giant; \\"Big\\" Box" <sysservices@example.net>',
      '<boss|nil.test> Giant; "Big" Box<sysservices|example.net>',
    ],
    [
      "A Group:Ed Jones <joe@where.test>,joe@where.test,John <jdoe@one.test>;",
      "A Group[Ed Jones<joe|where.test> <joe|where.test> John<jdoe|one.test>]",
    ],
    ["Undisclosed recipients:;", "Undisclosed recipients[]"],
    ["Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>", "Pete<pete|silly.test>"],
    [
      "A Group(Some people)\r\n     :Chris Jones <c@(Chris's host.)public.example>,\r\n         joe@example.org,\r\n  John <jdoe@one.test> (my dear friend); (the end of the group)",
      "A Group[Chris Jones<c|public.example> <joe|example.org> John<jdoe|one.test>]",
    ],
    ["(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;", "Hidden recipients[]"],
    ["Joe Q. Public <john.q.public@example.com>", "Joe Q. Public<john.q.public|example.com>"],
    [
      "Mary Smith <@node.test:mary@example.net>, , jdoe@test  . example",
      "Mary Smith<@node.test:mary|example.net> <jdoe|test.example>",
    ],
    ["John Doe <jdoe@machine(comment).  example>", "John Doe<jdoe|machine.example>"],
    ["Mary Smith\r\n  \r\n          <mary@example.net>", "Mary Smith<mary|example.net>"],
  ];
  test.each(cases)("%s", (field, expected) => {
    expect(brief(parseAddressList(field))).toBe(expected);
  });
});

describe("lists of every kind", () => {
  const cases: [field: string, expected: string][] = [
    ["", ""],
    [" , ,\t,", ""],
    ["a@b", "<a|b>"],
    ['"john doe"@example.org', "<john doe|example.org>"],
    ['"a@b"@example.org', "<a@b|example.org>"],
    ["a@[192.0.2.1]", "<a|[192.0.2.1]>"],
    ["a@[IPv6:2001:db8::1]", "<a|[IPv6:2001:db8::1]>"],
    ["postmaster@", "<postmaster|>"],
    ["@example.org", "<|example.org>"],
    ["pelé@exämple.org", "<pelé|exämple.org>"],
    ["用户@例え.jp (日本)", "日本<用户|例え.jp>"],
    ["=?iso-8859-1?q?J=F8rn?= <j@x>", "Jørn<j|x>"],
    ['"=?utf-8?b?w6Q=?=" <j@x>', "ä<j|x>"],
    ["=?utf-8?q?Doe,_John?= <j@x>, b@y", "Doe, John<j|x> <b|y>"],
    ["=?utf-8?q?J?= =?utf-8?q?D?= <j@x>", "JD<j|x>"],
    ["john . q @ example . org", "<john.q|example.org>"],
    ["a..b@x, .a@x, a.@x", "<a..b|x> <.a|x> <a.|x>"],
  ];
  test.each(cases)("%s", (field, expected) => {
    expect(brief(parseAddressList(field))).toBe(expected);
  });
});

describe("malformed lists still make sense", () => {
  const cases: [what: string, field: string, expected: string][] = [
    ["semicolons between addresses", "a@x; b@y;c@z", "<a|x> <b|y> <c|z>"],
    ["a missing comma after an angle address", "A <a@x> B <b@y>", "A<a|x> B<b|y>"],
    ["a missing comma between plain ones", "a@x b@y", "<a|x> <b|y>"],
    ["a missing closing bracket", "A <a@x, b@y", "A<a|x> <b|y>"],
    ["a missing opening bracket", "A a@x>, b@y", "A<a|x> <b|y>"],
    ["doubled brackets", "<<a@x>>", "<a|x>"],
    ["an unclosed quote", '"A <a@x>, b@y', "A<a|x> <b|y>"],
    ["an unclosed comment", "A (b <a@x>, c@y", "A (b<a|x> <c|y>"],
    ["an unclosed literal", "a@[1.2, b@y", "<a|[1.2> <b|y>"],
    ["an unclosed group", "g: a@x, b@y", "g[<a|x> <b|y>]"],
    ["a name before a plain address", "Ann Example ann@x", "Ann Example<ann|x>"],
    ["only a word", "root", "<root|>"],
    ["only words", "Mail Delivery Subsystem", "Mail Delivery Subsystem<|>"],
    ["a quoted name and no address", '"Mail Delivery"', "Mail Delivery<|>"],
    ["a name and empty brackets", "Nobody <>", "Nobody<|>"],
    ["empty brackets", "<>", "<|>"],
    ["two at signs", "a@b@c, <d@e@f>", "<a@b|c> <d@e|f>"],
    ["mailto", "<mailto:a@x>", "<a|x>"],
    ["a name after the address in a comment", "<a@x> (Ann)", "Ann<a|x>"],
    ["a comment of the next address", "a@x, (Bob) b@y", "<a|x> Bob<b|y>"],
    ["a comment that belongs to nobody", "(Ann), b@y", "<b|y>"],
    ["white space in brackets", "< a @ x >", "<a|x>"],
    ["a group in a group", "g: h: a@x;;", "g[h:<a|x>]"],
    ["brackets where words belong", "[ann] <a@x>", "[ann]<a|x>"],
    ["a backslash outside quotes", "a\\b <a@x>", "a\\b<a|x>"],
    ["quotes inside a word", 'O"Brien" <o@x>', "OBrien<o|x>"],
    ["an address as its own name", '"a@x" <a@x>', "a@x<a|x>"],
    ["a plain address as name", "a@x <a@x>", "a@x<a|x>"],
  ];
  test.each(cases)("%s", (_, field, expected) => {
    expect(brief(parseAddressList(field))).toBe(expected);
  });

  test("more than five thousand addresses are cut", () => {
    expect(parseAddressList("a@b,".repeat(6000)).length).toBe(5000);
    expect(parseAddressList("a:;".repeat(6000)).length).toBeLessThanOrEqual(5001);
  });
});

test("the first addresses of a list are those near its start, in groups too", () => {
  const locals = (text: string, most: number) => firstAddresses(text, most).map(({ local }) => local);
  expect(locals("a@x.test, team: b@x.test, c@x.test;, d@x.test", 3)).toEqual(["a", "b", "c"]);
  expect(locals(`a@x.test,${" ".repeat(70_000)}b@x.test`, 3)).toEqual(["a"]);
});

describe("addresses as text", () => {
  const cases: [address: Address, expected: string][] = [
    [{ name: "", local: "a", domain: "x" }, "a@x"],
    [{ name: "Ann Example", local: "a", domain: "x" }, "Ann Example <a@x>"],
    [{ name: "Example, Ann", local: "a", domain: "x" }, '"Example, Ann" <a@x>'],
    [{ name: 'a "b" \\', local: "a", domain: "x" }, '"a \\"b\\" \\\\" <a@x>'],
    [{ name: "Grüße", local: "a b", domain: "x" }, 'Grüße <"a b"@x>'],
    [{ name: "Nobody", local: "", domain: "" }, "Nobody"],
    [{ name: "", local: "root", domain: "" }, "root"],
    [{ name: "a\r\nBcc: b@y", local: "a", domain: "x" }, '"a Bcc: b@y" <a@x>'],
  ];
  test.each(cases)("%j", (address, expected) => {
    expect(formatAddress(address)).toBe(expected);
  });

  test("encoded for a header", () => {
    expect(formatAddress({ name: "Grüße", local: "a", domain: "x" }, { encoded: true })).toBe(
      "=?UTF-8?B?R3LDvMOfZQ==?= <a@x>",
    );
    expect(
      formatAddressList(
        [
          { group: "Tëam", members: [] },
          { name: "", local: "a", domain: "x" },
        ],
        { encoded: true },
      ),
    ).toBe("=?UTF-8?B?VMOrYW0=?=:;, a@x");
  });

  const name = fc.string({ unit: "grapheme", maxLength: 30 }).map((text) => text.replace(/[\s\p{C}]+/gu, " ").trim());
  const local = fc
    .string({ unit: fc.constantFrom(...'abc.@"\\ <>(),;:é'), minLength: 1, maxLength: 12 })
    .map((text) => text.trim() || "x");
  const address = fc.record({ name, local, domain: fc.domain() });

  test("what is written reads as what was meant, encoded or not", () => {
    fc.assert(
      fc.property(fc.array(address, { minLength: 1, maxLength: 4 }), fc.boolean(), (list, encoded) => {
        // An encoded word typed by a person is decoded when it is read back as text; only a header keeps it apart.
        fc.pre(encoded || list.every((entry) => !entry.name.includes("=?")));
        expect(parseAddressList(formatAddressList(list, { encoded }))).toEqual(list);
      }),
      { numRuns: 2000 },
    );
  });

  test("so do groups", () => {
    const group = fc.record({
      group: name.filter((text) => text !== "" && !text.includes("=?")),
      members: fc.array(address, { maxLength: 3 }),
    });
    fc.assert(
      fc.property(fc.array(group, { minLength: 1, maxLength: 3 }), (list) => {
        expect(parseAddressList(formatAddressList(list, { encoded: true }))).toEqual(list);
        expect(flatten(list).length).toBe(list.reduce((sum, { members }) => sum + members.length, 0));
      }),
    );
  });

  test("local parts are quoted only where they must be", () => {
    expect(formatSpec({ local: "a.b+c", domain: "x" })).toBe("a.b+c@x");
    expect(formatSpec({ local: "a..b", domain: "x" })).toBe('"a..b"@x');
    expect(formatSpec({ local: "", domain: "x" })).toBe('""@x');
  });
});
