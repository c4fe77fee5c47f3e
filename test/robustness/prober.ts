/**
 * A program of its own that measures how soon an IMAP session is answered: `prober.ts PORT LOGIN PASSWORD FOLDER`. It sends NOOP
 * after NOOP, a few milliseconds apart, until its standard input ends, and prints the milliseconds that each answer took.
 * In the process of the test they would be measured together with what the test does itself.
 */
import { Client } from "../imap/client.ts";

const PAUSE_MS = 3;

const [port = "", login, password, folder] = process.argv.slice(2);
const client = await Client.open({ port: Number(port), patience: 60_000 });
await client.ok(`LOGIN ${login} ${password}`);
await client.ok(`SELECT ${folder}`);
const told = Bun.stdin.text();
let over = false;
void told.then(() => {
  over = true;
});
const times: number[] = [];
console.log("ready");
while (!over) {
  const begun = performance.now();
  await client.ok("NOOP");
  times.push(performance.now() - begun);
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}
await client.ok("LOGOUT");
console.log(JSON.stringify(times));
process.exit();
