import { expect, test } from "bun:test";
import { join } from "node:path";
import { House } from "../smtp/house.ts";
import { World } from "./world.ts";

const CHILD = join(import.meta.dir, "crash-child.ts");
/** The proof of a release has fifty. */
const KILLS = Number(process.env.KILLS ?? 6);
const SCRIPT = 'require ["fileinto", "copy", "editheader"]; fileinto :copy "Archive"; addheader "X-Kept" "yes";';

/** Starts a server on the folder, kills it a while after its first message, and gives the numbers it had accepted. */
async function killed(folder: string, port: number, first: number): Promise<number[]> {
  const child = Bun.spawn([process.execPath, CHILD, folder, String(port), String(first)], { stdout: "pipe" });
  let said = "";
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    // How far it comes is chance enough: the machine's load, and where in its work the line finds it.
    if (said === "") setTimeout(() => child.kill("SIGKILL"), 20 + Math.random() * 300);
    said += chunk;
  }
  await child.exited;
  return [...said.matchAll(/^ok (\d+)$/gm)].map((match) => Number(match[1]));
}

/** How often each number occurs in the subjects. */
function tally(texts: readonly string[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const text of texts) {
    const number = Number(/Subject: n(\d+)n/.exec(text)?.[1]);
    counts.set(number, (counts.get(number) ?? 0) + 1);
  }
  return counts;
}

test(
  "killed again and again, it loses nothing it accepted and doubles nothing here, nor at another house",
  async () => {
    const remote = await House.build({ people: true, delivery: true });
    const port = remote.port(25);
    const prepared = await World.open({ start: false });
    const { folder } = prepared;
    const { scripts } = prepared.transport;
    const { primaryMailbox } = prepared.user("bert");
    await prepared.store.commit((tx) => {
      scripts.putWithin(tx, primaryMailbox, "rules", SCRIPT, prepared.clock);
      scripts.activateWithin(tx, primaryMailbox, "rules");
    });
    await prepared.close({ keep: true });
    const accepted: number[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      accepted.push(...(await killed(folder, port, (kill + 1) * 1_000_000)));
    }
    const last = Bun.spawn([process.execPath, CHILD, folder, String(port)], {
      stdout: "inherit",
      stderr: "inherit",
    });
    expect(await last.exited).toBe(0);

    const world = await World.open({ folder, start: false });
    const here = tally(world.inbox("bert"));
    const elsewhere = tally(await remote.inbox("ann"));
    expect(accepted.length).toBeGreaterThan(KILLS);
    expect(accepted.filter((number) => here.get(number) !== 1)).toEqual([]);
    expect([...here.values()].filter((count) => count > 1)).toEqual([]);
    // What a script puts beside it is there exactly where the message is.
    expect(tally((await world.messages(world.folderId("bert", "Archive"))).map(({ text }) => text))).toEqual(here);
    expect(accepted.filter((number) => !elsewhere.has(number))).toEqual([]);
    expect([...here.keys()].sort()).toEqual([...elsewhere.keys()].sort());
    // What was confirmed just when the kill came went twice; whoever takes it knows it again (RFC 1047).
    expect([...elsewhere.values()].filter((count) => count > 1)).toEqual([]);
    expect(world.left()).toEqual({ messages: 0, recipients: 0, attempts: 0 });
    expect(world.store.client.query("PRAGMA integrity_check").values()).toEqual([["ok"]]);
    await world.close();
    await remote.close();
  },
  60_000 + KILLS * 5_000,
);
