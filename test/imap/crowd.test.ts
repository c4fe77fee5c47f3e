/**
 * Ten sessions of three people in shared folders do whatever clients do, each from what it was told, while rights, names, folders and
 * whose read marks are shown change under them. After every response what the server has, and what the session was told, is
 * what the commands mean; who comes back by QRESYNC knows what is there. `GATEPOST_SEEDS` and `GATEPOST_SEED` run more.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { EVERYTHING, GUESTS, OWNER, Player, Room, Town } from "./crowd.ts";
import { plan } from "./crowd-plans.ts";
import { House, message } from "./house.ts";
import type { Manner } from "./picture.ts";

let house: House;
beforeAll(async () => {
  house = await House.build();
  await house.addUser("cora");
});
afterAll(async () => await house.close());

const MANNERS: readonly (readonly [user: string, manner: Manner])[] = [
  [OWNER, {}],
  ["ben", { enable: "QRESYNC", compress: true }],
  ["cora", { enable: "IMAP4rev2 CONDSTORE" }],
  [OWNER, { enable: "UIDONLY", uidOnly: true }],
  ["ben", { context: true }],
  ["cora", { enable: "QRESYNC UIDONLY", uidOnly: true }],
  [
    OWNER,
    { enable: "QRESYNC", notify: "(selected (MessageNew (UID FLAGS) MessageExpunge FlagChange))", anyTime: true },
  ],
  ["cora", { notify: "(selected-delayed (MessageNew MessageExpunge FlagChange))", compress: true }],
  [OWNER, { enable: "QRESYNC IMAP4rev2" }],
  ["ben", { enable: "IMAP4rev2", context: true }],
];

const RIGHTS = [EVERYTHING, "lrswite", "lrswi", "lrste", "lrs", "lr", "lrw", "l", ""];

async function open(seed: number): Promise<Town> {
  const town = new Town(house, seed);
  await town.setOwnMarks(town.chance(2));
  for (const [owner, name] of [
    [OWNER, "a"],
    [OWNER, "b"],
    [OWNER, "c"],
    ["ben", "own"],
  ] as const) {
    const room = new Room(town, owner, `Crowd${seed}${name}`);
    if (owner === OWNER) for (const guest of GUESTS) room.rights.set(guest, town.pick(RIGHTS));
    await town.build(room);
    town.rooms.push(room);
  }
  for (const [index, [user, manner]] of MANNERS.entries()) {
    const player = new Player(town, user, manner, `seed ${seed} session ${index} (${user})`);
    await player.enter();
    town.players.push(player);
  }
  return town;
}

/** Somebody who has a folder open; or undefined where there is none that he may read. */
async function seated(player: Player): Promise<Player | undefined> {
  if (player.doomed) await player.endAndReturn();
  for (let tries = 0; player.room === undefined && tries < 8; tries++) {
    await player.select(player.town.pick(player.town.rooms), player.town.chance(8));
  }
  return player.room && player;
}

/** One does one thing. */
async function act(player: Player): Promise<void> {
  if (!(await seated(player))) return;
  await player.lookAround();
  const { command, mayExpunge, learn } = await plan(player, true);
  const when = `${player.name}: ${command}`;
  const answer = await player.run(command, mayExpunge);
  try {
    learn(answer);
    for (const room of player.town.rooms) await room.isTrue(when);
    player.compare(!mayExpunge);
  } catch (error) {
    throw new Error(
      `${when}\n${answer.untagged.join("\n")}\n${answer.tagged}\n${error instanceof Error ? error.message : error}`,
    );
  }
}

/** One waits in IDLE while another does something, and knows of it afterwards. */
async function idle(player: Player, other: Player): Promise<void> {
  if (!(await seated(player)) || !(await seated(other))) return;
  if (player.doomed || other.doomed) return;
  await other.lookAround();
  const { client } = player;
  const tag = client.tag();
  client.dialogue.send(`${tag} IDLE`);
  const before: string[] = [];
  for (let line = await client.response(); !line.startsWith("+"); line = await client.response()) {
    before.push(line.slice(2));
  }
  await act(other);
  client.dialogue.send("DONE");
  const { untagged } = await client.answer(tag);
  player.hear([...before, ...untagged], "IDLE", true);
  player.compare(false);
}

/** Somebody does something that depends on nobody, or several such things in one go. */
async function rush(player: Player): Promise<void> {
  const { town } = player;
  const plans = [await plan(player, false), await plan(player, false), await plan(player, false)];
  const free = plans
    .filter(({ mayExpunge, command }) => mayExpunge && !/^(COPY|MOVE|REPLACE) /.test(command))
    .map(({ command }) => command);
  const [{ command, mayExpunge }] = plans as [(typeof plans)[number]];
  if (town.chance(2) && free.length > 1) await player.pipeline(free);
  else await player.run(command, mayExpunge);
}

/** All act at once, perhaps while rights or folders change; then everybody asks for what there is, and it is so. */
async function storm(town: Town): Promise<void> {
  for (const player of town.players) await seated(player);
  const seats = town.players.filter(({ room, doomed }) => room !== undefined && !doomed);
  for (let round = 1 + town.random(3); round > 0; round--) {
    const upheaval = town.pick([
      grant,
      rebuild,
      (each: Town) => each.setOwnMarks(!each.ownMarks),
      undefined,
      undefined,
    ]);
    const present = seats.filter(({ doomed }) => !doomed);
    const [, ...ends] = await Promise.allSettled([upheaval?.(town), ...present.map(rush)]);
    for (const [index, end] of ends.entries()) {
      if (end.status === "rejected" && !present[index]?.doomed) throw end.reason;
    }
  }
  for (const room of town.rooms) await room.adopt();
  for (const player of seats) {
    player.saved = [];
    if (player.doomed) {
      player.client.dialogue.destroy();
      await player.enter();
      continue;
    }
    await player.run("NOOP", true);
    player.compare(false);
    await player.run(player.manner.uidOnly ? "UID FETCH 1:* (FLAGS)" : "UID FETCH 1:* (UID FLAGS)", true);
    player.compare(false);
  }
}

/** Those who are there see their folder in no other way than before. */
function doom(town: Town, room: Room, lost: (player: Player) => boolean): void {
  for (const player of town.players) if (player.room === room && lost(player)) player.doomed = true;
}

/** The owner gives somebody other rights in a folder. */
async function grant(town: Town): Promise<void> {
  const room = town.pick(town.rooms.filter(({ owner }) => owner === OWNER));
  const [guest, rights] = [town.pick(GUESTS), town.pick(RIGHTS)];
  const owner = await house.enter(OWNER);
  await owner.ok(`SETACL ${room.path} ${guest} "${rights}"`);
  owner.dialogue.destroy();
  town.note(`${guest} has "${rights}" in ${room.path}`);
  room.rights.set(guest, rights);
  if (!rights.includes("r")) doom(town, room, ({ user }) => user === guest);
}

/** A folder gets another name, or goes and another comes in its place. */
async function rebuild(town: Town): Promise<void> {
  const at = town.random(town.rooms.length);
  const room = town.rooms[at] as Room;
  const owner = await house.enter(room.owner);
  if (town.chance(2)) {
    const path = `Crowd${town.seed}n${++town.names}`;
    await owner.ok(`RENAME ${room.path} ${path}`);
    room.path = path;
  } else {
    await owner.ok(`DELETE ${room.path}`);
    doom(town, room, () => true);
    const next = new Room(town, room.owner, room.path);
    for (const [guest, rights] of room.rights) next.rights.set(guest, rights);
    await town.build(next);
    town.rooms[at] = next;
  }
  owner.dialogue.destroy();
}

/** Somebody goes to another folder, by SELECT, CLOSE or UNSELECT, or goes and comes back. */
async function move(player: Player): Promise<void> {
  const { town, room } = player;
  if (player.doomed) return await player.endAndReturn();
  if (room !== undefined && town.chance(2)) {
    const closing = town.chance(2);
    const doomed = closing && !player.readOnly && player.rights.includes("e") ? player.picture.messages : [];
    await player.lookAround();
    await player.client.ok(closing ? "CLOSE" : "UNSELECT");
    const gone = doomed
      .map(({ uid }) => uid)
      .filter((uid) => uid !== undefined && room.letter(uid)?.flags.has("\\Deleted"));
    room.remove(gone as number[]);
    player.room = undefined;
    await room.isTrue(`${player.name} leaves`);
  } else if (town.chance(3)) {
    player.client.dialogue.destroy();
    await player.enter();
  }
  if (room !== undefined && town.chance(2) && town.rooms.includes(room)) await player.select(room);
  else await player.select(town.pick(town.rooms), town.chance(8));
}

async function play(seed: number, steps: number): Promise<void> {
  const town = await open(seed);
  try {
    await live(town, steps);
  } catch (error) {
    throw new Error(`${town.history.join("\n")}\n${error instanceof Error ? error.stack : error}`);
  }
  await town.close();
}

async function live(town: Town, steps: number): Promise<void> {
  for (let step = 0; step < steps; step++) {
    const way = town.random(100);
    const player = town.pick(town.players);
    if (way < 70) await act(player);
    else if (way < 78) await idle(player, town.pick(town.players.filter((each) => each !== player)));
    else if (way < 83) await storm(town);
    else if (way < 92) await move(player);
    else if (way < 96) await grant(town);
    else if (way < 98) await rebuild(town);
    else if (way < 99) await town.setOwnMarks(!town.ownMarks);
    else
      for (const each of town.players)
        if (await seated(each)) {
          await each.run("NOOP", true);
          each.compare(false);
        }
  }
  await storm(town);
}

/** Lists so long that they are worked through in several commits, between which others act. */
async function playAtLarge(seed: number): Promise<void> {
  const town = await open(seed);
  town.span = 1_000;
  for (const room of town.rooms) {
    const owner = await house.select(room.path, room.owner);
    for (let n = 0; n < 20; n++) await owner.append(room.path, message(`m${++town.labels}`));
    for (let n = 0; n < 5; n++) await owner.ok(`COPY 1:* ${room.path}`);
    owner.dialogue.destroy();
  }
  for (const room of town.rooms) await room.adopt();
  try {
    for (let n = 0; n < 3; n++) await storm(town);
  } catch (error) {
    throw new Error(`${town.history.join("\n")}\n${error instanceof Error ? error.stack : error}`);
  }
  await town.close();
}

describe("ten sessions in shared folders", () => {
  const seeds = Number(process.env.GATEPOST_SEEDS ?? 2);
  const first = Number(process.env.GATEPOST_SEED ?? 1);
  for (let seed = first; seed < first + seeds; seed++) {
    test(`know what is there (seed ${seed})`, async () => {
      await play(seed, 250);
      expect(house.faults).toEqual([]);
    }, 60_000);
    if (seed % 2 === 0) continue;
    test(`know what is there of many messages (seed ${seed})`, async () => {
      await playAtLarge(seed);
      expect(house.faults).toEqual([]);
    }, 60_000);
  }
});
