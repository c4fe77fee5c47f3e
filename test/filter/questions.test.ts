import { expect, test } from "bun:test";
import { isNotFound, type Lookups, Questions } from "../../src/filter/questions.ts";
import { DnsError } from "../../src/net/dns.ts";
import { TableDns } from "./table-dns.ts";

const silent: Lookups = {
  txt: () => new Promise(() => {}),
  mx: () => new Promise(() => {}),
  ptr: () => new Promise(() => {}),
  addressesOf: () => new Promise(() => {}),
};

test("nobody is waited for longer than the end of a message allows, whenever he was asked", async () => {
  const questions = new Questions(silent);
  const before = [questions.txt("a.test"), questions.mx("a.test"), questions.ptr("192.0.2.1")];
  questions.hurry(10);
  for (const answer of [...before, questions.addressesOf("a.test", "A")]) {
    const error = await answer.catch((why: unknown) => why);
    expect(error).toBeInstanceOf(DnsError);
    expect(isNotFound(error)).toBe(false);
  }
});

test("the time in which a message comes does not count", async () => {
  const { promise, resolve } = Promise.withResolvers<string[]>();
  const questions = new Questions({ ...silent, txt: () => promise });
  const answer = questions.txt("a.test");
  setTimeout(() => resolve(["late"]), 30);
  expect(await answer).toEqual(["late"]);
  questions.hurry(1_000);
  expect(await questions.txt("a.test")).toEqual(["late"]);
  questions.end();
});

test("what does not exist is told from what is not answered", async () => {
  const questions = new Questions(new TableDns({}));
  expect(isNotFound(await questions.txt("a.test").catch((why: unknown) => why))).toBe(true);
});
