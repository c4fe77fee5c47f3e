import { expect, test } from "bun:test";
import { AtOnce } from "../../src/transport/collect/at-once.ts";

test("one mailbox with slow servers leaves room for the others", async () => {
  const looks = new AtOnce(3, 2);
  const { signal } = new AbortController();
  const calledOff = new AbortController();
  const running: string[] = [];
  const ends = new Map<string, () => void>();
  const look = (mailbox: number, name: string, called = signal) =>
    looks.run(mailbox, called, async () => {
      running.push(name);
      await new Promise<void>((resolve) => ends.set(name, resolve));
      running.splice(running.indexOf(name), 1);
    });
  const end = async (name: string, work: Promise<void> | undefined) => {
    ends.get(name)?.();
    await work;
  };
  const works = new Map(["a1", "a2", "a3", "b1", "c1", "b2"].map((name) => [name, look(name.charCodeAt(0), name)]));
  const off = look(3, "d1", calledOff.signal);
  await Promise.resolve();
  expect(running).toEqual(["a1", "a2", "b1"]);
  calledOff.abort(new Error("called off"));
  await expect(off).rejects.toThrow("called off");
  await end("b1", works.get("b1"));
  expect(running).toEqual(["a1", "a2", "c1"]);
  await end("a1", works.get("a1"));
  expect(running).toEqual(["a2", "c1", "a3"]);
  await end("c1", works.get("c1"));
  expect(running).toEqual(["a2", "a3", "b2"]);
  for (const name of ["a2", "a3", "b2"]) await end(name, works.get(name));
  expect(running).toEqual([]);
});
