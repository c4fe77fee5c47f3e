import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { extensionsOf, MalformedReply, type Reply, ReplyReader, replyText } from "../../src/transport/send/reply.ts";

function read(...lines: string[]): (Reply | undefined)[] {
  const reader = new ReplyReader();
  return lines.map((line) => reader.push(new TextEncoder().encode(line)));
}

function only(...lines: string[]): Reply {
  const reply = read(...lines).at(-1);
  if (reply === undefined) throw new Error("no reply");
  return reply;
}

describe("reading replies", () => {
  test("one line, with and without text and status", () => {
    expect(only("250 2.1.0 Ok")).toEqual({ code: 250, enhanced: "2.1.0", lines: ["Ok"] });
    expect(only("354 go on")).toEqual({ code: 354, enhanced: undefined, lines: ["go on"] });
    expect(only("250")).toEqual({ code: 250, enhanced: undefined, lines: [""] });
    expect(only("250 2.0.0")).toEqual({ code: 250, enhanced: "2.0.0", lines: [""] });
  });

  test("several lines make one reply, and the next reply begins afresh", () => {
    expect(read("550-5.7.1 You are", "550 5.7.1 not welcome", "250 Ok")).toEqual([
      undefined,
      { code: 550, enhanced: "5.7.1", lines: ["You are", "not welcome"] },
      { code: 250, enhanced: undefined, lines: ["Ok"] },
    ]);
  });

  test("a status of another class or shape is text", () => {
    expect(only("450 5.1.1 odd")).toEqual({ code: 450, enhanced: undefined, lines: ["5.1.1 odd"] });
    expect(only("550 5.1.1.1 odd").enhanced).toBeUndefined();
    expect(only("250 2.5 percent").enhanced).toBeUndefined();
  });

  test("what is no reply, changes its code or does not end is refused", () => {
    for (const line of ["", "hello", "25 x", "2500 x", "199 x", "650 x", "250x"])
      expect(() => read(line)).toThrow(MalformedReply);
    expect(() => read("250-a", "251 b")).toThrow(MalformedReply);
    expect(() => read(...Array<string>(300).fill("250-more"))).toThrow("without end");
    expect(() => read(...Array<string>(30).fill(`250-${"x".repeat(4000)}`))).toThrow("without end");
  });

  test("control and direction characters never come through", () => {
    expect(only("550 a\x00b\u202ec\x1b[31m").lines).toEqual(["a b c [31m"]);
  });

  test("any octets give a reply or MalformedReply, and the text is always one clean line", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 })), (lines) => {
        const reader = new ReplyReader();
        try {
          for (const line of lines) {
            const reply = reader.push(Buffer.concat([Buffer.from("250 "), line]));
            if (reply !== undefined) expect(replyText(reply)).not.toMatch(/[\x00-\x1f\x7f]/);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedReply);
        }
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 30 }), (line) => {
        try {
          new ReplyReader().push(line);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedReply);
        }
      }),
    );
  });
});

describe("using replies", () => {
  test("are quoted in one line", () => {
    expect(replyText(only("550-5.7.1 You are", "550 5.7.1 not welcome"))).toBe("550 5.7.1 You are not welcome");
    expect(replyText(only(`550 ${"x".repeat(2000)}`))).toHaveLength(1000);
  });

  test("name their extensions", () => {
    const extensions = extensionsOf(
      only("250-mx.test at your service", "250-SIZE 1000", "250-auth PLAIN", "250-AUTH=LOGIN", "250-8bitmime", "250 ?"),
    );
    expect([...extensions]).toEqual([
      ["SIZE", "1000"],
      ["AUTH", "PLAIN LOGIN"],
      ["8BITMIME", ""],
    ]);
  });
});
