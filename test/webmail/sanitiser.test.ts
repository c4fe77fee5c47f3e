import { afterAll, expect, test } from "bun:test";
import type { SanitiseOptions } from "../../src/web/webmail/sanitise.ts";
import { Sanitiser } from "../../src/web/webmail/sanitiser.ts";

const OPTIONS: SanitiseOptions = { pictureKey: undefined, pictures: {}, mailto: "/mail/compose?mailto=" };
const sanitiser = new Sanitiser();
afterAll(() => sanitiser.close());

test("messages are sanitised on the thread, each with its own result", async () => {
  const all = await Promise.all(
    Array.from({ length: 20 }, (_, at) => sanitiser.sanitise(`<p onclick=x>${at}<script>1</script>`, OPTIONS)),
  );
  expect(all.map((one) => one.html)).toEqual(Array.from({ length: 20 }, (_, at) => `<p>${at}</p>`));
});

test("a tangled message is refused, and the next one is read", async () => {
  await expect(sanitiser.sanitise("<b>".repeat(5000), OPTIONS)).rejects.toMatchObject({ kind: "invalid" });
  expect((await sanitiser.sanitise("<b>x", OPTIONS)).html).toBe("<b>x</b>");
});

test("nobody's messages wait before all of another's", async () => {
  const done: string[] = [];
  const ask = (user: number, name: string) =>
    sanitiser.onBehalf(user, async () => {
      await sanitiser.sanitise(name, OPTIONS);
      done.push(name);
    });
  const waiting = ["a1", "a2", "a3", "a4"].map((name) => ask(1, name));
  await Promise.all([...waiting, ask(2, "b1"), ask(2, "b2")]);
  expect(done).toEqual(["a1", "a2", "b1", "a3", "b2", "a4"]);
  const many = await Promise.allSettled(
    Array.from({ length: 60 }, () => sanitiser.onBehalf(1, () => sanitiser.sanitise("x", OPTIONS))),
  );
  expect(many.filter(({ status }) => status === "rejected")).toHaveLength(39);
});

test("the event loop stays free meanwhile", async () => {
  const large = '<p style="color:red"><a href="https://example.org/">x</a></p>'.repeat(5_000);
  await sanitiser.sanitise("x", OPTIONS);
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  const started = performance.now();
  await sanitiser.sanitise(large, OPTIONS);
  const spent = performance.now() - started;
  clearInterval(timer);
  expect(turns).toBeGreaterThan(spent / 20);
});

test("closing refuses what waits, and the next message starts a new thread", async () => {
  const waiting = [sanitiser.sanitise("<b>x", OPTIONS), sanitiser.sanitise("<b>y", OPTIONS)];
  sanitiser.close();
  for (const one of waiting) await expect(one).rejects.toMatchObject({ kind: "temporary" });
  expect((await sanitiser.sanitise("<i>z", OPTIONS)).html).toBe("<i>z</i>");
});
