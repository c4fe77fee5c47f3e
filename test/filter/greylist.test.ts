import { afterAll, expect, test } from "bun:test";
import { Greylist } from "../../src/filter/greylist.ts";
import type { Visit } from "../../src/filter/judgement.ts";
import { openDirectory } from "../directory/open.ts";

const opened = openDirectory();
afterAll(() => opened.close());

test.each([
  ["BATV", "prvs=1402a9f3c1=ann@far.test", "prvs=1403b0e4d2=ann@far.test"],
  ["SRS", "SRS0=abcdef=ab=far.test=ann@next.test", "SRS0=ghijkl=ac=far.test=ann@next.test"],
])("a sender who came again is known though the tag of his return path changed (%s)", async (_kind, first, second) => {
  let now = 1_000_000;
  const list = new Greylist(
    opened.store,
    () => ({ greylistMinutes: 5, greylistDays: 30 }),
    () => now,
  );
  const visit = (reversePath: string): Visit => ({
    ...{ remote: "192.0.2.1", helo: "", reversePath, tls: false, smtputf8: false, trace: "", session: "" },
    recipients: [{ address: "anna@home.test", mailboxes: [1] }],
  });
  expect(await list.ask(visit(first))).toBe(5);
  now += 300_000;
  expect(await list.ask(visit(second))).toBeUndefined();
  expect(await list.ask(visit(second.replace("ann@", "eve@")))).toBe(5);
});
