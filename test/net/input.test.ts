import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { LineTooLong } from "../../src/net/errors.ts";
import { Input } from "../../src/net/input.ts";
import { processorMs } from "../timing.ts";
import { text } from "./peer.ts";

const octets = (latin1: string) => Uint8Array.from(Buffer.from(latin1, "latin1"));

/** What reading lines gives: the lines, or "!" and how an over-long one began and ended. */
function lines(input: Input, limit: number): string[] {
  const found: string[] = [];
  for (;;) {
    try {
      const line = input.takeLine(limit);
      if (!line) return found;
      found.push(text(line.bytes) + (line.ending === "lf" ? "(lf)" : ""));
    } catch (error) {
      if (!(error instanceof LineTooLong)) throw error;
      found.push(`!${text(error.start)}…${text(error.tail)}`);
    }
  }
}

describe("Lines", () => {
  test("come out the same however they were cut", () => {
    const sent = "EHLO a\r\n\r\nbare\nx\ry\r\n0123456789ab\r\nlast\r\n";
    const expected = ["EHLO a", "", "bare(lf)", "x\ry", "!0123456789ab…0123456789ab", "last"];
    for (let i = 0; i <= sent.length; i++) {
      for (let j = i; j <= sent.length; j++) {
        const input = new Input();
        const found: string[] = [];
        for (const piece of [sent.slice(0, i), sent.slice(i, j), sent.slice(j)]) {
          input.push(octets(piece));
          found.push(...lines(input, 10));
        }
        expect(found).toEqual(expected);
        expect(input.length).toBe(0);
      }
    }
  });

  test("A line of exactly the limit passes, one octet more does not", () => {
    const input = new Input();
    input.push(octets("1234567890\r\n12345678901\r\n1234567890\n12345678901\n"));
    expect(lines(input, 10)).toEqual([
      "1234567890",
      "!12345678901…12345678901",
      "1234567890(lf)",
      "!12345678901…12345678901",
    ]);
  });

  test("An over-long line says how it began and ended, and the next line is whole", () => {
    const input = new Input();
    const found: string[] = [];
    for (const piece of ["a1 APPEND ", "x".repeat(100_000), "y".repeat(100_000), " {12+}\r", "\nnext\r\n"]) {
      input.push(octets(piece));
      found.push(...lines(input, 1000));
    }
    expect(found).toHaveLength(2);
    expect(found[0]).toStartWith("!a1 APPEND xxx");
    expect(found[0]).toEndWith("yyy {12+}");
    expect(found[1]).toBe("next");
  });

  test("A line without end spoils the input instead of filling the memory", () => {
    const input = new Input();
    const chunk = octets("z".repeat(1 << 20));
    const found: string[] = [];
    for (let i = 0; i < 40 && !input.spoilt; i++) {
      input.push(chunk);
      found.push(...lines(input, 1000));
      expect(input.length).toBeLessThan(2 << 20);
    }
    expect(input.spoilt).toBe(true);
    expect(found).toHaveLength(1);
  });

  test("Single octets do not pile up as objects, and are read in good time", () => {
    const input = new Input();
    const begun = processorMs();
    for (let i = 0; i < 60_000; i++) {
      input.push(Uint8Array.of(65));
      expect(input.takeLine(65_536)).toBeUndefined();
    }
    input.push(octets("\r\n"));
    expect(input.takeLine(65_536)?.bytes.length).toBe(60_000);
    expect(processorMs() - begun).toBeLessThan(10_000);
  });
});

describe("Octets", () => {
  test("come out in order by any mixture of ways to take them", () => {
    const way = fc.oneof(
      fc.record({ push: fc.uint8Array({ maxLength: 40 }) }),
      fc.record({ take: fc.nat(30) }),
      fc.record({ some: fc.integer({ min: 1, max: 30 }) }),
      fc.record({ back: fc.nat(5) }),
      fc.record({ line: fc.constant(1_000) }),
    );
    fc.assert(
      fc.property(fc.array(way, { maxLength: 60 }), (ways) => {
        const input = new Input();
        let pushed = Buffer.alloc(0);
        let taken = Buffer.alloc(0);
        const took = (bytes: Uint8Array) => {
          taken = Buffer.concat([taken, bytes]);
        };
        for (const each of ways) {
          if ("push" in each) {
            pushed = Buffer.concat([pushed, each.push]);
            input.push(Uint8Array.from(each.push));
          } else if ("take" in each) {
            const bytes = input.take(each.take);
            if (bytes) took(bytes);
          } else if ("some" in each) took(input.takeSome(each.some));
          else if ("line" in each) {
            const line = input.takeLine(each.line);
            if (line) took(Buffer.concat([line.bytes, Buffer.from(line.ending === "crlf" ? "\r\n" : "\n")]));
          } else {
            const some = input.takeSome(10);
            const back = Math.max(0, some.length - each.back);
            took(some.subarray(0, back));
            input.unread(some.slice(back));
          }
          expect(input.length).toBe(pushed.length - taken.length);
        }
        took(input.takeAll());
        expect(taken.equals(pushed)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
