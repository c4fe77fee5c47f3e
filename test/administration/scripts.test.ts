import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  activateScript,
  listScripts,
  putScript,
  removeScript,
  showScript,
  tryScript,
} from "../../src/administration/mail/scripts.ts";
import { CONSOLE, House } from "./house.ts";

let house: House;
beforeEach(async () => {
  house = await House.build();
});
afterEach(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
});

const own = (login: string) => house.user(login).primaryMailbox;
const perform: House["administration"]["perform"] = (...words) => house.administration.perform(...words);

test("scripts are their owner's, and of those who look after him", async () => {
  const put = (login: string, id: number) =>
    house.tried(() => perform(putScript, house.as(login), { id, name: "rules", text: "keep;" }));
  expect(await put("anna", own("anna"))).toBe("done");
  expect(await put("ben", own("anna"))).toBe("notPermitted");
  expect(await put("dora", own("anna"))).toBe("done");
  expect(await put("dora", own("zoe"))).toBe("notPermitted");
  expect(await put("admin", own("zoe"))).toBe("done");
  for (const login of ["anna", "dora"]) expect(await put(login, 0)).toBe("notPermitted");
  expect(await put("admin", 0)).toBe("done");
  const asAnna = { id: own("anna") };
  await perform(activateScript, house.as("anna"), { ...asAnna, name: "rules" });
  expect(await house.tried(() => perform(removeScript, house.as("anna"), { ...asAnna, name: "rules" }))).toBe("inUse");
  expect(await perform(listScripts, house.as("dora"), asAnna)).toMatchObject({
    scripts: [{ name: "rules", active: true }],
  });
  const token = house.withToken("dora", "self:read", "self:write");
  expect(await house.tried(() => perform(showScript, token, { ...asAnna, name: "rules" }))).toBe("notPermitted");
  expect(await house.tried(() => perform(showScript, house.as("admin"), { id: 9_999, name: "rules" }))).toBe(
    "notFound",
  );
});

test("who may not forward does not redirect, unless his administrator wrote it", async () => {
  const script = { id: own("anna"), name: "on", text: 'if true { redirect "x@far.example"; }' };
  expect(await house.tried(() => perform(putScript, house.as("anna"), script))).toBe("notPermitted");
  expect(await house.tried(() => perform(putScript, CONSOLE, script))).toBe("done");
  await house.give("anna", "web.forwarding");
  expect(await house.tried(() => perform(putScript, house.as("anna"), script))).toBe("done");
});

test("a script is tried on a message, and says why", async () => {
  const id = own("anna");
  const text = 'require "fileinto"; if header :contains "subject" "bill" { fileinto "Bills"; }';
  const message = "Subject: The bill\n\nPlease pay.\n";
  const told = await perform(tryScript, house.as("anna"), { id, text, message });
  expect(told.done).toEqual(["It goes into the folder “Bills”."]);
  expect(told.steps.find(({ kind }) => kind === "test")).toMatchObject({ line: 1, held: true, script: "" });
  expect(told.steps.find(({ kind }) => kind === "test")?.why).toContain("The bill");
  const none = await perform(tryScript, house.as("anna"), { id, message });
  expect(none.done).toEqual([]);
  await perform(putScript, CONSOLE, { id: 0, name: "before", text });
  const common = await perform(tryScript, house.as("anna"), { id, message });
  expect(common.done).toEqual(["It goes into the folder “Bills”."]);
  expect(common.steps[0]?.script).toBe("before");
  expect(house.mailstore.usage(id)).toEqual({ messages: 0, size: 0 });
});
