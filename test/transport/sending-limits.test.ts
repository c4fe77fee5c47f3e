import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { ADMINISTRATOR } from "../../src/directory/permissions.ts";
import { HOUR, MINUTE, World } from "./world.ts";

let world: World;

beforeEach(async () => {
  world = await World.open({ start: false, settings: { sendPerHour: 5, sendPerDay: 8 } });
});

afterEach(async () => await world.close());

const several = (count: number) => Array.from({ length: count }, (_, n) => `x${n}@far.test`);
const check = () => world.transport.checkRecipient("y@far.test", world.origin());

describe("a user who sends beyond this server", () => {
  test("may reach so many addresses in an hour, and hears when more is possible", async () => {
    await world.send(several(3));
    await world.send(several(2));
    expect(check).toThrow(
      /5 addresses beyond this server in one hour, and have sent to 5: try again in (60|70) minutes/,
    );
    expect(world.send(several(1))).rejects.toMatchObject({ kind: "tooMany", temporary: true, smtp: { code: 450 } });
    world.clock += HOUR + 10 * MINUTE;
    expect(check()).toMatchObject({ kind: "remote" });
  });

  test("may reach so many in a day", async () => {
    await world.send(several(5));
    world.clock += 2 * HOUR;
    await world.send(several(3));
    expect(check).toThrow("8 addresses beyond this server in one day");
    world.clock += 25 * HOUR;
    await world.transport.keepHouse();
    expect(check()).toMatchObject({ kind: "remote" });
  });

  test("is asked to write to fewer at once", () => {
    expect(world.send(several(6))).rejects.toThrow("write to fewer at once");
  });

  test("keeps writing to people here, and others keep writing to anybody", async () => {
    await world.send(several(5));
    await world.send("bert@home.test");
    expect(world.inbox("bert")).toHaveLength(1);
    const bert = world.origin({ user: world.user("bert") });
    expect(world.transport.checkRecipient("y@far.test", bert)).toMatchObject({ kind: "remote" });
  });

  test("is counted over a restart", async () => {
    await world.send(several(5));
    const { folder } = world;
    const { clock } = world;
    await world.close({ keep: true });
    world = await World.open({ start: false, folder, settings: { sendPerHour: 5, sendPerDay: 8 } });
    world.clock = clock;
    expect(check).toThrow("in one hour");
  });

  test("is reported to the administrators, once a day", async () => {
    await world.directory.users.create({ login: "root", permissions: [ADMINISTRATOR] });
    await world.send(several(5));
    for (let n = 0; n < 3; n++) expect(check).toThrow();
    await world.until(() => world.inbox("root").length > 0, "the warning");
    expect(world.inbox("root")).toHaveLength(1);
    expect(world.inbox("root")[0]).toContain("anna has sent to 5 addresses in one hour");
    expect(world.logged("sending.limited")).toHaveLength(1);
  });

  test("may send as much as he likes where that is set", async () => {
    await world.close();
    world = await World.open({ start: false, settings: { sendPerHour: 0, sendPerDay: 0 } });
    await world.send(several(50));
    expect(check()).toMatchObject({ kind: "remote" });
  });
});
