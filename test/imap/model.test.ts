/**
 * Sessions do random things to one folder, each from what it was told; after every response its picture of the folder must
 * be one that can be true, and when all is told it must be the folder itself.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { House, message } from "./house.ts";
import { inOrder, type Manner, Picture } from "./picture.ts";
import { generator } from "./random.ts";

let house: House;
beforeAll(async () => {
  house = await House.build();
});
afterAll(async () => await house.close());

const MANNERS: readonly Manner[] = [
  {},
  { enable: "QRESYNC" },
  { enable: "IMAP4rev2 CONDSTORE" },
  { enable: "UIDONLY", uidOnly: true },
  { enable: "QRESYNC", notify: "(selected (MessageNew (UID FLAGS) MessageExpunge FlagChange))", anyTime: true },
  { notify: "(selected-delayed (MessageNew MessageExpunge FlagChange))" },
];

const FLAGS = ["\\Seen", "\\Flagged", "\\Answered", "\\Draft", "Red", "Blue"];

async function play(seed: number, steps: number): Promise<void> {
  const random = generator(seed);
  const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T;
  const folder = `Model${seed}`;
  const owner = await house.enter();
  await owner.ok(`CREATE ${folder}`);
  await owner.ok(`CREATE ${folder}/aside`);
  const pictures: Picture[] = [];
  for (const [i, manner] of MANNERS.entries()) {
    const picture = new Picture(await house.enter(), `seed ${seed} session ${i}`, manner);
    if (manner.enable) await picture.client.ok(`ENABLE ${manner.enable}`);
    await picture.run(`SELECT ${folder}`, true);
    if (manner.notify) await picture.run(`NOTIFY SET ${manner.notify}`, true);
    pictures.push(picture);
  }
  let subjects = 0;
  const uids = () => `${1 + random(40)}:${random(4) === 0 ? "*" : 1 + random(60)}`;
  // Who hears of flags at any time cannot tell whether a line came before his own silent change or after.
  const item = ({ manner }: Picture) => (manner.notify ? "FLAGS" : pick(["FLAGS", "FLAGS.SILENT"]));
  const change = (picture: Picture) => `${pick(["", "+", "-"])}${item(picture)} (${pick(FLAGS)} ${pick(FLAGS)})`;
  const byUid = async (picture: Picture, kind: number) => {
    if (kind === 0) {
      const text = message(`m${++subjects}`);
      await picture.run(`APPEND ${folder} {${text.length}+}\r\n${text}`, true);
    } else if (kind === 1) await picture.run("NOOP", true);
    else if (kind === 2) await picture.run(`UID STORE ${uids()} ${change(picture)}`, true);
    else if (kind === 3) await picture.run(`UID FETCH ${uids()} (FLAGS)`, true);
    else if (kind === 4) await picture.run(`UID MOVE ${uids()} ${folder}/aside`, true);
    else if (kind === 5) await picture.run("UID SEARCH RETURN (COUNT) UNSEEN", true);
    else if (kind === 6) await picture.run(`UID COPY ${uids()} ${folder}`, true);
    else if (kind === 7) await picture.run(`UID FETCH ${uids()} (UID BODY[TEXT])`, true);
    else {
      await picture.run(`UID STORE ${uids()} +${item(picture)} (\\Deleted)`, true);
      await picture.run("EXPUNGE", true);
    }
  };
  const byNumber = async (picture: Picture, kind: number) => {
    const { length } = picture.messages;
    const [a, b] = [1 + random(length), 1 + random(length)];
    const some = random(3) === 0 ? `${a}` : `${Math.min(a, b)}:${Math.max(a, b)}`;
    if (kind === 0) await picture.run(`FETCH ${some} (UID FLAGS)`, false);
    else if (kind === 1) await picture.run(`STORE ${some} ${change(picture)}`, false);
    else if (kind === 2) await picture.run(`COPY ${some} ${folder}`, true);
    else if (kind === 3) await picture.run(`FETCH ${some} (UID BODY.PEEK[HEADER.FIELDS (SUBJECT)])`, false);
    else if (kind === 4) await picture.run(`SEARCH ${some} FLAGGED`, false);
    else await picture.run(`FETCH ${some} (UID BODY[TEXT])`, false);
  };
  /** True if all could be told. */
  const step = async (picture: Picture): Promise<boolean> => {
    const kind = random(15);
    const numbers = picture.messages.length > 0 && !picture.manner.uidOnly && !picture.manner.anyTime;
    if (kind >= 9 && numbers) await byNumber(picture, kind - 9);
    else await byUid(picture, kind % 9);
    return !(kind >= 9 && numbers);
  };
  /** One waits in IDLE while another does something, and knows of it afterwards. */
  const idle = async (picture: Picture, other: Picture) => {
    const { client } = picture;
    const tag = client.tag();
    client.dialogue.send(`${tag} IDLE`);
    const before: string[] = [];
    for (let line = await client.response(); !line.startsWith("+"); line = await client.response()) {
      before.push(line.slice(2));
    }
    await step(other);
    client.dialogue.send("DONE");
    const { untagged } = await client.answer(tag);
    picture.hear([...before, ...untagged], "IDLE", true);
    await compare(picture, folder);
  };
  for (let done = 0; done < steps; done += pictures.length) {
    const way = random(6);
    if (way === 0) await Promise.all(pictures.map(step));
    else if (way === 1) {
      const picture = pick(pictures);
      await idle(picture, pick(pictures.filter((each) => each !== picture)));
    } else {
      for (const picture of pictures) {
        const all = await step(picture);
        await compare(picture, folder, !all);
      }
    }
    if (done % 40 === 0) await agree(pictures, folder);
  }
  await agree(pictures, folder);
  for (const { client } of [...pictures, { client: owner }]) client.dialogue.destroy();
}

/** How the folder is. */
async function truthOf(folder: string): Promise<{ uid: number; flags: string }[]> {
  const view = await house.mailstore.open(house.folderId("ann", folder));
  const truth = Array.from({ length: view.count }, (_, i) => ({
    uid: view.uidAt(i),
    flags: inOrder(view.flagsAt(i).text.slice(1, -1).split(" ")),
  }));
  view.close();
  return truth;
}

/**
 * What a session was told must be so, before it asks anything: all of it after a command that may tell all, and otherwise (`partly`) of
 * messages that are still there.
 */
async function compare(picture: Picture, folder: string, partly = false): Promise<void> {
  const truth = await truthOf(folder);
  const there = new Map(truth.map((each) => [each.uid, each]));
  const told = picture.messages.filter(({ uid }) => uid === undefined || !partly || there.has(uid));
  const plain = told.map(({ uid, flags }, i) => {
    const real = uid === undefined ? (partly ? undefined : truth[i]) : there.get(uid);
    return { uid: uid ?? real?.uid, flags: flags ?? real?.flags };
  });
  if (!partly && !picture.manner.uidOnly) expect(plain as unknown).toEqual(truth);
  else if (!partly) expect(picture.messages.length).toBe(truth.length);
  for (const { uid, flags } of plain)
    if (uid !== undefined)
      expect({ by: picture.name, uid, flags } as unknown).toEqual({ by: picture.name, ...there.get(uid) });
}

/** When everybody has been told everything, everybody knows the same, and it is so. */
async function agree(pictures: readonly Picture[], folder: string): Promise<void> {
  for (const picture of pictures) {
    await picture.run("NOOP", true);
    await compare(picture, folder);
    const truth = await truthOf(folder);
    if (picture.manner.uidOnly) await picture.run("UID FETCH 1:* (FLAGS)", true);
    else if (truth.length > 0) await picture.run("FETCH 1:* (UID FLAGS)", false);
    expect(picture.messages as unknown).toEqual(truth);
  }
}

describe("random sessions on one folder", () => {
  const seeds = Number(process.env.GATEPOST_SEEDS ?? 4);
  const first = Number(process.env.GATEPOST_SEED ?? 1);
  for (let seed = first; seed < first + seeds; seed++) {
    test(`seed ${seed}`, async () => {
      await play(seed, 240);
      expect(house.faults).toEqual([]);
    }, 60_000);
  }
});
