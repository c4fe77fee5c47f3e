/**
 * A server to be killed: accepts messages as fast as it can, each to somebody here and somebody elsewhere, and says `ok N` when message N
 * is accepted. With no further number it only empties its queue and ends.
 *
 * Arguments: folder, port of the remote server, number of the first message or nothing.
 */
import { World } from "./world.ts";

const [folder = "", port = "", first] = process.argv.slice(2);
const zone = {
  "home.example": { MX: [[10, "mx.remote.test"]] as [number, string][] },
  "mx.remote.test": { A: ["127.0.0.1"] },
};
const world = await World.open({
  zone,
  folder,
  start: false,
  settings: { smtpPort: Number(port), retryMinutes: [0.01], idleSeconds: 1, sendPerHour: 0, sendPerDay: 0 },
});
world.clock = Date.now();
setInterval(() => {
  world.clock = Date.now();
}, 5);
world.transport.start();

if (first === undefined) {
  await world.until(() => world.left().messages === 0, "the queue's end", 60_000);
  await world.close({ keep: true, graceMs: 5_000 });
  process.exit(0);
}

let next = Number(first);
const sender = async () => {
  for (;;) {
    const number = next++;
    await world.send(
      ["ann@home.example", "bert@home.test"],
      `Subject: n${number}n\r\nMessage-ID: <${number}@home.test>\r\n\r\n${"text\r\n".repeat(200)}`,
    );
    process.stdout.write(`ok ${number}\n`);
  }
};
await Promise.all(Array.from({ length: 8 }, sender));
