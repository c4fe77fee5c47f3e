import { afterEach, beforeEach, describe, expect, spyOn, test } from "bun:test";
import { appPasswordKeys, lettersOf, newAppPassword } from "../../src/auth/app-password.ts";
import type { NewAppPassword } from "../../src/auth/app-passwords.ts";
import type { Login, Outcome } from "../../src/auth/auth.ts";
import type { Service } from "../../src/auth/services.ts";
import { authSettings } from "../../src/auth/settings.ts";
import { appPasswords } from "../../src/auth/tables.ts";
import { Refusal } from "../../src/refusal.ts";
import { ScramClient } from "../scram.ts";
import { processorMs } from "../timing.ts";
import { externalUsers, openAuth, PASSWORD } from "./open.ts";

const HOUR_MS = 3_600_000;

let opened: Awaited<ReturnType<typeof openAuth>>;
beforeEach(async () => {
  opened = await openAuth();
});
afterEach(() => opened.close());

const make = async (wanted: Partial<NewAppPassword> = {}, login = "anna") =>
  await opened.auth.appPasswords.create(login, { name: "Telephone", services: ["imap", "submission"], ...wanted });

const attempt = (
  password: string,
  options: { login?: string; service?: Service; remote?: string } = {},
): Promise<Outcome> =>
  opened.auth.authenticate({
    service: options.service ?? "imap",
    remote: options.remote ?? "192.0.2.1",
    secure: true,
    mechanism: "PLAIN",
    credentials: { login: options.login ?? "anna", password },
  });

const word = async (outcome: Promise<Outcome> | Outcome): Promise<string> => {
  const said = await outcome;
  return said.ok ? "ok" : said.reason;
};

const scram = async (password: string, service: Service = "imap", login = "anna"): Promise<Outcome> => {
  const client = new ScramClient(login, password);
  const exchange = opened.auth.saslServer("SCRAM-SHA-256", { service, remote: "192.0.2.1", secure: true });
  const first = await exchange.step(Buffer.from(client.first));
  if (!("challenge" in first)) return first.done;
  const second = await exchange.step(Buffer.from(client.final(Buffer.from(first.challenge).toString())));
  if (!("challenge" in second)) return second.done;
  expect(Buffer.from(second.challenge).toString()).toBe(client.expected);
  const last = await exchange.step(new Uint8Array(0));
  if (!("done" in last)) throw new Error("the exchange does not end");
  return last.done;
};

const kindOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return "";
  } catch (thrown) {
    if (thrown instanceof Refusal) return thrown.kind;
    throw thrown;
  }
};

const loginOf = (outcome: Outcome): Login => {
  if (!outcome.ok) throw new Error(outcome.sentence);
  return outcome.login;
};

describe("the text of an app password", () => {
  test("is 28 letters in groups of four, another one each time, and is known with and without spaces and capitals", () => {
    const shown = newAppPassword();
    expect(shown).toMatch(/^([a-z]{4} ){6}[a-z]{4}$/);
    expect(newAppPassword()).not.toBe(shown);
    const letters = shown.replaceAll(" ", "");
    for (const typed of [shown, letters, shown.toUpperCase(), ` ${letters} `, shown.replaceAll(" ", "\u00a0")]) {
      expect(lettersOf(typed)).toBe(letters);
    }
    for (const other of ["", letters.slice(1), `${letters}a`, letters.replace(/^./, "1"), "x ".repeat(10_000)]) {
      expect(lettersOf(other)).toBeUndefined();
    }
  });

  test("is nowhere in the file, and its keys are SCRAM's", async () => {
    const { shown } = await make();
    const rows = JSON.stringify(opened.store.db.select().from(appPasswords).all());
    expect(rows).not.toContain(shown.replaceAll(" ", ""));
    const keys = await appPasswordKeys(shown, { salt: "W22ZaJ0SNY7soEsUEjb6gQ==", iterations: 4096 });
    expect(keys.keys).toHaveLength(2);
    expect(keys.keys[0]).not.toEqual(keys.keys[1]);
  });
});

describe("an app password", () => {
  test("opens the services it is for, with PLAIN and with SCRAM, and says which one it was", async () => {
    const { shown, created } = await make();
    for (const typed of [shown, shown.replaceAll(" ", ""), shown.toUpperCase()]) {
      const login = loginOf(await attempt(typed));
      expect(login.credential).toEqual({ kind: "appPassword", id: created.id, name: "Telephone" });
      expect(login.mailboxOnly).toBe(false);
    }
    for (const typed of [shown, shown.replaceAll(" ", "")]) {
      expect(loginOf(await scram(typed)).credential).toMatchObject({ kind: "appPassword", id: created.id });
    }
    expect(await word(attempt(shown, { service: "submission" }))).toBe("ok");
    expect(loginOf(await attempt(PASSWORD)).credential.kind).toBe("password");
    expect(loginOf(await scram(PASSWORD)).credential.kind).toBe("password");
  });

  test("is found by SCRAM among several, each with its own signature", async () => {
    const all = [await make({ name: "a" }), await make({ name: "b" }), await make({ name: "c" })];
    for (const { shown, created } of all) {
      expect(loginOf(await scram(shown)).credential).toMatchObject({ name: created.name });
    }
    expect(await word(scram(newAppPassword()))).toBe("credentials");
  });

  test("opens nothing it is not for: other services, the pages, other accounts", async () => {
    const { shown } = await make();
    expect(await attempt(shown, { service: "pop3" })).toMatchObject({
      reason: "permission",
      sentence: 'The app password "Telephone" is not for POP3.',
    });
    expect(await word(scram(shown, "pop3"))).toBe("permission");
    expect(await word(attempt(shown, { service: "web" }))).toBe("permission");
    expect(await word(attempt(shown, { login: "admin" }))).toBe("credentials");
    expect(await kindOf(make({ services: ["web" as "imap"] }))).toBe("invalid");
  });

  test("opens nothing that the account may not use", async () => {
    const { shown } = await make({ services: ["ftp", "imap"] });
    expect(await word(attempt(shown, { service: "ftp" }))).toBe("permission");
    await opened.directory.users.update("anna", { enabled: false });
    expect(await word(attempt(shown))).toBe("disabled");
    await opened.directory.users.update("anna", { enabled: true, expiresAt: opened.clock.now - 1 });
    expect(await word(attempt(shown))).toBe("expired");
  });

  test("ends at its time, with a word of its own", async () => {
    const { shown } = await make({ expiresAt: opened.clock.now + HOUR_MS });
    const login = loginOf(await attempt(shown));
    opened.clock.now += HOUR_MS;
    expect(await attempt(shown)).toMatchObject({ reason: "expired" });
    expect(await word(scram(shown))).toBe("expired");
    expect(opened.auth.renewed(login)).toBeUndefined();
    expect(await kindOf(make({ expiresAt: opened.clock.now - 1 }))).toBe("invalid");
  });

  test("is good from its networks alone", async () => {
    const { shown } = await make({ networks: ["192.0.2.0/24", "2001:db8::/32"] });
    for (const remote of ["192.0.2.77", "2001:db8::1"]) expect(await word(attempt(shown, { remote }))).toBe("ok");
    for (const remote of ["198.51.100.1", "2001:db9::1"]) {
      expect(await word(attempt(shown, { remote }))).toBe("permission");
    }
    expect(await kindOf(make({ networks: ["everywhere"] }))).toBe("invalid");
  });

  test("that is revoked is refused at once in every service, and what it opened ends; the others stay", async () => {
    const { shown, created } = await make();
    const other = await make({ name: "Desk" });
    const [login, stays] = [loginOf(await attempt(shown)), loginOf(await attempt(other.shown))];
    expect(opened.auth.renewed(login)?.login).toBe("anna");
    await opened.auth.appPasswords.revoke(created.user, created.id);
    for (const service of ["imap", "submission", "pop3"] as const) {
      expect(await word(attempt(shown, { service }))).toBe("credentials");
    }
    expect(await word(scram(shown))).toBe("credentials");
    expect(opened.auth.renewed(login)).toBeUndefined();
    expect(opened.auth.renewed(stays)?.login).toBe("anna");
    expect(await kindOf(opened.auth.appPasswords.revoke(created.user, created.id))).toBe("notFound");
  });

  test("of somebody else cannot be revoked by its number", async () => {
    const { created } = await make();
    const admin = opened.directory.users.require("admin");
    expect(await kindOf(opened.auth.appPasswords.revoke(admin.id, created.id))).toBe("notFound");
  });

  test("outlives a change of the password, in both mechanisms", async () => {
    const { shown } = await make();
    const login = loginOf(await attempt(shown));
    await opened.auth.setPassword("anna", "quiet-orchard-bell");
    expect(await word(attempt(shown))).toBe("ok");
    expect(await word(scram(shown))).toBe("ok");
    expect(await word(scram("quiet-orchard-bell"))).toBe("ok");
    expect(await word(scram(PASSWORD))).toBe("credentials");
    expect(opened.auth.renewed(login)?.login).toBe("anna");
  });

  test("goes with its user", async () => {
    await make();
    await opened.directory.users.remove("anna");
    expect(opened.store.db.select().from(appPasswords).all()).toEqual([]);
  });

  test("is one of so many at most", async () => {
    await opened.store.settings.set(authSettings, { mostAppPasswords: 2 });
    await make();
    await make({ name: "Desk" });
    expect(await kindOf(make({ name: "Car" }))).toBe("tooMany");
  });

  test("has a name that no other has: a form that is sent twice makes one", async () => {
    await make();
    expect(await kindOf(make())).toBe("exists");
  });

  test("shows when, where and from where it was used last, also after a restart", async () => {
    const { shown, created } = await make();
    expect(opened.auth.appPasswords.list(created.user)).toMatchObject([{ name: "Telephone", lastUse: null }]);
    await attempt(shown, { service: "submission", remote: "192.0.2.9" });
    const lastUse = { at: opened.clock.now, service: "submission", remote: "192.0.2.9" };
    expect(opened.auth.appPasswords.list(created.user)).toMatchObject([{ lastUse }]);
    opened.auth.appPasswords.close();
    expect(opened.store.db.select().from(appPasswords).get()).toMatchObject({ lastUsedAt: lastUse.at });
  });

  test("works for a user of an external database, also while that is away", async () => {
    opened.close();
    opened = await openAuth({ external: externalUsers("away") });
    await opened.directory.users.update("anna", { external: { directory: "office", id: "" } });
    const { shown } = await make();
    expect(await word(attempt(PASSWORD))).toBe("temporary");
    expect(await word(attempt(shown))).toBe("ok");
    expect(await word(scram(shown))).toBe("ok");
    expect(await word(scram(PASSWORD))).toBe("credentials");
  });
});

describe("what app passwords cost", () => {
  test("300 connections with one cost no Argon2, and a wrong one a single one at a time", async () => {
    const { shown } = await make();
    const spy = spyOn(Bun.password, "verify");
    const all = await Promise.all(Array.from({ length: 300 }, () => word(attempt(shown))));
    expect([new Set(all), spy.mock.calls.length]).toEqual([new Set(["ok"]), 0]);
    await Promise.all(Array.from({ length: 300 }, () => attempt("abcd ".repeat(7))));
    expect(spy.mock.calls.length).toBe(1);
    spy.mockRestore();
  });

  test("a login from memory takes microseconds, with the password and with an app password", async () => {
    const { shown } = await make();
    for (const password of [PASSWORD, shown]) {
      await attempt(password);
      const rounds = 5_000;
      const began = processorMs();
      for (let i = 0; i < rounds; i++) await attempt(password);
      // Measured without company it is a tenth of that.
      expect(((processorMs() - began) * 1000) / rounds).toBeLessThan(100);
    }
  });

  test("an unknown name is offered as many keys as a known one", async () => {
    await make();
    const times: Record<string, number> = {};
    for (const login of ["anna", "admin", "nobody"]) {
      const rounds = 60;
      const began = processorMs();
      for (let i = 0; i < rounds; i++) {
        opened.clock.now += HOUR_MS;
        const client = new ScramClient(login, "x");
        const exchange = opened.auth.saslServer("SCRAM-SHA-256", {
          service: "imap",
          remote: "192.0.2.1",
          secure: true,
        });
        const first = await exchange.step(Buffer.from(client.first));
        if (!("challenge" in first)) continue;
        const nonce = /r=([^,]+)/.exec(Buffer.from(first.challenge).toString())?.[1];
        await exchange.step(Buffer.from(`c=biws,r=${nonce},p=${Buffer.alloc(32).toString("base64")}`));
      }
      times[login] = processorMs() - began;
    }
    const all = Object.values(times);
    expect(Math.max(...all) / Math.min(...all)).toBeLessThan(3);
  });
});
