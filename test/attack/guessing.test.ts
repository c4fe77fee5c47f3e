/** Guessing through every door: one address is barred soon, many addresses bar the account for strangers, and its owner goes on. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { authSettings } from "../../src/auth/settings.ts";
import { totpCode } from "../totp.ts";
import { Browser, House, PASSWORD } from "../web/house.ts";

let house: House;
beforeAll(async () => {
  house = await House.build();
  house.webAccess = "any";
  const { mailboxes, users } = house.directory;
  await mailboxes.update(house.user("ann").primaryMailbox, { login: "anns" });
  await house.auth.setMailboxPassword(house.user("ann").primaryMailbox, PASSWORD);
  const tom = await house.addUser("tom");
  await users.update("tom", { fullName: "Tom" });
  const { secret } = await house.auth.factors.totp.begin(tom.id, "mail.home.example", "tom");
  await house.auth.factors.confirmTotp(tom, totpCode(secret, Date.now()));
});
afterAll(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
});

const at = (address: string): Browser => {
  const browser = new Browser(house.web);
  browser.address = address;
  return browser;
};

const service =
  (login: string, name: "imap" | "pop3" | "submission" | "smtp", word: (n: number) => string) =>
  async (remote: string, n: number) => {
    const about = { service: name, mechanism: "PLAIN", remote, secure: true } as const;
    await house.auth.authenticate({ ...about, credentials: { login, password: word(n) } });
  };

const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const guess = (n: number) => `guess ${n}`;

/** One wrong attempt; each knows nothing but what an attacker could. */
const WAYS: Readonly<Record<string, (remote: string, n: number) => Promise<unknown>>> = {
  "IMAP with a password": service("ann", "imap", guess),
  "POP3 with the own name of a mailbox": service("anns", "pop3", guess),
  "submission for a name that nobody has": service("nobody", "submission", guess),
  "IMAP with what looks like an app password": service("ann", "imap", (n) => (LETTERS[n % 26] ?? "a").repeat(28)),
  "the sign-in page": async (remote, n) => {
    const browser = at(remote);
    await browser.get("/login");
    await browser.post("/login", { login: "ann", password: guess(n) });
  },
  "codes of the second factor": async (remote, n) => {
    const browser = at(remote);
    await browser.login("tom");
    await browser.get("/login/factor");
    await browser.post("/login/factor", { code: String(100_000 + n) });
  },
  "recovery codes": async (remote, n) => {
    const browser = at(remote);
    await browser.login("tom");
    await browser.get("/login/factor");
    await browser.post("/login/factor", { code: (LETTERS[n % 26] ?? "a").repeat(16) });
  },
  "a passkey that is none": async (remote) => {
    const browser = at(remote);
    await browser.get("/login");
    await browser.post("/login/passkey", { credential: "{}" });
  },
  "tokens of the API": async (remote, n) => {
    const authorization = `Bearer gpt_${String(n).padStart(43, "A")}`;
    await at(remote).request("/api/v1/self", { headers: { authorization } });
  },
};

describe("guessing by way of", () => {
  test.each(Object.entries(WAYS))("%s bars an address, and of IPv6 its /64, after ten", async (_what, attempt) => {
    const n = Object.keys(WAYS).indexOf(_what);
    const one = `198.51.100.${n + 1}`;
    for (let i = 0; i < 11; i++) await attempt(one, i);
    expect(house.auth.lockout.barred(one)).toBeDefined();
    const network = `2001:db8:0:${n + 1}::`;
    for (let i = 0; i < 11; i++) await attempt(`${network}${i + 1}`, 100 + i);
    expect(house.auth.lockout.barred(`${network}ffff`)).toBeDefined();
    expect(house.auth.lockout.barred(`2001:db8:1:${n + 1}::1`)).toBeUndefined();
    house.later += 7 * 3_600_000;
  });

  test("links for a new password bars an address in the end, and finds none", async () => {
    const browser = at("198.51.100.99");
    for (let n = 0; n < 105; n++) await browser.get(`/reset/${String(n).padStart(43, "B")}`);
    expect(house.auth.lockout.barred("198.51.100.99")).toBeDefined();
  });
});

describe("guessing from everywhere at one account", () => {
  test("keeps strangers out of it, by every door at once, and its owner in", async () => {
    house.later += 24 * 3_600_000;
    const home = at("192.168.1.30");
    await home.login("ann");
    for (let n = 0; n < 40; n++) {
      const way = [WAYS["the sign-in page"], WAYS["IMAP with a password"], WAYS["POP3 with the own name of a mailbox"]][
        n % 3
      ];
      await way?.(`203.0.113.${n}`, 1_000 + n);
    }
    const about = { mechanism: "PLAIN", secure: true, service: "imap" } as const;
    const credentials = { login: "ann", password: PASSWORD };
    const stranger = await house.auth.authenticate({ ...about, remote: "192.0.2.200", credentials });
    expect(stranger).toMatchObject({ ok: false, reason: "barred" });
    const owner = await house.auth.authenticate({ ...about, remote: "192.168.1.30", credentials });
    expect(owner).toMatchObject({ ok: true });
    expect((await home.get("/mail/options/sessions")).status).toBe(200);
  });

  test("looks at twenty codes of a second factor or so, whoever asks, and again few an hour later", async () => {
    house.later += 24 * 3_600_000;
    await house.store.settings.set(authSettings, { cacheSeconds: 600 });
    const real = house.auth.factors.totp.take.bind(house.auth.factors.totp);
    let looked = 0;
    house.auth.factors.totp.take = async (user, code) => {
      looked++;
      return await real(user, code);
    };
    const attempt = WAYS["codes of the second factor"];
    for (let n = 0; n < 60; n++) await attempt?.(`100.64.${n}.1`, n);
    expect(looked).toBeLessThanOrEqual(21);
    house.later += 3_600_000;
    for (let n = 0; n < 60; n++) await attempt?.(`100.65.${n}.1`, n);
    expect(looked).toBeLessThanOrEqual(43);
    house.auth.factors.totp.take = real;
  });
});
