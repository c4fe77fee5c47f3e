import { afterAll, describe, expect, test } from "bun:test";
import { StrengthMeter } from "../../src/auth/strength.ts";

const meter = new StrengthMeter();
afterAll(() => meter.close());

describe("the strength of a password", () => {
  test("is judged by how soon it would be guessed, with a reason", async () => {
    const weak = await meter.strength("password1");
    expect(weak.score).toBe(0);
    expect(weak.warning).not.toBe("");
    expect((await meter.strength("winter-harbour-lamp")).score).toBe(4);
    expect((await meter.strength("")).score).toBe(0);
  });

  test("is less where it is made of the user's own names", async () => {
    const words = ["waldemar@gatehouse.test", "Waldemar Unterberger"];
    const stranger = await meter.strength("unterberger-gatehouse");
    const own = await meter.strength("unterberger-gatehouse", words);
    expect(own.score).toBeLessThan(stranger.score);
  });

  test("is judged beside the event loop, however hard the case", async () => {
    await meter.strength("warm");
    let turns = 0;
    const watch = setInterval(() => turns++, 1);
    const hard = ["aB3$".repeat(100), "4@8({[</369&#!1/|0$5+7%2/".repeat(40), "12345678".repeat(50)];
    const judged = await Promise.all(hard.map((password) => meter.strength(password)));
    clearInterval(watch);
    expect(judged.length).toBe(3);
    expect(turns).toBeGreaterThan(5); // in this thread there would be none
  });

  test("can be asked again after the thread was let go", async () => {
    meter.close();
    expect((await meter.strength("password1")).score).toBe(0);
  });
});
