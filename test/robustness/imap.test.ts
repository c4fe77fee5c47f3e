/**
 * The power goes while ten sessions work in one folder. Whatever any of them was told is still so when the server is back: messages
 * that were there are there with the flags they had or later ones, what was gone is gone, and who comes back by QRESYNC knows it all.
 * `GATEPOST_CUTS` makes more of them, `GATEPOST_SEED` others.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { Gatepost, PASSWORD } from "../harness.ts";
import { Client } from "../imap/client.ts";
import { message } from "../imap/house.ts";
import { expand, inOrder } from "../imap/picture.ts";
import { generator } from "../imap/random.ts";

let server: Gatepost;
beforeAll(async () => {
  server = await Gatepost.start({ users: ["anna", "bert"] });
});
afterAll(() => server.remove());

const random = generator(Number(process.env.GATEPOST_SEED ?? 1));
const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T;
const OWN = "Shared work";
const NAMES = { anna: `"${OWN}"`, bert: `"Other Users/anna@example.test/${OWN}"` } as const;
const FLAGS = ["\\Seen", "\\Flagged", "\\Answered", "Red", "Blue"];

interface State {
  readonly flags: string;
  readonly modseq: number;
}

/** What was said of the folder, by whichever session heard it. */
const told = {
  states: new Map<number, State>(),
  subjects: new Map<number, string>(),
  gone: new Set<number>(),
  modseq: 0,
};
let labels = 0;

/** Takes in a response. Only messages with even UIDs are ever removed. */
function hear(line: string): void {
  const [, uid = "", flags = "", modseq = ""] = /FETCH \(UID (\d+) FLAGS \(([^)]*)\) MODSEQ \((\d+)\)/.exec(line) ?? [];
  if (uid !== "" && (told.states.get(Number(uid))?.modseq ?? 0) <= Number(modseq)) {
    told.states.set(Number(uid), { flags: inOrder(flags.split(" ")), modseq: Number(modseq) });
  }
  const vanished = /^VANISHED (?:\(EARLIER\) )?([\d:,]+)$/.exec(line)?.[1];
  for (const gone of vanished ? expand(vanished) : []) told.gone.add(gone);
  const subject = /UID (\d+) .*Subject: (m\d+)/s.exec(line);
  if (subject) told.subjects.set(Number(subject[1]), subject[2] as string);
  told.modseq = Math.max(told.modseq, Number(/HIGHESTMODSEQ (\d+)/.exec(line)?.[1] ?? 0));
}

/** Logs in and opens the folder. */
async function enter(user: keyof typeof NAMES, resync = ""): Promise<{ client: Client; lines: string[] }> {
  const client = await Client.open({ port: server.port(143) });
  await client.ok(`LOGIN ${user} ${PASSWORD}`);
  await client.ok("ENABLE QRESYNC");
  const lines = await client.ok(`SELECT ${NAMES[user]}${resync}`);
  return { client, lines };
}

/** One thing that somebody does. */
function next(user: keyof typeof NAMES): { command: string; subjects: string[] } {
  const [a, b] = [1 + random(60), 1 + random(60)];
  const set = `${Math.min(a, b)}:${Math.max(a, b)}`;
  const even = 2 * (1 + random(40));
  const label = `m${++labels}`;
  const mail = `(${pick(FLAGS)}) {${message(label).length}+}\r\n${message(label)}`;
  return pick([
    { command: `APPEND ${NAMES[user]} ${mail}`, subjects: [label] },
    { command: `UID STORE ${set} ${pick(["+", "-", ""])}FLAGS (${pick(FLAGS)} ${pick(FLAGS)})`, subjects: [] },
    { command: `UID COPY ${a} ${NAMES[user]}`, subjects: [] },
    { command: `UID FETCH ${set} (FLAGS MODSEQ BODY.PEEK[HEADER.FIELDS (SUBJECT)])`, subjects: [] },
    { command: `UID FETCH ${set} (FLAGS MODSEQ)`, subjects: [] },
    { command: `UID STORE ${even} +FLAGS (\\Deleted)`, subjects: [] },
    { command: `UID EXPUNGE ${even}`, subjects: [] },
    { command: `UID MOVE ${even} ${NAMES[user]}`, subjects: [] },
    { command: `UID REPLACE ${even} ${NAMES[user]} ${mail}`, subjects: [label] },
    { command: "NOOP", subjects: [] },
  ]);
}

/** Works until the connection breaks. What was put in is where its answer says. */
async function work(user: keyof typeof NAMES, client: Client, done: () => void): Promise<void> {
  for (;;) {
    const { command, subjects } = next(user);
    const answer = await client.run(command).catch(() => undefined);
    if (answer === undefined) return;
    if (!/^(OK|NO)/.test(answer.tagged)) throw new Error(`${command}: ${answer.tagged}`);
    for (const line of [...answer.untagged, answer.tagged]) {
      hear(line);
      const uid = Number(/\[APPENDUID \d+ (\d+)\]/.exec(line)?.[1] ?? 0);
      if (uid > 0) told.subjects.set(uid, subjects[0] as string);
    }
    done();
  }
}

test(
  "what anybody was told holds when the power comes back",
  async () => {
    const owner = await Client.open({ port: server.port(143) });
    await owner.ok(`LOGIN anna ${PASSWORD}`);
    await owner.ok(`CREATE "${OWN}"`);
    await owner.ok(`SETACL "${OWN}" bert lrswite`);
    const validity = Number(/UIDVALIDITY (\d+)/.exec((await owner.ok(`STATUS "${OWN}" (UIDVALIDITY)`)).join())?.[1]);
    let before: { modseq: number; flags: Map<number, string> } | undefined;
    for (let cut = Number(process.env.GATEPOST_CUTS ?? 3); cut > 0; cut--) {
      const users = Array.from({ length: 10 }, (_, index) => (index % 3 === 0 ? "bert" : "anna"));
      const sessions = await Promise.all(users.map((user) => enter(user)));
      for (const { lines } of sessions) for (const line of lines) hear(line);
      // It goes after some hundred answers, in the midst of what comes next.
      await new Promise<void>((resolve, reject) => {
        let left = 150 + random(200);
        const done = () => {
          if (--left === 0) void server.kill().then(resolve);
        };
        for (const [index, { client }] of sessions.entries()) work(users[index] as "anna", client, done).catch(reject);
      });
      await server.resume();
      const resync = before ? ` (QRESYNC (${validity} ${before.modseq}))` : "";
      const { client, lines } = await enter("bert", resync);
      const state = lines.join("\n");
      expect(state).toContain(`UIDVALIDITY ${validity}`);
      const modseq = Number(/HIGHESTMODSEQ (\d+)/.exec(state)?.[1]);
      expect(modseq).toBeGreaterThanOrEqual(told.modseq);
      const truth = new Map<number, State & { text: string }>();
      for (const line of await client.ok("UID FETCH 1:* (FLAGS MODSEQ BODY.PEEK[])")) {
        const [, uid, flags = "", seq] = /UID (\d+) FLAGS \(([^)]*)\) MODSEQ \((\d+)\)/.exec(line) ?? [];
        const text = /\{\d+\}\r\n(.*)\)$/s.exec(line)?.[1] ?? "";
        if (uid) truth.set(Number(uid), { flags: inOrder(flags.split(" ")), modseq: Number(seq), text });
      }
      for (const [uid, heard] of told.states) {
        const real = truth.get(uid);
        if (uid % 2 === 1) expect({ uid, there: real !== undefined }).toEqual({ uid, there: true });
        if (real === undefined) continue;
        expect({ uid, since: real.modseq >= heard.modseq }).toEqual({ uid, since: true });
        if (real.modseq === heard.modseq) expect({ uid, flags: real.flags }).toEqual({ uid, flags: heard.flags });
      }
      for (const uid of told.gone) expect([uid, truth.has(uid)]).toEqual([uid, false]);
      for (const [uid, subject] of told.subjects) {
        if (uid % 2 === 1 || truth.has(uid)) expect(truth.get(uid)?.text).toBe(message(subject));
      }
      const copy = new Map(before?.flags);
      if (before !== undefined) {
        for (const line of lines) {
          const vanished = /^VANISHED \(EARLIER\) ([\d:,]+)$/.exec(line)?.[1];
          for (const gone of vanished ? expand(vanished) : []) copy.delete(gone);
          const [, uid, flags = ""] = /FETCH \(UID (\d+) FLAGS \(([^)]*)\)/.exec(line) ?? [];
          if (uid) copy.set(Number(uid), inOrder(flags.split(" ")));
        }
        expect([...copy].sort(([a], [b]) => a - b)).toEqual([...truth].map(([uid, { flags }]) => [uid, flags]));
      }
      before = { modseq, flags: new Map([...truth].map(([uid, { flags }]) => [uid, flags])) };
      client.dialogue.destroy();
    }
  },
  60_000 * 10,
);
