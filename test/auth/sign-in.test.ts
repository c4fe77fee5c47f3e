import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { agentWords } from "../../src/auth/agent.ts";
import type { Outcome } from "../../src/auth/auth.ts";
import type { Service } from "../../src/auth/services.ts";
import { authSettings, lockoutSettings } from "../../src/auth/settings.ts";
import type { Step } from "../../src/auth/sign-in.ts";
import { passwordResets, webSessions } from "../../src/auth/tables.ts";
import { Refusal } from "../../src/refusal.ts";
import { ScramClient } from "../scram.ts";
import { toldByTime } from "../timing.ts";
import { totpCode } from "../totp.ts";
import { openAuth, PASSWORD } from "./open.ts";

const STEP_MS = 30_000;
const NEXT = "quiet-orchard-bell";
const VISIT = { remote: "192.0.2.1", secure: true, agent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0" };

let opened: Awaited<ReturnType<typeof openAuth>>;
beforeEach(async () => {
  opened = await openAuth();
});
afterEach(() => opened.close());

const anna = () => opened.directory.users.require("anna");

const enrol = async (login = "anna") => {
  const user = opened.directory.users.require(login);
  const { factors } = opened.auth;
  const { secret } = await factors.totp.begin(user.id, "mail.example.test", login);
  const { recoveryCodes } = await factors.confirmTotp(user, totpCode(secret, opened.clock.now));
  opened.clock.now += 2 * STEP_MS;
  return { secret, codes: recoveryCodes };
};

const password = (login = "anna", typed = PASSWORD, remote = VISIT.remote): Promise<Step> =>
  opened.auth.signIn.password({ login, password: typed, remembered: false, next: "/mail" }, { ...VISIT, remote });

const tokenOf = (step: Step): string => {
  if (step.kind === "refused") throw new Error(step.refusal.sentence);
  return step.token;
};

const attempt = (service: Service, typed = PASSWORD, login = "anna"): Promise<Outcome> =>
  opened.auth.authenticate({
    ...{ service, remote: VISIT.remote, secure: true, mechanism: "PLAIN" },
    credentials: { login, password: typed },
  });

const word = (outcome: Outcome) => (outcome.ok ? "ok" : outcome.reason);

const kindOf = async (work: () => unknown): Promise<string> => {
  try {
    await work();
    return "";
  } catch (thrown) {
    if (thrown instanceof Refusal) return thrown.kind;
    throw thrown;
  }
};

describe("signing in", () => {
  test("with a password alone gives a session, where no more is asked for", async () => {
    const step = await password();
    expect(step).toMatchObject({ kind: "in", next: "/mail", recoveryCodes: [] });
    expect(opened.auth.sessions.current(tokenOf(step))?.user.login).toBe("anna");
    expect(opened.auth.confirmation.isRecent(opened.auth.sessions.find(tokenOf(step))?.id ?? new Uint8Array())).toBe(
      true,
    );
  });

  test("with a second factor on gives a step that is no session, and a session after the code", async () => {
    const { secret } = await enrol();
    const step = await password();
    expect(step.kind).toBe("factor");
    expect(opened.auth.sessions.find(tokenOf(step))).toBeUndefined();
    expect(opened.store.db.select().from(webSessions).all()).toEqual([]);
    expect(anna().lastLogin).toBeNull();
    const done = await opened.auth.signIn.code(tokenOf(step), totpCode(secret, opened.clock.now), VISIT);
    expect(done.kind).toBe("in");
    expect(tokenOf(done)).not.toBe(tokenOf(step));
    expect(opened.auth.sessions.current(tokenOf(done))?.user.login).toBe("anna");
    expect(opened.auth.signIn.half(tokenOf(step))).toBeUndefined();
    expect(anna().lastLogin).toMatchObject({ service: "web" });
  });

  test("takes a recovery code once", async () => {
    const { codes } = await enrol();
    const first = await password();
    expect((await opened.auth.signIn.code(tokenOf(first), codes[0] ?? "", VISIT)).kind).toBe("in");
    const second = await password();
    expect(await opened.auth.signIn.code(tokenOf(second), codes[0] ?? "", VISIT)).toMatchObject({ kind: "refused" });
  });

  test("does not take a code again that signed somebody in", async () => {
    const { secret } = await enrol();
    const code = totpCode(secret, opened.clock.now);
    expect((await opened.auth.signIn.code(tokenOf(await password()), code, VISIT)).kind).toBe("in");
    expect((await opened.auth.signIn.code(tokenOf(await password()), code, VISIT)).kind).toBe("refused");
  });

  test("ends a step after five wrong codes, and counts them against address and account", async () => {
    await opened.store.settings.set(lockoutSettings, { barAfter: 8, barAccountAfter: 8 });
    await enrol();
    const token = tokenOf(await password());
    const again: boolean[] = [];
    for (let i = 0; i < 5; i++) {
      const step = await opened.auth.signIn.code(token, `00000${i}`, VISIT);
      if (step.kind === "refused") again.push(step.again);
    }
    expect(again).toEqual([true, true, true, true, false]);
    expect(opened.auth.signIn.half(token)).toBeUndefined();
    const next = tokenOf(await password());
    for (let i = 0; i < 3; i++) await opened.auth.signIn.code(next, `11111${i}`, VISIT);
    expect(await password()).toMatchObject({ kind: "refused", refusal: { reason: "barred" } });
    // Knowing the password alone does not make an address the owner's.
    expect(
      opened.auth.lockout
        .list()
        .map(({ kind }) => kind)
        .sort(),
    ).toEqual(["account", "address"]);
    expect(opened.clock.slept.length).toBeGreaterThan(0);
  });

  test("does not go on where the account or the password changed between the steps, or it took too long", async () => {
    const { secret } = await enrol();
    const changes = [
      () => opened.auth.setPassword("anna", NEXT),
      () => opened.directory.users.update("anna", { enabled: false }),
      async () => {
        opened.clock.now += 16 * 60_000;
      },
    ];
    for (const [index, change] of changes.entries()) {
      if (index > 0) await opened.directory.users.update("anna", { enabled: true });
      const step = await password("anna", index === 0 ? PASSWORD : NEXT);
      await change();
      opened.clock.now += 2 * STEP_MS;
      const code = totpCode(secret, opened.clock.now);
      expect(await opened.auth.signIn.code(tokenOf(step), code, VISIT)).toMatchObject({
        kind: "refused",
        again: false,
      });
      await opened.directory.users.update("anna", { enabled: true });
    }
  });

  test("cannot skip a stage, and tokens of others or of nobody open none", async () => {
    await enrol();
    const token = tokenOf(await password());
    const { signIn } = opened.auth;
    for (const forged of [token.slice(1), "x", undefined, "A".repeat(43)]) {
      expect(await signIn.code(forged, "000000", VISIT)).toMatchObject({ kind: "refused", again: false });
    }
    expect(await signIn.newPassword(token, NEXT, VISIT)).toMatchObject({ kind: "refused", again: false });
    expect(await signIn.enrolTotp(token, "000000", VISIT)).toMatchObject({ kind: "refused", again: false });
    expect(signIn.half(token)?.stage).toBe("factor");
  });

  test("by an app password is refused in words, and so is an account that may not", async () => {
    const { shown } = await opened.auth.appPasswords.create("anna", { name: "Desk", services: ["imap"] });
    expect(await password("anna", shown)).toMatchObject({ kind: "refused", refusal: { reason: "permission" } });
    await opened.directory.users.update("anna", { webmail: false });
    expect(await password()).toMatchObject({ kind: "refused", refusal: { reason: "permission" } });
  });

  test("holds at most some steps of one account, the oldest go", async () => {
    await enrol();
    const first = tokenOf(await password());
    for (let i = 0; i < 20; i++) await password();
    expect(opened.auth.signIn.half(first)).toBeUndefined();
  });
});

describe("a second factor", () => {
  test("closes every other service to the password, with PLAIN and SCRAM, and says what to do", async () => {
    await enrol();
    for (const service of ["imap", "pop3", "submission", "managesieve", "dav", "nntp", "ldap", "web"] as const) {
      const outcome = await attempt(service);
      expect([service, word(outcome)]).toEqual([service, "factor"]);
      expect(outcome.ok ? "" : outcome.sentence).toContain("app password");
    }
    const client = new ScramClient("anna", PASSWORD);
    const exchange = opened.auth.saslServer("SCRAM-SHA-256", { service: "imap", remote: VISIT.remote, secure: true });
    const first = await exchange.step(Buffer.from(client.first));
    const challenge = "challenge" in first ? Buffer.from(first.challenge).toString() : "";
    const last = await exchange.step(Buffer.from(client.final(challenge)));
    expect(last).toMatchObject({ done: { ok: false, reason: "factor" } });
    const { shown } = await opened.auth.appPasswords.create("anna", { name: "Desk", services: ["imap"] });
    expect(word(await attempt("imap", shown))).toBe("ok");
  });

  test("does so only to whoever knew the password, and not where the settings allow it", async () => {
    await enrol();
    expect(word(await attempt("imap", "wrong wrong wrong"))).toBe("credentials");
    await opened.store.settings.set(authSettings, { passwordsBesideSecondFactor: true });
    expect(word(await attempt("imap"))).toBe("ok");
    expect(word(await attempt("web"))).toBe("factor");
  });

  test("ends what the password had opened when it comes", async () => {
    const outcome = await attempt("imap");
    if (!outcome.ok) throw new Error("no login");
    expect(opened.auth.renewed(outcome.login)?.login).toBe("anna");
    await enrol();
    expect(opened.auth.renewed(outcome.login)).toBeUndefined();
  });

  test("that is demanded leads to setting one up, and to recovery codes", async () => {
    await opened.store.settings.set(authSettings, { requireSecondFactor: "administrators" });
    expect((await password()).kind).toBe("in");
    const step = await password("admin");
    expect(step.kind).toBe("enrol");
    const admin = opened.directory.users.require("admin");
    const { secret } = await opened.auth.factors.totp.begin(admin.id, "mail.example.test", "admin");
    expect(await opened.auth.signIn.enrolTotp(tokenOf(step), "000000", VISIT)).toMatchObject({ again: true });
    const done = await opened.auth.signIn.enrolTotp(tokenOf(step), totpCode(secret, opened.clock.now), VISIT);
    expect(done).toMatchObject({ kind: "in" });
    expect(done.kind === "in" ? done.recoveryCodes.length : 0).toBe(10);
    expect((await password("admin")).kind).toBe("factor");
  });
});

describe("a password that must be changed", () => {
  test("opens the page for that alone, then the new one opens everything", async () => {
    await opened.auth.setPassword("anna", PASSWORD, { mustChange: true });
    for (const service of ["imap", "pop3", "submission", "web"] as const) {
      const outcome = await attempt(service);
      expect(outcome).toMatchObject({ ok: false, reason: "expired" });
      expect(outcome.ok ? "" : outcome.sentence).toContain("must be changed");
    }
    const step = await password();
    expect(step.kind).toBe("password");
    const { signIn } = opened.auth;
    for (const bad of ["short", "password1", PASSWORD]) {
      expect(await signIn.newPassword(tokenOf(step), bad, VISIT)).toMatchObject({ kind: "refused", again: true });
    }
    expect((await signIn.newPassword(tokenOf(step), NEXT, VISIT)).kind).toBe("in");
    expect(anna()).toMatchObject({ mustChangePassword: false, passwordChosen: true });
    expect(word(await attempt("imap", NEXT))).toBe("ok");
    expect(word(await attempt("imap"))).toBe("credentials");
  });

  test("comes after the second factor", async () => {
    const { secret } = await enrol();
    await opened.directory.users.update("anna", { mustChangePassword: true });
    const first = await password();
    expect(first.kind).toBe("factor");
    const second = await opened.auth.signIn.code(tokenOf(first), totpCode(secret, opened.clock.now), VISIT);
    expect(second.kind).toBe("password");
    expect(tokenOf(second)).not.toBe(tokenOf(first));
  });
});

describe("changing the own password", () => {
  const session = async () => {
    const found = opened.auth.sessions.find(tokenOf(await password()));
    if (found === undefined) throw new Error("no session");
    return found;
  };
  const change = (old: string, fresh: string, id?: Uint8Array) =>
    opened.auth.confirmation
      .prepareChange({ user: anna(), old, password: fresh, ...VISIT, ...(id && { session: id }) })
      .then((prepared) => opened.store.commit((tx) => opened.auth.passwords.setWithin(tx, prepared, id)));

  test("needs the old one, keeps the session that asks and ends all others", async () => {
    const [mine, other] = [await session(), await session()];
    expect(await kindOf(() => change("wrong wrong wrong", NEXT, mine.id))).toBe("credentials");
    expect(await kindOf(() => change(PASSWORD, "short", mine.id))).toBe("invalid");
    expect(await kindOf(() => change(PASSWORD, PASSWORD, mine.id))).toBe("invalid");
    await change(PASSWORD, NEXT, mine.id);
    expect(opened.auth.sessions.list(anna().id, mine.id)).toMatchObject([{ current: true, agent: "Firefox on Linux" }]);
    expect(opened.auth.sessions.provenAt(other.id)).toBeUndefined();
    expect(anna().passwordChosen).toBe(true);
  });

  test("counts wrong old ones as failed logins", async () => {
    for (let i = 0; i < 10; i++) await kindOf(() => change(`wrong ${i}`, NEXT));
    expect(await kindOf(() => change(PASSWORD, NEXT))).toBe("barred");
  });

  test("is for those whose domain allows it, and whose password is kept here", async () => {
    await opened.directory.domains.update("example.test", { passwordChange: false });
    expect(await kindOf(() => change(PASSWORD, NEXT))).toBe("notPermitted");
    await opened.directory.domains.update("example.test", { passwordChange: true });
    await opened.directory.users.update("anna", { external: { directory: "office", id: "" } });
    expect(await kindOf(() => change(PASSWORD, NEXT))).toBe("notPermitted");
  });
});

describe("a link to set a new password", () => {
  test("is good once, ends all sessions, and leaves the second factor", async () => {
    await enrol();
    const open = await opened.auth.sessions.open({
      ...{ user: anna().id, passwordChangedAt: anna().passwordChangedAt, remembered: true },
      ...{ remote: VISIT.remote, agent: VISIT.agent },
    });
    const { token, expiresAt } = await opened.auth.resets.create("anna", "admin");
    expect(expiresAt).toBe(opened.clock.now + 24 * 3_600_000);
    expect(JSON.stringify(opened.store.db.select().from(passwordResets).all())).not.toContain(token);
    expect(await kindOf(() => opened.auth.resets.redeem(token, "short"))).toBe("invalid");
    expect((await opened.auth.resets.redeem(token, NEXT))?.login).toBe("anna");
    expect(await opened.auth.resets.redeem(token, "another-orchard-bell")).toBeUndefined();
    expect(opened.auth.sessions.current(open)).toBeUndefined();
    expect((await password("anna", NEXT)).kind).toBe("factor");
    expect(anna()).toMatchObject({ passwordChosen: true, mustChangePassword: false });
  });

  test("sent twice at the same time sets one password", async () => {
    const { token } = await opened.auth.resets.create("anna", "admin");
    const both = await Promise.all([
      opened.auth.resets.redeem(token, NEXT),
      opened.auth.resets.redeem(token, PASSWORD),
    ]);
    expect(both.filter(Boolean)).toHaveLength(1);
  });

  test("ends at its time, with a newer one, and was never one if it is forged", async () => {
    const old = await opened.auth.resets.create("anna", "admin");
    const newer = await opened.auth.resets.create("anna", "admin");
    expect(opened.auth.resets.find(old.token)).toBeUndefined();
    expect(opened.auth.resets.find(newer.token)?.login).toBe("anna");
    for (const forged of ["", "x", "A".repeat(43), `${newer.token}x`]) {
      expect(opened.auth.resets.find(forged)).toBeUndefined();
    }
    opened.clock.now += 24 * 3_600_000;
    expect(opened.auth.resets.find(newer.token)).toBeUndefined();
  });

  test("is for those alone whose password is kept here", async () => {
    await opened.directory.users.update("anna", { external: { directory: "office", id: "" } });
    expect(await kindOf(() => opened.auth.resets.create("anna", "admin"))).toBe("notPermitted");
    expect(await kindOf(() => opened.auth.resets.create("guest", "admin"))).toBe("notPermitted");
    expect(await kindOf(() => opened.auth.resets.create("nobody", "admin"))).toBe("notFound");
  });
});

describe("sessions", () => {
  test("are listed with browser and place, closed one by one, and only one's own", async () => {
    const [one, two] = [tokenOf(await password()), tokenOf(await password("anna", PASSWORD, "198.51.100.7"))];
    const mine = opened.auth.sessions.find(one);
    const list = opened.auth.sessions.list(anna().id, mine?.id);
    expect(list.map(({ remote, current }) => [remote, current]).sort()).toEqual([
      ["192.0.2.1", true],
      ["198.51.100.7", false],
    ]);
    const other = list.find(({ current }) => !current)?.id ?? "";
    const admin = opened.directory.users.require("admin").id;
    const close = (user: number, id: string) =>
      kindOf(() => opened.store.commit((tx) => opened.auth.sessions.closeWithin(tx, user, id)));
    expect([await close(admin, other), await close(anna().id, "zz")]).toEqual(["notFound", "notFound"]);
    expect(await close(anna().id, other)).toBe("");
    expect(opened.auth.sessions.find(two)).toBeUndefined();
    expect(opened.auth.sessions.find(one)).toBeDefined();
  });

  test("get a new token with each proof, and the old one is no longer good", async () => {
    const old = tokenOf(await password());
    const session = opened.auth.sessions.find(old);
    if (session === undefined) throw new Error("no session");
    opened.clock.now += 3_600_000;
    expect(opened.auth.confirmation.isRecent(session.id)).toBe(false);
    const fresh = await opened.auth.sessions.prove(session);
    expect(opened.auth.sessions.find(old)).toBeUndefined();
    expect(opened.auth.confirmation.isRecent(opened.auth.sessions.find(fresh)?.id ?? new Uint8Array())).toBe(true);
    expect(await kindOf(() => opened.auth.sessions.prove(session))).toBe("notPermitted");
  });

  test("call browsers by names that people know", () => {
    const chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36";
    expect(agentWords(chrome)).toBe("Chrome on Windows");
    expect(agentWords(`${chrome} Edg/140.0`)).toBe("Edge on Windows");
    expect(agentWords("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1")).toBe(
      "Safari on an iPhone",
    );
    expect([agentWords("curl/8.1"), agentWords(""), agentWords("\u0000<b>")]).toEqual([
      "curl",
      "an unknown program",
      "an unknown program",
    ]);
  });
});

describe("how long a refusal takes", () => {
  test("does not tell whether a user exists, or has a second factor or app passwords", async () => {
    await opened.store.settings.set(lockoutSettings, { weightLogin: 0, weightRepeat: 0 });
    await enrol();
    await opened.auth.appPasswords.create("anna", { name: "Desk", services: ["imap"] });
    let n = 0;
    const logins = ["nobody", "anna", "admin"];
    expect(await toldByTime(logins, (login) => password(login, `wrong password ${n++}`))).toEqual([]);
    const app = (login: string) => attempt("imap", "abcd ".repeat(7) + (n++ % 2 ? "" : " "), login);
    expect(await toldByTime(logins, app)).toEqual([]);
  }, 30_000);
});
