import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { boundaryOf, readMultipart } from "../../src/web/webmail/multipart.ts";

const LIMITS = { fields: 10_000, files: 100_000, parts: 50 };

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

/** Reads a form into plain values; `taste` reads only the first chunk of each file. */
async function read(bytes: Uint8Array, size = 7, boundary = "b", limits = LIMITS, taste: boolean | "nothing" = false) {
  const parts: { name: string; value: string; fileName?: string; type?: string }[] = [];
  for await (const part of readMultipart(inPieces(bytes, size), boundary, limits)) {
    if (part.kind === "field") parts.push({ name: part.name, value: part.value });
    else {
      const chunks: Uint8Array[] = [];
      if (taste === "nothing") continue;
      for await (const chunk of part.body) {
        chunks.push(chunk.slice());
        if (taste) break;
      }
      parts.push({
        name: part.name,
        fileName: part.fileName,
        type: part.type,
        value: Buffer.concat(chunks).toString("latin1"),
      });
    }
  }
  return parts;
}

const form = (text: string) => Buffer.from(text.replaceAll("\n", "\r\n"), "latin1");

const SIMPLE = form(`--b
Content-Disposition: form-data; name="to"

ann@example.org
--b
Content-Disposition: form-data; name="empty"


--b
Content-Disposition: form-data; name="file"; filename="a %22b%22.txt"
Content-Type: text/Plain; charset=utf-8

one
--x
two
--b--
`);

describe("a form with files", () => {
  test.each([1, 2, 3, 7, 64, 100_000])("reads the same in pieces of %p octets", async (size) => {
    expect(await read(SIMPLE, size)).toEqual([
      { name: "to", value: "ann@example.org" },
      { name: "empty", value: "" },
      { name: "file", fileName: 'a "b".txt', type: "text/plain", value: "one\r\n--x\r\ntwo" },
    ]);
  });

  test("goes on after a file that was not read to its end", async () => {
    const two = form(
      `--b\nContent-Disposition: form-data; name="f"; filename="x"\n\n${"x".repeat(5000)}\n--b\nContent-Disposition: form-data; name="g"\n\nlast\n--b--`,
    );
    expect((await read(two, 100, "b", LIMITS, true)).at(-1)).toEqual({ name: "g", value: "last" });
    expect(await read(two, 100, "b", LIMITS, "nothing")).toEqual([{ name: "g", value: "last" }]);
  });

  test("what the browser makes is what is read, for any octets", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 4 }),
        fc.string(),
        fc.integer({ min: 1, max: 400 }),
        async (files, text, size) => {
          const data = new FormData();
          data.append("text", text.toWellFormed().replace(/\r\n|\r|\n/g, "\r\n"));
          for (const [index, file] of files.entries()) data.append("file", new File([file.slice()], `${index}.bin`));
          const response = new Response(data);
          const boundary = boundaryOf(response.headers.get("content-type")) ?? "";
          const parts = await read(await response.bytes(), size, boundary);
          expect(parts[0]?.value).toBe(data.get("text") as string);
          expect(parts.slice(1).map((part) => part.value)).toEqual(
            files.map((file) => Buffer.from(file).toString("latin1")),
          );
        },
      ),
    );
  });
});

describe("a hostile form", () => {
  test.each([
    ["cut short", SIMPLE.subarray(0, 120)],
    ["empty", Buffer.alloc(0)],
    ["without a delimiter", Buffer.from("x".repeat(5000))],
    ["with an endless header", form(`--b\nContent-Disposition: form-data; name="${"x".repeat(20_000)}"\n\n`)],
    ["with a part that has no name", form("--b\nContent-Type: text/plain\n\nx\n--b--")],
    ["with text after the delimiter", form('--b oops\nContent-Disposition: form-data; name="x"\n\n\n--b--')],
  ])("%s is refused", async (_, bytes) => {
    await expect(read(bytes)).rejects.toMatchObject({ name: "Refusal", kind: "invalid" });
  });

  test.each([
    ["fields", "tooLarge", form(`--b\nContent-Disposition: form-data; name="x"\n\n${"x".repeat(20_000)}\n--b--`)],
    [
      "files",
      "tooLarge",
      form(`--b\nContent-Disposition: form-data; name="x"; filename="x"\n\n${"x".repeat(200_000)}\n--b--`),
    ],
    ["parts", "tooMany", form(`${'--b\nContent-Disposition: form-data; name="x"\n\n\n'.repeat(60)}--b--`)],
  ])("with too much in its %s is refused", async (_, kind, bytes) => {
    await expect(read(bytes, 1000)).rejects.toMatchObject({ name: "Refusal", kind });
    await expect(read(bytes, 1000, "b", LIMITS, true)).rejects.toMatchObject({ name: "Refusal", kind });
  });
});

test.each([
  ["multipart/form-data; boundary=abc", "abc"],
  ['Multipart/Form-Data; charset=x; boundary="a b"', "a b"],
  ["application/x-www-form-urlencoded", undefined],
  ["multipart/form-data", undefined],
  [undefined, undefined],
])("the boundary of %p is %p", (type, boundary) => expect(boundaryOf(type)).toBe(boundary));
