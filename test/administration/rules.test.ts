/** Mail rules of a mailbox: who may change them, what becomes of the script, and running them on a folder. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { runRules, showRuleRun, stopRuleRun, undoRuleRun } from "../../src/administration/mail/folder-rules.ts";
import {
  addMailRule,
  listMailRules,
  moveMailRule,
  removeMailRule,
  setMailRule,
} from "../../src/administration/mail/rules.ts";
import { putScript } from "../../src/administration/mail/scripts.ts";
import { FLAGGED, SEEN } from "../../src/mailstore/flags.ts";
import type { Action, Rule } from "../../src/sieve/rules/model.ts";
import { CONSOLE, House } from "./house.ts";

let house: House;
let id: number;
beforeEach(async () => {
  house = await House.build();
  id = house.user("anna").primaryMailbox;
});
afterEach(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
});

const perform: House["administration"]["perform"] = (...words) => house.administration.perform(...words);
const subject = (...values: string[]): Rule["conditions"][number] => {
  return { test: "header", fields: ["subject"], comparison: "contains", values, not: false };
};
const rule = (name: string, word: string, ...actions: Action[]) => ({ name, conditions: [subject(word)], actions });
const into = (folder: string, more: Partial<Extract<Action, { do: "file" }>> = {}): Action => {
  return { do: "file", folder, copy: false, create: true, ...more };
};

test("the first rule makes a script that sorts the mail, and each change is one of the script", async () => {
  const anna = house.as("anna");
  const empty = await perform(listMailRules, anna, { id });
  expect(empty).toMatchObject({ script: "rules", active: false, rules: [] });
  await perform(addMailRule, anna, { id, rule: rule("Bills", "invoice", into("Bills")), version: empty.version });
  await perform(addMailRule, anna, { id, rule: rule("News", "news", into("News")) });
  const both = await perform(listMailRules, anna, { id });
  expect(both).toMatchObject({ active: true, rules: [{ name: "News" }, { name: "Bills" }] });
  await perform(moveMailRule, anna, { id, at: 1, to: 0 });
  await perform(setMailRule, anna, { id, at: 1, rule: { ...rule("News", "news", into("News")), enabled: false } });
  const script = house.transport.scripts.require(id, "rules").text;
  expect(script).toContain("if false # allof");
  const late = perform(removeMailRule, anna, { id, at: 0, version: both.version });
  await expect(late).rejects.toMatchObject({ sentence: expect.stringContaining("changed meanwhile") });
  await perform(removeMailRule, anna, { id, at: 0 });
  expect((await perform(listMailRules, anna, { id })).rules.map(({ name }) => name)).toEqual(["News"]);
});

test("they are their owner's, who may in a rule what he may in a script", async () => {
  const redirect: Action = { do: "redirect", address: "x@far.example", copy: false };
  const add = (login: string, ...actions: Action[]) =>
    house.tried(() => perform(addMailRule, house.as(login), { id, rule: rule("x", "y", ...actions) }));
  expect(await add("ben", { do: "keep" })).toBe("notPermitted");
  expect(await add("anna", redirect)).toBe("notPermitted");
  expect(await add("anna", { do: "reply", text: "Away" })).toBe("notPermitted");
  expect(await add("dora", redirect)).toBe("done");
  const ben = house.as("ben");
  expect(await house.tried(() => perform(runRules, ben, { id, folder: "INBOX" }))).toBe("notPermitted");
  for (const operation of [showRuleRun, stopRuleRun, undoRuleRun]) {
    expect(await house.tried(() => perform(operation, ben, { id }))).toBe("notPermitted");
  }
  await perform(putScript, CONSOLE, { id, name: "rules", text: "# mine\nif true { stop; } else { keep; }\n" });
  expect(await perform(listMailRules, house.as("anna"), { id })).toMatchObject({
    rules: [{ name: "mine", rule: null }],
  });
  const change = () => perform(setMailRule, house.as("anna"), { id, at: 0, rule: rule("x", "y", { do: "keep" }) });
  await expect(change()).rejects.toMatchObject({ sentence: expect.stringContaining("written by hand") });
});

async function letters(count: number, text: (at: number) => string): Promise<number> {
  const folder = await house.store.commit((tx) => house.mailstore.inbox(tx, id));
  for (let at = 0; at < count; at++) await house.put(folder, `From: a@b.example\r\nSubject: ${text(at)}\r\n\r\nx\r\n`);
  return folder;
}

async function ran(apply: boolean, at: number | null = null) {
  await perform(runRules, house.as("anna"), { id, folder: "INBOX", rule: at, apply });
  return await settled();
}

async function settled() {
  await (await house.transport.folderRuns()).of(id)?.ended;
  const { run } = await perform(showRuleRun, house.as("anna"), { id });
  if (run === null) throw new Error("nothing ran");
  return run;
}

async function lies(...names: string[]) {
  return await Promise.all(
    names.map(async (name) => {
      const folder = house.mailstore.folder(id, name);
      return folder && (await house.messages(folder.id)).length;
    }),
  );
}

test("run on a folder they say first what they would do, then do it, and it can be taken back", async () => {
  const inbox = await letters(700, (at) => ["news", "invoice", "star", "both", "away", "else", "gone"][at % 7] ?? "");
  const anna = house.as("anna");
  await house.give("anna", "web.forwarding");
  const flag = (name: string): Action => ({ do: "flag", how: "set", flags: [name] });
  const rules = [
    rule("News", "news", into("News")),
    rule("Copies", "both", into("Copies", { copy: true })),
    rule("Stars", "star", flag("\\Flagged"), { do: "keep" }),
    rule("Bills", "invoice", flag("\\Seen"), into("Bills")),
    rule("Away", "away", { do: "redirect", address: "x@far.example", copy: false }),
    rule("Gone", "gone", { do: "discard" }),
    rule("None", "else", into("Nowhere", { create: false })),
  ];
  for (const one of rules.toReversed()) await perform(addMailRule, anna, { id, rule: one });
  const before = await ran(false);
  const counts = {
    moved: 200,
    copied: 100,
    flagged: 200,
    trashed: 100,
    leftOut: 100,
    failures: 0,
    seen: 700,
    total: 700,
  };
  expect(before).toMatchObject({ ...counts, state: "done", apply: false, undoable: false, missing: ["Nowhere"] });
  expect(before.into).toEqual({ News: 100, Bills: 100, Copies: 100, Trash: 100 });
  expect(before.examples[0]).toMatchObject({ subject: "news", does: ["to News"] });
  expect(before.examples).toHaveLength(50);
  expect(await lies("INBOX")).toEqual([700]);

  expect(await ran(true)).toMatchObject({ ...counts, state: "done", undoable: true });
  const there = () => lies("INBOX", "News", "Bills", "Copies", "Trash", "Nowhere");
  expect(await there()).toEqual([400, 100, 100, 100, 100, undefined]);
  const bills = house.mailstore.folder(id, "Bills")?.id ?? 0;
  expect((await house.messages(bills)).every(({ system }) => (system & SEEN) !== 0)).toBe(true);
  const starred = async () => (await house.messages(inbox)).filter(({ system }) => (system & FLAGGED) !== 0).length;
  expect(await starred()).toBe(100);
  expect(house.store.client.query("SELECT count(*) AS n FROM queue_messages").get()).toEqual({ n: 0 });

  // Taken back in two goes, since it is stopped in the first step.
  const run = (await house.transport.folderRuns()).of(id);
  run?.undo();
  await run?.stop();
  expect(await settled()).toMatchObject({ state: "stopped", undoable: true });
  expect((await there())[0]).toBeLessThan(700);
  await perform(undoRuleRun, anna, { id });
  expect(await settled()).toMatchObject({ state: "undone", undoable: false });
  expect(await there()).toEqual([700, 0, 0, 0, 0, undefined]);
  expect(await starred()).toBe(0);
  await expect(perform(undoRuleRun, anna, { id })).rejects.toMatchObject({ kind: "inUse" });

  // One rule alone, also one that is switched off; and stopped at once.
  await perform(setMailRule, anna, { id, at: 0, rule: { ...rule("News", "news", into("News")), enabled: false } });
  expect(await ran(false)).toMatchObject({ moved: 100 });
  expect(await ran(false, 0)).toMatchObject({ moved: 100, called: "News", flagged: 0 });
  await perform(runRules, anna, { id, folder: "INBOX" });
  expect(await house.tried(() => perform(runRules, anna, { id, folder: "INBOX" }))).toBe("inUse");
  const stopped = await perform(stopRuleRun, anna, { id });
  expect(stopped.run?.state).toBe("stopped");
  expect(stopped.run?.seen).toBeLessThan(700);
});
