import { afterAll, expect, test } from "bun:test";
import type { SanitiseOptions } from "../../src/web/webmail/sanitise.ts";
import { Sanitiser } from "../../src/web/webmail/sanitiser.ts";

const OPTIONS: SanitiseOptions = { remotePictures: false, pictures: {}, mailto: "/mail/compose?mailto=" };
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
