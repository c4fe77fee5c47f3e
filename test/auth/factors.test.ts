import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { Challenges } from "../../src/auth/factors/challenges.ts";
import { authSettings } from "../../src/auth/settings.ts";
import { recoveryCodes, totps } from "../../src/auth/tables.ts";
import { Refusal } from "../../src/refusal.ts";
import { totpCode } from "../totp.ts";
import { openAuth } from "./open.ts";

const STEP_MS = 30_000;

let opened: Awaited<ReturnType<typeof openAuth>>;
beforeEach(async () => {
  opened = await openAuth();
});
afterEach(() => opened.close());

const anna = () => opened.directory.users.require("anna");

/** Sets up codes for Anna; gives the secret and the recovery codes. */
const enrol = async () => {
  const { factors } = opened.auth;
  const { secret } = await factors.totp.begin(anna().id, "mail.example.test", "anna");
  const { recoveryCodes: codes } = await factors.confirmTotp(anna(), totpCode(secret, opened.clock.now));
  return { secret, codes };
};

const take = (code: string) => opened.auth.factors.takeCode(anna().id, code);

const kindOf = async (work: () => unknown): Promise<string> => {
  try {
    await work();
    return "";
  } catch (thrown) {
    if (thrown instanceof Refusal) return thrown.kind;
    throw thrown;
  }
};

describe("codes of an app", () => {
  test("are those of RFC 6238 appendix B, in six digits", () => {
    const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    const vectors = [
      [59, "287082"],
      [1_111_111_109, "081804"],
      [1_234_567_890, "005924"],
      [20_000_000_000, "353130"],
    ] as const;
    for (const [seconds, code] of vectors) expect(totpCode(secret, seconds * 1000)).toBe(code);
  });

  test("count only once a first one was given; until then the secret stays the same", async () => {
    const { factors } = opened.auth;
    const first = await factors.totp.begin(anna().id, "mail.example.test", "anna");
    expect(first.svg).toStartWith("<svg");
    expect(first.uri).toContain("otpauth://totp/");
    expect((await factors.totp.begin(anna().id, "mail.example.test", "anna")).secret).toBe(first.secret);
    expect(factors.any(anna().id)).toBe(false);
    expect(await take(totpCode(first.secret, opened.clock.now))).toBeUndefined();
    expect(await kindOf(() => factors.confirmTotp(anna(), "000000"))).toBe("credentials");
    const { recoveryCodes: codes } = await factors.confirmTotp(anna(), totpCode(first.secret, opened.clock.now));
    expect(codes).toHaveLength(10);
    expect(factors.any(anna().id)).toBe(true);
  });

  test("are good for their step and the ones beside it, and each step once", async () => {
    const { secret } = await enrol();
    const at = (steps: number) => totpCode(secret, opened.clock.now + steps * STEP_MS);
    // The code that confirmed is used, too.
    expect(await take(at(0))).toBeUndefined();
    opened.clock.now += 10 * STEP_MS;
    expect([await take(at(-2)), await take(at(2))]).toEqual([undefined, undefined]);
    expect(await take(at(0))).toBe("code");
    expect([await take(at(0)), await take(at(-1))]).toEqual([undefined, undefined]);
    expect(await take(` ${at(1).replace(/^.../, "$& ")} `)).toBe("code");
    expect(await take(at(1))).toBeUndefined();
  });

  test("sent twice at the same time are taken once", async () => {
    const { secret } = await enrol();
    opened.clock.now += 2 * STEP_MS;
    const code = totpCode(secret, opened.clock.now);
    const ways = await Promise.all(Array.from({ length: 20 }, () => take(code)));
    expect(ways.filter((way) => way === "code")).toHaveLength(1);
  });

  test("cannot be guessed: after some wrong ones none is looked at, and the right one neither", async () => {
    const { secret } = await enrol();
    opened.clock.now += 2 * STEP_MS;
    const right = totpCode(secret, opened.clock.now);
    let tried = 0;
    while ((await kindOf(() => take("000000"))) === "") tried++;
    expect(tried).toBe(20);
    expect(await kindOf(() => take(right))).toBe("tooMany");
    opened.clock.now += 10 * 60_000;
    expect(await take(totpCode(secret, opened.clock.now))).toBe("code");
  });

  test("of another user open nothing", async () => {
    const { secret } = await enrol();
    opened.clock.now += 2 * STEP_MS;
    const admin = opened.directory.users.require("admin");
    expect(await opened.auth.factors.takeCode(admin.id, totpCode(secret, opened.clock.now))).toBeUndefined();
  });

  test("can be moved to another app; the old secret counts until the new one is confirmed", async () => {
    const { secret } = await enrol();
    const { factors } = opened.auth;
    opened.clock.now += 2 * STEP_MS;
    const next = await factors.totp.begin(anna().id, "mail.example.test", "anna");
    expect(await take(totpCode(secret, opened.clock.now))).toBe("code");
    expect((await factors.confirmTotp(anna(), totpCode(next.secret, opened.clock.now))).recoveryCodes).toEqual([]);
    opened.clock.now += 2 * STEP_MS;
    expect(await take(totpCode(secret, opened.clock.now))).toBeUndefined();
    expect(await take(totpCode(next.secret, opened.clock.now))).toBe("code");
  });
});

describe("recovery codes", () => {
  test("are good once each, in any spelling, and only hashes are kept", async () => {
    const { codes } = await enrol();
    const [one = "", two = ""] = codes;
    expect(new Set(codes).size).toBe(10);
    expect(JSON.stringify(opened.store.db.select().from(recoveryCodes).all())).not.toContain(one.replaceAll("-", ""));
    expect(await take(one)).toBe("recovery code");
    expect(await take(one)).toBeUndefined();
    expect(await take(two.replaceAll("-", " ").toUpperCase())).toBe("recovery code");
    expect(opened.auth.factors.status(anna())).toMatchObject({ recoveryCodes: 8, on: true });
  });

  test("one sent twice at the same time is taken once", async () => {
    const { codes } = await enrol();
    const ways = await Promise.all(Array.from({ length: 10 }, () => take(codes[0] ?? "")));
    expect(ways.filter(Boolean)).toHaveLength(1);
  });

  test("are made anew in the place of the old ones, and go with the last factor", async () => {
    const { codes } = await enrol();
    const { factors } = opened.auth;
    const fresh = await opened.store.commit((tx) => factors.renewRecoveryWithin(tx, anna().id));
    expect(await take(codes[0] ?? "")).toBeUndefined();
    expect(await take(fresh[0] ?? "")).toBe("recovery code");
    await opened.store.commit((tx) => factors.removeTotpWithin(tx, anna()));
    expect(factors.status(anna())).toMatchObject({ on: false, recoveryCodes: 0, totpSince: null });
    expect(await kindOf(() => opened.store.commit((tx) => factors.renewRecoveryWithin(tx, anna().id)))).toBe("invalid");
  });
});

describe("the last factor", () => {
  test("stays where the settings ask for one, but an administrator can take all away", async () => {
    await enrol();
    const { factors } = opened.auth;
    await opened.store.settings.set(authSettings, { requireSecondFactor: "everybody" });
    expect(await kindOf(() => opened.store.commit((tx) => factors.removeTotpWithin(tx, anna())))).toBe("notPermitted");
    expect(factors.any(anna().id)).toBe(true);
    await opened.store.commit((tx) => factors.removeAllWithin(tx, anna().id));
    expect(factors.any(anna().id)).toBe(false);
  });

  test("is asked of administrators alone where the settings say so", async () => {
    const { factors } = opened.auth;
    await opened.store.settings.set(authSettings, { requireSecondFactor: "administrators" });
    expect([factors.required(anna()), factors.required(opened.directory.users.require("admin"))]).toEqual([
      false,
      true,
    ]);
  });

  test("goes with its user", async () => {
    await enrol();
    await opened.directory.users.remove("anna");
    expect([opened.store.db.select().from(totps).all(), opened.store.db.select().from(recoveryCodes).all()]).toEqual([
      [],
      [],
    ]);
  });
});

describe("challenges for passkeys", () => {
  const about = { purpose: "signIn", binding: "browser" } as const;
  const text = (octets: Uint8Array) => Buffer.from(octets).toString("base64url");

  test("are good for their purpose and browser, for a time, and once", () => {
    let now = 1_000_000;
    const challenges = new Challenges(() => now);
    const challenge = text(challenges.issue(about));
    expect(challenges.isGood(challenge, about)).toBe(true);
    expect(challenges.isGood(challenge, { ...about, purpose: "prove" })).toBe(false);
    expect(challenges.isGood(challenge, { ...about, binding: "another" })).toBe(false);
    expect(challenges.isGood(`${challenge.startsWith("A") ? "B" : "A"}${challenge.slice(1)}`, about)).toBe(false);
    expect(new Challenges(() => now).isGood(challenge, about)).toBe(false);
    for (const junk of ["", "x", "A".repeat(51), "A".repeat(5000)]) expect(challenges.isGood(junk, about)).toBe(false);
    expect([challenges.spend(challenge), challenges.spend(challenge)]).toEqual([true, false]);
    expect(challenges.isGood(challenge, about)).toBe(false);
    const old = text(challenges.issue(about));
    now += 16 * 60_000;
    expect(challenges.isGood(old, about)).toBe(false);
  });
});
