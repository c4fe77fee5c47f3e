import { describe, expect, test } from "bun:test";
import { Slots } from "../../src/auth/slots.ts";

describe("slots", () => {
  test("run so many works at a time, the rest in the order they came", async () => {
    const slots = new Slots(() => ({ running: 2, waiting: 100 }));
    const order: number[] = [];
    let most = 0;
    const ends: (() => void)[] = [];
    const works = [0, 1, 2, 3, 4].map((n) =>
      slots.run(async () => {
        order.push(n);
        most = Math.max(most, slots.running);
        await new Promise<void>((end) => ends.push(end));
        return n;
      }),
    );
    for (let i = 0; i < 5; i++) {
      ends[i]?.();
      await works[i];
    }
    expect(await Promise.all(works)).toEqual([0, 1, 2, 3, 4]);
    expect([order, most, slots.running]).toEqual([[0, 1, 2, 3, 4], 2, 0]);
  });

  test("refuse more than may wait, and go on after a work that fails", async () => {
    const slots = new Slots(() => ({ running: 1, waiting: 1 }));
    let end: () => void = () => undefined;
    const first = slots.run(() => new Promise<void>((resolve) => (end = resolve)));
    const second = slots.run(() => Promise.reject(new Error("no")));
    const third = await slots.run(async () => 3).catch((refusal) => refusal);
    expect([third.kind, third.temporary]).toEqual(["temporary", true]);
    end();
    await first;
    expect(await second.catch((error) => error.message)).toBe("no");
    expect(await slots.run(async () => 4)).toBe(4);
  });
});
