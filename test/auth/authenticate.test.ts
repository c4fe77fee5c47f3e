import { afterEach, beforeEach, describe, expect, spyOn, test } from "bun:test";
import type { AuthRequest, Outcome } from "../../src/auth/auth.ts";
import { SERVICES, type Service } from "../../src/auth/services.ts";
import { authSettings, lockoutSettings } from "../../src/auth/settings.ts";
import type { Permission } from "../../src/directory/permissions.ts";
import { refusalKind } from "../directory/open.ts";
import { processorMs } from "../timing.ts";
import { externalUsers, openAuth, PASSWORD } from "./open.ts";

let opened: Awaited<ReturnType<typeof openAuth>>;

beforeEach(async () => {
  opened = await openAuth();
});
afterEach(() => opened.close());

function attempt(login: string, password: string, more: Partial<AuthRequest> = {}): Promise<Outcome> {
  return opened.auth.authenticate({
    service: "imap",
    remote: "192.0.2.1",
    secure: true,
    mechanism: "PLAIN",
    credentials: { login, password },
    ...more,
  });
}

/** "ok" or the reason. */
async function word(outcome: Promise<Outcome>): Promise<string> {
  const done = await outcome;
  return done.ok ? "ok" : done.reason;
}

describe("the credentials", () => {
  test("are a login name or any address of the user, with the password", async () => {
    const { directory } = opened;
    const anna = directory.users.require("anna");
    await directory.aliases.add("info@example.test", anna.primaryMailbox);
    await directory.aliases.add("team@example.test", anna.primaryMailbox);
    await directory.aliases.add("team@example.test", directory.users.require("admin").primaryMailbox);
    for (const login of ["anna", "ANNA", "anna@example.test", "Info@EXAMPLE.test"]) {
      const outcome = await attempt(login, PASSWORD);
      expect([login, outcome.ok && outcome.login.user.login]).toEqual([login, "anna"]);
      expect(outcome.ok && outcome.login.mailbox).toBe(anna.primaryMailbox);
    }
    for (const login of [
      "team@example.test",
      "anna+x@example.test",
      "postmaster@example.test",
      "guest",
      "",
      "x".repeat(10_000),
    ]) {
      expect([login.slice(0, 30), await word(attempt(login, PASSWORD))]).toEqual([login.slice(0, 30), "credentials"]);
    }
  });

  test("wrong ones get the same words whether the user exists or not", async () => {
    expect(await attempt("anna", "wrong")).toEqual(await attempt("nobody", "wrong"));
    expect(await word(attempt("anna", ""))).toBe("credentials");
    expect(await word(attempt("anna", "x".repeat(2_000_000)))).toBe("credentials");
  });

  test("an unknown user costs one Argon2 of the same parameters, like a known one", async () => {
    const verify = spyOn(Bun.password, "verify");
    await attempt("anna", "wrong");
    await attempt("nobody", "wrong");
    await opened.directory.users.create({ login: "empty" });
    await attempt("empty", "wrong");
    const shapes = verify.mock.calls.map(([, hash]) => String(hash).replaceAll(/[A-Za-z0-9+/]{43}/g, "*"));
    verify.mockRestore();
    expect(shapes).toEqual(Array(3).fill("$argon2id$v=19$m=8192,t=1,p=1$*$*"));
  });

  test("what is said about an account comes only after the right password", async () => {
    const { users } = opened.directory;
    await users.update("anna", { enabled: false });
    expect([await word(attempt("anna", "wrong")), await word(attempt("anna", PASSWORD))]).toEqual([
      "credentials",
      "disabled",
    ]);
    await users.update("anna", { enabled: true, expiresAt: opened.clock.now });
    expect([await word(attempt("anna", "wrong")), await word(attempt("anna", PASSWORD))]).toEqual([
      "credentials",
      "expired",
    ]);
    await users.update("anna", { expiresAt: opened.clock.now + 1 });
    expect(await word(attempt("anna", PASSWORD))).toBe("ok");
  });

  test("an account that nobody used for the days set has expired; a login keeps it alive", async () => {
    const { users } = opened.directory;
    await users.update("anna", { expiresAfterIdleDays: 10 });
    opened.clock.now += 9 * 86_400_000;
    expect(await word(attempt("anna", PASSWORD))).toBe("ok");
    opened.clock.now += 9 * 86_400_000;
    expect(await word(attempt("anna", PASSWORD))).toBe("ok");
    opened.clock.now += 11 * 86_400_000;
    expect(await word(attempt("anna", PASSWORD))).toBe("expired");
  });
});

describe("a password over an open connection", () => {
  test("is taken from loopback alone, unless set otherwise", async () => {
    const { store, auth } = opened;
    const open = (remote: string) => word(attempt("anna", PASSWORD, { secure: false, remote }));
    expect([await open("192.0.2.1"), await open("127.0.0.1"), await open("::1")]).toEqual(["plaintext", "ok", "ok"]);
    await store.settings.set(authSettings, { plaintextWithoutTls: "any" });
    expect(await open("192.0.2.1")).toBe("ok");
    expect(auth.lockout.list()).toEqual([]);
  });

  test("is offered where it is taken", async () => {
    const { auth } = opened;
    const offered = (secure: boolean, remote: string, channelBinding = false) =>
      auth.mechanisms({ secure, remote, channelBinding }).join(" ");
    expect(offered(true, "192.0.2.1")).toBe("SCRAM-SHA-256 PLAIN LOGIN");
    expect(offered(true, "192.0.2.1", true)).toBe("SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN LOGIN");
    expect(offered(false, "192.0.2.1")).toBe("SCRAM-SHA-256");
    expect(offered(false, "127.0.0.1")).toBe("SCRAM-SHA-256 PLAIN LOGIN");
  });

  test("is taken from the LAN where that is set", async () => {
    opened.close();
    opened = await openAuth({ isLan: (address) => address.startsWith("192.168.") });
    await opened.store.settings.set(authSettings, { plaintextWithoutTls: "lan" });
    expect(await word(attempt("anna", PASSWORD, { secure: false, remote: "192.168.1.5" }))).toBe("ok");
    expect(await word(attempt("anna", PASSWORD, { secure: false, remote: "192.0.2.1" }))).toBe("plaintext");
  });
});

describe("a service", () => {
  test("asks for its permission, each of them on and off", async () => {
    const needs: Partial<Record<Service, Permission>> = {
      ftp: "ftp.login",
      ftpproxy: "ftp.proxy",
      proxy: "http.proxy",
      socks: "http.proxy",
    };
    const { users } = opened.directory;
    for (const service of Object.keys(SERVICES) as Service[]) {
      await users.update("anna", { permissions: [] });
      const off = await word(attempt("anna", PASSWORD, { service }));
      const need = needs[service];
      await users.update("anna", { permissions: need === undefined ? [] : [need] });
      const on = await word(attempt("anna", PASSWORD, { service }));
      expect([service, off, on]).toEqual([service, need === undefined ? "ok" : "permission", "ok"]);
    }
  });

  test("webmail is for users who have it, and for administrators", async () => {
    const { users } = opened.directory;
    await users.update("anna", { webmail: false });
    await users.update("admin", { webmail: false });
    expect(await word(attempt("anna", PASSWORD, { service: "web" }))).toBe("permission");
    expect(await word(attempt("admin", PASSWORD, { service: "web" }))).toBe("ok");
    expect(await word(attempt("anna", PASSWORD, { service: "imap" }))).toBe("ok");
  });

  test("of mail takes a mailbox's own name and password, which open nothing else", async () => {
    const { directory, auth } = opened;
    const anna = directory.users.require("anna");
    const box = await directory.mailboxes.create({ ownerId: anna.id, login: "front-desk" });
    expect(await word(attempt("front-desk", PASSWORD))).toBe("credentials");
    await auth.setMailboxPassword(box.id, "quiet-orchard-bell");
    const outcome = await attempt("Front-Desk", "quiet-orchard-bell");
    expect(outcome).toMatchObject({ ok: true, login: { mailbox: box.id, mailboxOnly: true } });
    expect(await word(attempt("front-desk", "quiet-orchard-bell", { service: "web" }))).toBe("permission");
    expect(await word(attempt("anna", "quiet-orchard-bell"))).toBe("credentials");
    await auth.setMailboxPassword(box.id, null);
    expect(await word(attempt("front-desk", "quiet-orchard-bell"))).toBe("credentials");
  });
});

describe("a correct password", () => {
  test("costs one Argon2 for 300 logins, at once or in turn", async () => {
    const verify = spyOn(Bun.password, "verify");
    const all = await Promise.all(
      Array.from({ length: 300 }, () => word(attempt("anna", PASSWORD, { service: "imap" }))),
    );
    for (let i = 0; i < 300; i++) all.push(await word(attempt("anna", PASSWORD)));
    const calls = verify.mock.calls.length;
    verify.mockRestore();
    expect(new Set(all)).toEqual(new Set(["ok"]));
    expect(calls).toBe(1);
  });

  test("is remembered in under 20 microseconds a login", async () => {
    await attempt("anna", PASSWORD);
    const rounds = 5_000;
    for (let i = 0; i < rounds; i++) await attempt("anna", PASSWORD);
    const before = processorMs();
    for (let i = 0; i < rounds; i++) await attempt("anna", PASSWORD);
    expect(((processorMs() - before) / rounds) * 1000).toBeLessThan(60); // 20 on a quiet machine
  });

  test("is forgotten after a while, and at once when it is changed or the account goes", async () => {
    const verify = spyOn(Bun.password, "verify");
    await attempt("anna", PASSWORD);
    opened.clock.now += 301_000;
    await attempt("anna", PASSWORD);
    expect(verify.mock.calls.length).toBe(2);
    verify.mockRestore();
    await opened.auth.setPassword("anna", "quiet-orchard-bell");
    expect(await word(attempt("anna", PASSWORD))).toBe("credentials");
    expect(await word(attempt("anna", "quiet-orchard-bell"))).toBe("ok");
    await opened.directory.users.remove("anna");
    expect(await word(attempt("anna", "quiet-orchard-bell"))).toBe("credentials");
  });

  test("is hashed anew once the parameters have changed", async () => {
    const { store, directory } = opened;
    const id = directory.users.require("anna").id;
    const before = directory.users.credentials(id)?.passwordHash;
    await store.settings.set(authSettings, { argonPasses: 2 });
    const changed = new Promise<void>((resolve) => {
      const watch = setInterval(() => {
        if (directory.users.credentials(id)?.passwordHash === before) return;
        clearInterval(watch);
        resolve();
      }, 1);
    });
    expect(await word(attempt("anna", PASSWORD))).toBe("ok");
    await changed;
    expect(directory.users.credentials(id)?.passwordHash).toContain("t=2");
    opened.clock.now += 301_000;
    expect(await word(attempt("anna", PASSWORD))).toBe("ok");
  });

  test("is noted as the last login", async () => {
    await attempt("anna", PASSWORD, { remote: "192.0.2.77" });
    expect(opened.directory.users.require("anna").lastLogin).toEqual({
      at: opened.clock.now,
      service: "imap",
      remote: "192.0.2.77",
    });
  });
});

describe("wrong passwords", () => {
  test("are answered later and later, then not at all for a time", async () => {
    for (let i = 0; i < 10; i++) expect(await word(attempt("anna", `wrong ${i}`))).toBe("credentials");
    expect(opened.clock.slept).toEqual([500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
    const barred = await attempt("anna", PASSWORD);
    expect(barred).toMatchObject({ ok: false, reason: "barred", retryAfter: 600 });
    expect(await word(attempt("anna", PASSWORD, { remote: "192.0.2.2" }))).toBe("ok");
    opened.clock.now += 600_000;
    expect(await word(attempt("anna", PASSWORD))).toBe("ok");
  });

  test("one wrong password again and again hardly counts: a telephone that was not told the new one", async () => {
    for (let i = 0; i < 20; i++) expect(await word(attempt("anna", "old password"))).toBe("credentials");
    expect(await word(attempt("anna", PASSWORD))).toBe("ok");
  });

  test("guessed from many addresses bar the account for strangers and not for its owner", async () => {
    await opened.store.settings.set(lockoutSettings, { barAccountAfter: 5 });
    await attempt("anna", PASSWORD, { remote: "203.0.113.1" });
    for (const login of ["anna", "nobody"]) {
      for (let i = 0; i < 5; i++) await attempt(`${login}@example.test`, `guess ${i}`, { remote: `198.51.100.${i}` });
      expect([login, await word(attempt(login, PASSWORD, { remote: "203.0.113.2" }))]).toEqual([login, "barred"]);
    }
    expect(await word(attempt("anna", PASSWORD, { remote: "203.0.113.1" }))).toBe("ok");
  });

  test("in a flood keep few hashes at work, and put off the rest", async () => {
    await opened.store.settings.set(authSettings, { concurrentHashes: 2, waitingHashes: 3 });
    const verify = Bun.password.verify.bind(Bun.password);
    let running = 0;
    let most = 0;
    const spy = spyOn(Bun.password, "verify").mockImplementation(async (...parameters) => {
      most = Math.max(most, ++running);
      const result = await verify(...parameters);
      running--;
      return result;
    });
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, i) => word(attempt(`user${i}`, "x", { remote: `10.0.0.${i}` }))),
    );
    spy.mockRestore();
    expect(most).toBe(2);
    expect(all.filter((reason) => reason === "credentials").length).toBe(5);
    expect(all.filter((reason) => reason === "temporary").length).toBe(15);
  });

  test("of one address sent at the same time cannot outrun the bar", async () => {
    await opened.store.settings.set(authSettings, { concurrentHashes: 1 });
    const spy = spyOn(Bun.password, "verify");
    await Promise.all(Array.from({ length: 60 }, (_, i) => attempt("anna", `guess ${i}`)));
    const tried = spy.mock.calls.length;
    spy.mockRestore();
    expect(tried).toBeLessThan(13);
  });

  test("are in the log with user, address and service, without the password", async () => {
    await attempt("anna", "wrong secret", { session: "s1" });
    const [event] = opened.store.events.recent({ room: "auth", session: "s1" });
    expect(event).toMatchObject({ name: "login.refused", user: "anna", remote: "192.0.2.1" });
    expect(JSON.stringify(event)).not.toContain("secret");
  });
});

describe("setting a password", () => {
  test("wants it long, hard to guess and typable", async () => {
    const { auth } = opened;
    for (const weak of ["", "short", "password1", "anna1234", "anna@example.test", "a\u0007winter-harbour-lamp"]) {
      expect([weak, await refusalKind(auth.setPassword("anna", weak))]).toEqual([weak, "invalid"]);
    }
    expect(await refusalKind(auth.setPassword("anna", "x".repeat(1025)))).toBe("invalid");
    expect(await refusalKind(auth.setPassword("nobody", PASSWORD))).toBe("notFound");
    expect(await refusalKind(auth.setPassword("guest", PASSWORD))).toBe("notPermitted");
    expect(await word(attempt("anna", PASSWORD))).toBe("ok");
  });

  test("notes its strength and time, and whether it must be changed", async () => {
    await opened.auth.setPassword("anna", "quiet-orchard-bell", { mustChange: true });
    const user = opened.directory.users.require("anna");
    expect(user).toMatchObject({ passwordScore: 4, mustChangePassword: true, hasPassword: true });
    expect(user.passwordChangedAt).toBeGreaterThan(user.createdAt - 1);
    expect(JSON.stringify(user)).not.toContain("argon2");
  });

  test("in another Unicode form it is the same password", async () => {
    await opened.auth.setPassword("anna", "caf\u00e9-orchard-bell");
    expect(await word(attempt("anna", "cafe\u0301-orchard-bell"))).toBe("ok");
  });
});

describe("an external user database", () => {
  async function withExternal(kind: "accepted" | "wrong" | "away" | undefined): Promise<void> {
    opened.close();
    opened = await openAuth(kind === undefined ? {} : { external: externalUsers(kind) });
    await opened.directory.users.update("anna", { external: { directory: "office", id: "" } });
  }

  test("decides about the password, and the old one opens nothing", async () => {
    await withExternal("accepted");
    expect(await word(attempt("anna", "anything"))).toBe("ok");
    await withExternal("wrong");
    expect(await word(attempt("anna", PASSWORD))).toBe("credentials");
    expect(await refusalKind(opened.auth.setPassword("anna", PASSWORD))).toBe("notPermitted");
  });

  test("that is away is a temporary failure and no strike", async () => {
    for (const answer of ["away", undefined] as const) {
      await withExternal(answer);
      for (let i = 0; i < 20; i++) expect(await word(attempt("anna", PASSWORD))).toBe("temporary");
      expect(opened.auth.lockout.list()).toEqual([]);
    }
  });
});
