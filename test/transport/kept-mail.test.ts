import { afterEach, beforeEach, expect, test } from "bun:test";
import { FakeRemote } from "./fake-remote.ts";
import { World } from "./world.ts";

let world: World;
let branch: FakeRemote;
let open: boolean;
const stranger = { kind: "smtp", protocol: "ESMTP", session: "s", trace: "t", remote: "192.0.2.1" } as const;

beforeEach(async () => {
  open = false;
  branch = await FakeRemote.start({ answer: (stage) => (stage === "greeting" && !open ? "421 Later" : undefined) });
  const zone = {
    "branch.test": {
      MX: [
        [10, "mx.branch.test"],
        [20, "mail.home.test"],
      ] as [number, string][],
    },
    "mx.branch.test": { A: ["127.0.0.1"] },
  };
  world = await World.open({ zone, settings: { smtpPort: branch.port } });
  await world.directory.domains.create({ name: "branch.test", unknownRecipients: "relay" });
});
afterEach(async () => {
  await world.close();
  await branch.stop();
});

const receive = (...to: string[]) =>
  world.send(to, "Subject: Hello\r\n\r\nHow are you?\r\n", { reversePath: "x@far.test", origin: stranger });

test("mail for a domain's other server is taken from everybody, and kept until that asks for it", async () => {
  expect(world.transport.checkRecipient("who@branch.test", stranger)).toMatchObject({ domain: "branch.test" });
  await receive("who@branch.test", "ever@branch.test");
  await world.happened("message.deferred");
  open = true;
  expect(await world.transport.sendWaiting("branch.test")).toBe(2);
  await world.happened("message.sent");
  expect(branch.messages[0]?.mail).toStartWith("MAIL FROM:<x@far.test>");
  // Who asks again and again moves nothing.
  expect(await world.transport.sendWaiting("@test")).toBe(0);
});

test("those who are here get theirs here", async () => {
  await world.directory.aliases.add("anna@branch.test", world.user("anna").primaryMailbox);
  await receive("anna@branch.test");
  expect(world.inbox("anna")).toHaveLength(1);
});

test("of other domains nobody gets anything sent", async () => {
  await expect(world.transport.sendWaiting("home.test")).rejects.toMatchObject({ kind: "notPermitted" });
  await expect(world.transport.sendWaiting("far.test")).rejects.toMatchObject({ kind: "notPermitted" });
  await expect(world.transport.sendWaiting("@")).rejects.toMatchObject({ kind: "notPermitted" });
});
