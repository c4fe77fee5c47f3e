/**
 * A server to be killed: accepts messages from ever new senders for a mailbox that answers each, several times each at once, and says so.
 *
 * Arguments: folder, number of the first sender.
 */
import { World } from "./world.ts";

const [folder = "", first = "0"] = process.argv.slice(2);
const world = await World.open({
  folder,
  start: false,
  settings: { autoRepliesPerHour: 10_000, sendPerHour: 0, sendPerDay: 0 },
});
world.clock = Date.now();
const origin = { kind: "smtp", session: "s", trace: "t" } as const;
const text = "To: bert@home.test\r\nSubject: x\r\n\r\n";

for (let next = Number(first); ; next++) {
  const message = () => world.send("bert@home.test", text, { reversePath: `v${next}@far.test`, origin });
  await Promise.all([message(), message(), message()]);
  process.stdout.write(`ok ${next}\n`);
}
