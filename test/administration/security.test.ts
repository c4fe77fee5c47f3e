import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Actor } from "../../src/administration/actor.ts";
import {
  addPasskey,
  beginTotp,
  confirmTotp,
  removeFactors,
  removeTotp,
  renewRecoveryCodes,
  showFactors,
} from "../../src/administration/signing-in/factors.ts";
import {
  changePassword,
  reportPasswords,
  resetPassword,
  setPassword,
} from "../../src/administration/signing-in/passwords.ts";
import {
  addAppPassword,
  closeSession,
  closeSessions,
  listAppPasswords,
  listLogins,
  listSessions,
  revokeAppPassword,
} from "../../src/administration/signing-in/security.ts";
import { audit } from "../../src/administration/tables.ts";
import type { Service } from "../../src/auth/services.ts";
import { authSettings } from "../../src/auth/settings.ts";
import { totpCode } from "../totp.ts";
import { CONSOLE, House, PASSWORD } from "./house.ts";

const NEXT = "quiet orchard bell tower";
const MINUTE_MS = 60_000;

let house: House;
beforeEach(async () => {
  house = await House.build();
});
afterEach(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
});

const perform: House["administration"]["perform"] = (operation, actor, input) =>
  house.administration.perform(operation, actor, input);

/** Somebody at the pages, with a session that was just opened. */
const inside = async (login: string): Promise<Actor> => {
  const { id: user, passwordChangedAt } = house.user(login);
  const about = { user, passwordChangedAt, remembered: false, remote: "192.168.1.20", agent: "Firefox/140.0" };
  const session = house.auth.sessions.find(await house.auth.sessions.open(about))?.id;
  return { ...house.as(login), ...(session && { session }) };
};

const attempt = async (login: string, password: string, service: Service = "imap") => {
  const about = { service, remote: "192.0.2.9", secure: true, mechanism: "PLAIN" } as const;
  const outcome = await house.auth.authenticate({ ...about, credentials: { login, password } });
  return outcome.ok ? "ok" : outcome.reason;
};

const code = (base32: string) => totpCode(base32, Date.now() + house.later);

/** Sets up codes of an app through the operations. */
const enrol = async (actor: Actor, login: string) => {
  const { base32 } = await perform(beginTotp, actor, { login, host: "mail.home.example" });
  const { recoveryCodes } = await perform(confirmTotp, actor, { login, code: code(base32) });
  return { base32, recoveryCodes };
};

describe("app passwords", () => {
  test("are made, listed, used and revoked by their owner, and the audit log has no secret", async () => {
    const anna = await inside("anna");
    const wanted = { login: "anna", name: "Telephone", services: ["imap", "submission"] as const };
    const made = await perform(addAppPassword, anna, {
      ...wanted,
      services: [...wanted.services],
      expiresAt: "2099-12-31",
    });
    expect(made.shown).toMatch(/^([a-z]{4} ){6}[a-z]{4}$/);
    expect(made.appPassword).toMatchObject({ name: "Telephone", expired: false, lastUse: null });
    expect(await attempt("anna", made.shown)).toBe("ok");
    const { appPasswords } = await perform(listAppPasswords, anna, { login: "anna" });
    expect(appPasswords).toMatchObject([{ lastUse: { service: "imap", remote: "192.0.2.9" } }]);
    await perform(revokeAppPassword, anna, { login: "anna", id: made.appPassword.id });
    expect(await attempt("anna", made.shown)).toBe("credentials");
    expect(house.audit("app password").map(({ operation }) => operation)).toEqual([
      "appPassword.revoke",
      "appPassword.add",
    ]);
    const written = JSON.stringify(house.store.db.select().from(audit).all());
    expect(written).not.toContain(made.shown.slice(0, 4 * 5));
  });

  test("are made and revoked for users by those who look after them, and by nobody else", async () => {
    const input = { login: "anna", name: "x", services: ["imap" as const] };
    for (const [login, outcome] of [
      ["ben", "notPermitted"],
      ["dora", "done"],
      ["admin", "done"],
    ] as const) {
      const actor = await inside(login);
      const made = () => perform(addAppPassword, actor, { ...input, name: `By ${login}` });
      expect([login, await house.tried(made)]).toEqual([login, outcome]);
    }
    const token = house.withToken("anna", "self:read", "self:write");
    expect(await house.tried(() => perform(addAppPassword, token, input))).toBe("notPermitted");
    const [first] = (await perform(listAppPasswords, token, { login: "anna" })).appPasswords;
    const revoke = { login: "anna", id: first?.id ?? 0 };
    expect(await house.tried(async () => perform(revokeAppPassword, await inside("ben"), revoke))).toBe("notPermitted");
    expect(await house.tried(() => perform(revokeAppPassword, CONSOLE, revoke))).toBe("done");
  });

  test("of a browser left open are not made without showing again who one is", async () => {
    const anna = await inside("anna");
    house.later = 20 * MINUTE_MS;
    const input = { login: "anna", name: "x", services: ["imap" as const] };
    expect(await house.tried(() => perform(addAppPassword, anna, input))).toBe("notPermitted");
    expect((await perform(showFactors, anna, { login: "anna" })).proven).toBe(false);
  });
});

describe("sessions", () => {
  test("are listed and closed by their owner, and by those who look after him", async () => {
    const [mine, other] = [await inside("anna"), await inside("anna")];
    const { sessions } = await perform(listSessions, mine, { login: "anna" });
    expect(sessions.map(({ current }) => current).sort()).toEqual([false, true]);
    const id = sessions.find(({ current }) => !current)?.id ?? "";
    const ben = await inside("ben");
    expect(await house.tried(() => perform(listSessions, ben, { login: "anna" }))).toBe("notPermitted");
    expect(await house.tried(() => perform(closeSession, ben, { login: "anna", id }))).toBe("notPermitted");
    expect(await house.tried(() => perform(closeSession, ben, { login: "ben", id }))).toBe("notFound");
    await perform(closeSession, mine, { login: "anna", id });
    expect(house.auth.sessions.provenAt(other.session ?? new Uint8Array())).toBeUndefined();
    await inside("anna");
    expect(await perform(closeSessions, mine, { login: "anna" })).toEqual({ closed: 1 });
    expect(await perform(closeSessions, CONSOLE, { login: "anna" })).toEqual({ closed: 1 });
  });
});

describe("second factors", () => {
  test("are set up and taken away by their owner, with a fresh proof", async () => {
    const anna = await inside("anna");
    const { recoveryCodes } = await enrol(anna, "anna");
    expect(recoveryCodes).toHaveLength(10);
    expect(await perform(showFactors, anna, { login: "anna" })).toMatchObject({
      on: true,
      recoveryCodes: 10,
      proven: true,
    });
    expect(await attempt("anna", PASSWORD)).toBe("factor");
    house.later = 20 * MINUTE_MS;
    expect(await house.tried(() => perform(removeTotp, anna, { login: "anna" }))).toBe("notPermitted");
    expect(await house.tried(() => perform(renewRecoveryCodes, anna, { login: "anna" }))).toBe("notPermitted");
    const again = await inside("anna");
    expect((await perform(renewRecoveryCodes, again, { login: "anna" })).recoveryCodes).toHaveLength(10);
    await perform(removeTotp, again, { login: "anna" });
    expect(await attempt("anna", PASSWORD)).toBe("ok");
  });

  test("of others cannot be set up, only taken away, by those who look after them", async () => {
    await enrol(await inside("anna"), "anna");
    const begin = { login: "anna", host: "mail.home.example" };
    for (const login of ["admin", "dora", "ben"]) {
      const actor = await inside(login);
      expect(await house.tried(() => perform(beginTotp, actor, begin))).toBe("notPermitted");
    }
    expect(await house.tried(() => perform(beginTotp, CONSOLE, begin))).toBe("notPermitted");
    expect(await house.tried(async () => perform(removeFactors, await inside("ben"), { login: "anna" }))).toBe(
      "notPermitted",
    );
    await perform(removeFactors, await inside("dora"), { login: "anna" });
    expect(house.auth.factors.any(house.user("anna").id)).toBe(false);
    expect(house.audit("second factors of anna")[0]).toMatchObject({ actor: "dora", before: { codes: "an app" } });
  });

  test("of the administrator are not taken away by one of a domain, nor by a program", async () => {
    await enrol(await inside("admin"), "admin");
    expect(await house.tried(async () => perform(removeFactors, await inside("dora"), { login: "admin" }))).toBe(
      "notPermitted",
    );
    const token = house.withToken("admin", "users:write");
    expect(await house.tried(() => perform(removeFactors, token, { login: "admin" }))).toBe("notPermitted");
    expect(await house.tried(() => perform(setPassword, token, { login: "admin", password: NEXT }))).toBe(
      "notPermitted",
    );
    expect(await house.tried(() => perform(resetPassword, token, { login: "admin" }))).toBe("notPermitted");
    expect(await house.tried(() => perform(resetPassword, token, { login: "anna" }))).toBe("done");
  });

  test("that no authenticator made are refused", async () => {
    const anna = await inside("anna");
    const about = {
      login: "anna",
      host: "mail.home.example",
      origin: "https://mail.home.example",
      binding: "x",
      name: "y",
    };
    for (const credential of [undefined, {}, "text", { id: "x", response: {} }, []]) {
      expect(await house.tried(() => perform(addPasskey, anna, { ...about, credential }))).toBe("invalid");
    }
  });
});

describe("passwords", () => {
  test("are set by those who look after a user, whose sessions end", async () => {
    const anna = await inside("anna");
    await perform(setPassword, await inside("dora"), { login: "anna", password: NEXT, mustChange: true });
    expect(await attempt("anna", NEXT)).toBe("expired");
    expect(house.auth.sessions.provenAt(anna.session ?? new Uint8Array())).toBeUndefined();
    expect(house.user("anna").passwordChosen).toBe(false);
    const ben = await inside("ben");
    expect(await house.tried(() => perform(setPassword, ben, { login: "anna", password: NEXT }))).toBe("notPermitted");
    expect(JSON.stringify(house.store.db.select().from(audit).all())).not.toContain(NEXT);
  });

  test("are changed by their owner with the old one, which keeps the session that asks", async () => {
    const [mine, other] = [await inside("anna"), await inside("anna")];
    expect(await house.tried(() => perform(changePassword, mine, { old: "wrong wrong", password: NEXT }))).toBe(
      "credentials",
    );
    const { score } = await perform(changePassword, mine, { old: PASSWORD, password: NEXT });
    expect(score).toBe(4);
    expect(house.auth.sessions.provenAt(mine.session ?? new Uint8Array())).toBeDefined();
    expect(house.auth.sessions.provenAt(other.session ?? new Uint8Array())).toBeUndefined();
    expect(house.user("anna").passwordChosen).toBe(true);
    await house.directory.domains.update("home.example", { passwordChange: false });
    const ben = await inside("ben");
    expect(await house.tried(() => perform(changePassword, ben, { old: PASSWORD, password: NEXT }))).toBe(
      "notPermitted",
    );
  });

  test("are given up for a link", async () => {
    const { path, expiresAt } = await perform(resetPassword, await inside("dora"), { login: "anna" });
    expect(Date.parse(expiresAt)).toBeGreaterThan(Date.now() + 23 * 60 * MINUTE_MS);
    const token = path.replace("/reset/", "");
    expect(JSON.stringify(house.store.db.select().from(audit).all())).not.toContain(token);
    expect((await house.auth.resets.redeem(token, NEXT))?.login).toBe("anna");
  });

  test("are reported: weak ones, never changed ones, those without a second factor", async () => {
    await house.store.settings.set(authSettings, { minimumScore: 0, minimumLength: 4 });
    await perform(setPassword, CONSOLE, { login: "ben", password: "1234" });
    await house.store.settings.set(authSettings, { minimumScore: 2, minimumLength: 8 });
    const anna = await inside("anna");
    await perform(changePassword, anna, { old: PASSWORD, password: NEXT });
    await enrol(anna, "anna");
    await perform(addAppPassword, anna, { login: "anna", name: "x", services: ["imap"] });
    const admin = await inside("admin");
    const logins = async (
      input: Parameters<typeof perform<typeof reportPasswords.input, typeof reportPasswords.output>>[2],
    ) => (await perform(reportPasswords, admin, input)).users.map(({ login }) => login);
    expect(await logins({ weak: true })).toEqual(["ben"]);
    expect(await logins({ neverChanged: true })).toEqual(["ben", "admin", "dora", "zoe"]);
    expect(await logins({ noFactor: true })).not.toContain("anna");
    const { users } = await perform(reportPasswords, admin, {});
    expect(users.find(({ login }) => login === "anna")).toMatchObject({
      ...{ score: 4, weak: false, neverChanged: false, secondFactor: true, appPasswords: 1 },
    });
    const seen = (await perform(reportPasswords, await inside("dora"), {})).users.map(({ login }) => login);
    expect(seen.sort()).toEqual(["anna", "ben"]);
    expect(await house.tried(() => perform(reportPasswords, anna, {}))).toBe("notPermitted");
  });
});

describe("recent logins", () => {
  test("show logins and refusals of a user, to him and to those who look after him", async () => {
    await attempt("anna", PASSWORD);
    await attempt("anna@home.example", "wrong wrong", "pop3");
    await attempt("ben", PASSWORD);
    const { logins } = await perform(listLogins, await inside("anna"), { login: "anna" });
    expect(logins).toMatchObject([
      { accepted: false, service: "pop3", remote: "192.0.2.9" },
      { accepted: true, service: "imap" },
    ]);
    expect((await perform(listLogins, CONSOLE, { login: "anna", before: logins[0]?.id ?? 0 })).logins).toHaveLength(1);
    expect(await house.tried(async () => perform(listLogins, await inside("ben"), { login: "anna" }))).toBe(
      "notPermitted",
    );
    const explained = house.store.client.prepare(
      "EXPLAIN QUERY PLAN SELECT * FROM events WHERE room = ? AND user = ? ORDER BY id DESC LIMIT 50",
    );
    const plan = explained.all("auth", "anna");
    explained.finalize();
    expect(JSON.stringify(plan)).toContain("events_user");
    expect(JSON.stringify(plan)).not.toContain("TEMP B-TREE");
  });
});
