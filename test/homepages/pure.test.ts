/** The parts of home pages and WebDAV that are pure, by tables and by properties. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { escapeXml, textIn, writeXml } from "../../src/mime/xml.ts";
import { Refusal } from "../../src/refusal.ts";
import { judge, rangeStands, readDate } from "../../src/web/homepages/conditions.ts";
import { holds, readIf, tokensIn } from "../../src/web/homepages/dav/if-header.ts";
import { isWithin, Locks, secondsOf } from "../../src/web/homepages/dav/locks.ts";
import { readDavXml } from "../../src/web/homepages/dav/xml.ts";
import { encodingFor } from "../../src/web/homepages/encodings.ts";
import { sortedInTurns } from "../../src/web/homepages/listing.tsx";
import { hostIn, meaningOf, ownerIn } from "../../src/web/homepages/owners.ts";
import { addressPath, virtualPath } from "../../src/web/homepages/paths.ts";
import { spansOf } from "../../src/web/homepages/ranges.ts";
import { typeOf } from "../../src/web/homepages/types.ts";

const refusedAs = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof Refusal) return error.kind;
    throw error;
  }
  return "taken";
};

describe("preconditions (RFC 9110 §13.2.2)", () => {
  const current = { etag: '"a"', modified: Date.UTC(2026, 0, 2, 3, 4, 5, 678) };
  const same = "Fri, 02 Jan 2026 03:04:05 GMT";
  const before = "Fri, 02 Jan 2026 03:04:04 GMT";
  const cases: [Record<string, string>, string, string][] = [
    [{ "if-match": '"a"' }, "GET", "go on"],
    [{ "if-match": '"b", "a"' }, "PUT", "go on"],
    [{ "if-match": 'W/"a"' }, "GET", "failed"],
    [{ "if-match": "*" }, "PUT", "go on"],
    [{ "if-match": '"a"', "if-unmodified-since": before }, "GET", "go on"],
    [{ "if-unmodified-since": before }, "GET", "failed"],
    [{ "if-unmodified-since": same }, "GET", "go on"],
    [{ "if-unmodified-since": "yesterday" }, "GET", "go on"],
    [{ "if-none-match": 'W/"a"' }, "HEAD", "not modified"],
    [{ "if-none-match": '"a"' }, "PUT", "failed"],
    [{ "if-none-match": '"b"', "if-modified-since": same }, "GET", "go on"],
    [{ "if-modified-since": same }, "GET", "not modified"],
    [{ "if-modified-since": before }, "GET", "go on"],
    [{ "if-modified-since": same }, "PUT", "go on"],
    [{ "if-match": '"b"', "if-none-match": '"a"' }, "GET", "failed"],
  ];
  for (const [headers, method, verdict] of cases)
    test(`${method} with ${JSON.stringify(headers)}: ${verdict}`, () => {
      expect(judge(new Headers(headers), current, method)).toBe(verdict as ReturnType<typeof judge>);
    });

  test("of what is not there", () => {
    expect(judge(new Headers({ "if-match": "*" }), undefined, "PUT")).toBe("failed");
    expect(judge(new Headers({ "if-none-match": "*" }), undefined, "PUT")).toBe("go on");
  });

  test("dates have three forms, and no fourth", () => {
    const at = Date.UTC(1994, 10, 6, 8, 49, 37) / 1_000;
    for (const text of ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"])
      expect([text, readDate(text)]).toEqual([text, at]);
    for (const text of ["1994-11-06T08:49:37Z", "Sun, 06 Nov 1994 08:49:37 +0200", "784111777", ""])
      expect([text, readDate(text)]).toEqual([text, undefined]);
  });

  test("If-Range trusts a date only when it is old enough to be exact", () => {
    const stands = (condition: string, now: number) =>
      rangeStands(new Headers({ "if-range": condition }), current, now);
    expect(stands(same, current.modified)).toBe(false);
    expect(stands(same, current.modified + 2_000)).toBe(true);
    expect(stands(before, current.modified + 2_000)).toBe(false);
  });
});

test("parts lie in the file, do not overlap, and are not more than it", () => {
  const one = fc.string({ unit: fc.constantFrom("0", "1", "5", "9", "-", ",", " "), maxLength: 30 });
  fc.assert(
    fc.property(one, fc.integer({ min: 0, max: 200 }), (field, size) => {
      const spans = spansOf(`bytes=${field}`, size) ?? [];
      for (const { start, end } of spans) expect(start >= 0 && start < end && end <= size).toBe(true);
      expect(spans.reduce((sum, { start, end }) => sum + end - start, 0)).toBeLessThanOrEqual(size);
    }),
  );
});

test("an encoding is taken by its weight", () => {
  const cases: [string | null, string | undefined][] = [
    [null, undefined],
    ["", undefined],
    ["gzip", "gzip"],
    ["gzip, deflate, br, zstd", "br"],
    ["br;q=0.1, gzip;q=0.9", "gzip"],
    ["*", "br"],
    ["*;q=0", undefined],
    ["br;q=0, *", "zstd"],
    ["identity, gzip;q=0.5", undefined],
    ["gzip;q=nonsense", undefined],
    ["a".repeat(5_000), undefined],
  ];
  for (const [accepted, encoding] of cases)
    expect([accepted, encodingFor(accepted)]).toEqual([accepted, encoding as never]);
});

describe("paths", () => {
  test("go to an address and back", () => {
    const name = fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 20 })
      .filter((text) => !/[\x00-\x1f\x7f/\\]|^\.{1,2}$/.test(text) && text.isWellFormed());
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 5 }), (names) => {
        const path = `/${names.join("/")}`;
        expect(virtualPath(addressPath(path))).toBe(path);
      }),
    );
  });

  test("never lead upward, whatever octets are escaped", () => {
    const piece = fc.constantFrom("%2e", "%2E", ".", "%2f", "/", "%5c", "%00", "a", "%c0%ae", "%25", "2e", "~");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        let path = "";
        try {
          path = virtualPath(`/${pieces.join("")}`);
        } catch (error) {
          expect(error).toBeInstanceOf(Refusal);
        }
        expect(path.split("/")).not.toContain("..");
        expect(/[\x00\\]/.test(path)).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });

  test("name an owner", () => {
    expect(ownerIn("/~anna/a/b")).toEqual({ login: "anna", base: "/~anna", rest: "/a/b" });
    expect(ownerIn("/%7eanna%40x")).toEqual({ login: "anna@x", base: "/%7eanna%40x", rest: "" });
    expect(ownerIn("/x/~anna")).toBeUndefined();
    expect(ownerIn("/~%ff/")?.login).toBe("");
  });
});

test("a host is the server's, somebody's or nobody's", () => {
  const meaning = (field: string) => {
    const host = hostIn(field);
    return host === undefined ? undefined : meaningOf(host, "example.test", "mail.example.test");
  };
  expect(meaning("Mail.Example.Test:443")).toEqual({ kind: "main" });
  expect(meaning("192.168.1.1")).toEqual({ kind: "main" });
  expect(meaning("[fe80::1]:80")).toEqual({ kind: "main" });
  expect(meaning("ANNA.example.test.")).toEqual({ kind: "pages", login: "anna" });
  // A user called wpad would tell every device which proxy to use.
  for (const name of ["wpad", "WPAD", "autoconfig", "autodiscover", "mta-sts"])
    expect(meaning(`${name}.example.test`)).toEqual({ kind: "main" });
  expect(meaning("example.test")).toEqual({ kind: "pages", login: undefined });
  expect(meaning("a.b.example.test")).toEqual({ kind: "pages", login: undefined });
  for (const field of ["a, b", "a b", "a@b", "a/b", ""]) expect([field, meaning(field)]).toEqual([field, undefined]);
});

test("files are what their names say, and unknown ones nothing", () => {
  const types = [
    "a.HTML",
    "a.b.css",
    "a.mjs",
    "a.svg",
    "a.webmanifest",
    "README",
    ".html",
    "a.nothing",
    "a.html.bak",
  ].map(typeOf);
  expect(types).toEqual([
    "text/html",
    "text/css",
    "text/javascript",
    "image/svg+xml",
    "application/manifest+json",
    ...Array<string>(4).fill("application/octet-stream"),
  ]);
});

describe("XML", () => {
  const read = (text: string) => readDavXml(Buffer.from(text));

  test("is read in its namespaces", () => {
    const root = read(
      "<?xml version='1.0'?><!-- c --><a:b xmlns:a='DAV:' xmlns='urn:x'><c d='1' a:e='&#x41;'/><![CDATA[<&]]></a:b>",
    );
    expect([root.namespace, root.name, textIn(root)]).toEqual(["DAV:", "b", "<&"]);
    const [child] = root.children;
    expect(child).toMatchObject({
      namespace: "urn:x",
      name: "c",
      attributes: [
        { namespace: "", name: "d", value: "1" },
        { namespace: "DAV:", name: "e", value: "A" },
      ],
    });
  });

  for (const text of [
    "",
    "x",
    "<a>",
    "<a></b>",
    "<a/><b/>",
    "<a/>x",
    "<a b='1' b='2'/>",
    "<a b=1/>",
    "<a>&nbsp;</a>",
    "<a>&</a>",
    "<a>&#0;</a>",
    "<a>&#xD800;</a>",
    "<a>\x01</a>",
    "<!DOCTYPE a><a/>",
    "<a><!ENTITY b 'c'></a>",
    "<a><?xml version='1.0'?></a>",
    "<a xmlns:b=''/>",
    "<b:a/>",
    "<a>]]></a>",
    "<1/>",
    "<a b='<'/>",
    "< a/>",
  ])
    test(`is refused: ${JSON.stringify(text)}`, () => expect(refusedAs(() => read(text))).toBe("invalid"));

  test("is written as it was read", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 50 }),
        fc.string({ unit: "grapheme", maxLength: 20 }),
        (text, value) => {
          const element = { namespace: `urn:${value}`, name: "x", attributes: [], children: [text], language: "" };
          const again = read(writeXml(element));
          const kept = (raw: string) =>
            raw.toWellFormed().replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "\ufffd");
          expect(textIn(again)).toBe(kept(text));
        },
      ),
    );
  });

  test("of any octets is read or refused", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (octets) => void refusedAs(() => readDavXml(octets))));
    const piece = fc.constantFrom(
      "<",
      ">",
      "/",
      "a",
      " ",
      "=",
      "'",
      '"',
      "&",
      ";",
      "!",
      "--",
      "[CDATA[",
      "]]>",
      "?",
      "xmlns",
      ":",
      "#x41",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => void refusedAs(() => read(pieces.join("")))),
      { numRuns: 2_000 },
    );
  });

  test("is refused quickly, however long its tags are", () => {
    for (const text of [
      `<a ${"b='".repeat(60_000)}`,
      `<a${" ".repeat(200_000)}`,
      `<a ${"b='c' ".repeat(30_000)}`,
      `<a>${"&".repeat(200_000)}`,
      "<".repeat(200_000),
    ])
      expect(refusedAs(() => read(text))).toBe("invalid");
  }, 5_000);

  test("makes no long answer of a short question", () => {
    const many = (count: number, of: (at: number) => string) =>
      Array.from({ length: count }, (_, at) => of(at)).join("");
    for (const text of [
      // Each element would be read with all of them, and written with the other.
      `<a${many(15_000, (at) => ` xmlns:p${at}="x"`)}>${many(4_900, () => "<b/>")}</a>`,
      `<a xmlns="urn:${"x".repeat(100_000)}">${many(4_900, () => "<b/>")}</a>`,
      `<a xml:lang="${"x".repeat(100_000)}">${many(4_900, () => "<b/>")}</a>`,
      `<${"a".repeat(100_000)}/>`,
    ])
      expect(refusedAs(() => read(text))).toBe("tooLarge");
    const inner = read(`<a xmlns:p="urn:p"><b xmlns:q="urn:q"><p:c/><q:d/></b><p:e/></a>`);
    expect(inner.children.map((child) => typeof child !== "string" && child.namespace)).toEqual(["", "urn:p"]);
  }, 2_000);

  test("escapes what would end a text or an attribute", () => {
    expect(escapeXml(`<a href="x">&\x00`)).toBe("&#60;a href=&#34;x&#34;&#62;&#38;\ufffd");
  });
});

describe("If (RFC 4918 §10.4)", () => {
  test("is read with its resources, and submits every token in it", async () => {
    const lists = readIf('</a> (<urn:1> ["t"]) (Not <urn:2>) <http://x/b> ([W/"w"])');
    expect(lists.map(({ resource }) => resource)).toEqual(["/a", "/a", "http://x/b"]);
    expect([...tokensIn(lists)]).toEqual(["urn:1", "urn:2"]);
    const state = (tokens: string[], etag?: string) => () => Promise.resolve({ etag, tokens: new Set(tokens) });
    expect(await holds(lists, state(["urn:1"], '"t"'))).toBe(true);
    expect(await holds(lists, state(["urn:1", "urn:2"], '"x"'))).toBe(false);
    expect(await holds(readIf("(<urn:1>) (Not <DAV:no-lock>)"), state([]))).toBe(true);
  });

  test("of any characters is read or refused", () => {
    const piece = fc.constantFrom("(", ")", "<", ">", "[", "]", '"', "Not", " ", "a", "W/");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => void refusedAs(() => readIf(pieces.join("")))),
      { numRuns: 2_000 },
    );
  });
});

describe("locks", () => {
  const wish = (root: string, more: object = {}) => ({
    root,
    scope: "exclusive" as const,
    deep: true,
    owner: "",
    seconds: 60,
    ...more,
  });

  test("end by themselves", () => {
    let now = 0;
    const locks = new Locks(() => now);
    locks.take(wish("/a"));
    expect(refusedAs(() => locks.take(wish("/a/b")))).toBe("inUse");
    now = 60_000;
    expect(locks.size).toBe(0);
    expect(refusedAs(() => locks.take(wish("/a/b")))).toBe("taken");
  });

  test("keep a folder's list of members, the things below, and no neighbours", () => {
    const locks = new Locks(() => 0);
    const { token } = locks.take(wish("/a", { deep: false }));
    expect(locks.inTheWay("/a/new", new Set(), { member: true })?.token).toBe(token);
    expect(locks.inTheWay("/a/old", new Set(), {})).toBeUndefined();
    expect(locks.inTheWay("/ab", new Set(), { member: true })).toBeUndefined();
    expect(locks.inTheWay("/", new Set(), { below: true })?.token).toBe(token);
    expect(locks.inTheWay("/a/new", new Set([token]), { member: true })).toBeUndefined();
    locks.dropWithin("/");
    expect(locks.size).toBe(0);
  });

  test("may be shared, and then not be exclusive", () => {
    const locks = new Locks(() => 0);
    locks.take(wish("/a", { scope: "shared" }));
    expect(refusedAs(() => locks.take(wish("/a", { scope: "shared" })))).toBe("taken");
    expect(refusedAs(() => locks.take(wish("/a")))).toBe("inUse");
    expect(refusedAs(() => locks.take(wish("/")))).toBe("inUse");
  });

  test("last as long as they may", () => {
    expect([null, "Infinite", "Second-5", "Second-0", "Second-99999999", "nonsense, Second-7"].map(secondsOf)).toEqual([
      600, 3_600, 5, 1, 3_600, 7,
    ]);
    expect([isWithin("/a/b", "/a"), isWithin("/ab", "/a"), isWithin("/a", "/a"), isWithin("/a", "/")]).toEqual([
      true,
      false,
      true,
      true,
    ]);
  });
});

test("a folder's list is sorted as one sort would, and others have their turn between", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(50), { maxLength: 2_000 }), async (numbers) => {
      const items = numbers.map((number, place) => ({ number, place }));
      const compare = (left: { number: number }, right: { number: number }) => left.number - right.number;
      expect(await sortedInTurns(items, compare, { over: false, next: () => Promise.resolve() })).toEqual(
        items.toSorted(compare),
      );
    }),
    { numRuns: 30 },
  );
  let [compared, most] = [0, 0];
  const next = async () => {
    most = Math.max(most, compared);
    compared = 0;
  };
  const items = Array.from({ length: 5_000 }, (_, at) => (at * 7_919) % 5_000);
  const counting = (left: number, right: number) => {
    compared++;
    return left - right;
  };
  expect(await sortedInTurns(items, counting, { over: true, next })).toEqual(items.toSorted((a, b) => a - b));
  expect(most).toBeLessThan(5_000);
});
