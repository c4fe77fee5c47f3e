/** Attackers at every service of the executable: slowed down, barred, told why, then closed at accept. Loopback's many addresses play the world. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { Dialogue } from "../dialogue.ts";
import { DOMAIN, Gatepost, PASSWORD, until } from "../harness.ts";

const PATIENCE_MS = 60_000;
const BAR_AFTER = 6;
/** Connections of a barred address that hear why in a minute. */
const TOLD = 3;
/** Sends PROXY headers: clients with IPv6 addresses come through it. */
const PROXY = "127.0.0.250";

interface BarLine {
  readonly kind: string;
  readonly name: string;
  readonly barred: boolean;
  readonly why: string;
  readonly text: string;
  readonly until: string | null;
  readonly turnedAway: number;
  readonly evidence: readonly { readonly detail: string }[];
}

let server: Gatepost;
beforeAll(async () => {
  server = await Gatepost.start({
    users: ["anna", "bert", "carl"],
    settings: [
      "lockout.allow=127.0.0.1",
      "lockout.exemptLan=no",
      `lockout.barAfter=${BAR_AFTER}`,
      "lockout.barAccountAfter=12",
      "lockout.freeStrikes=3",
      "lockout.longestDelaySeconds=1",
      "lockout.weightRecipient=1",
      "lockout.weightProtocol=1",
      `lockout.tellPerMinute=${TOLD}`,
      "smtp.maxErrors=1000",
      `network.proxies=${PROXY}`,
    ],
  });
  for (const port of ["143", "993"]) await server.command(["access", "set", port, "any"]);
}, PATIENCE_MS);
afterAll(async () => await server.remove());

const bars = () => server.json<BarLine[]>("bar", "list");
const barOn = async (name: string) => (await bars()).find((bar) => bar.name === name);

const open = (standard: number, localAddress: string) => Dialogue.open({ port: server.port(standard), localAddress });

/** An IMAP client behind a proxy, over TLS as clients from outside are. */
const through = (address: string) =>
  Dialogue.open({
    port: server.port(993),
    localAddress: PROXY,
    preface: `PROXY TCP6 ${address} 2001:db8::25 40000 993\r\n`,
    tls: true,
  });

/** What a connection hears that says nothing itself: the words of a refusal, or "" where it is closed without any. */
const heard = (standard: number, localAddress: string): Promise<string> =>
  new Promise((resolve) => {
    let text = "";
    const socket = connect({ host: "127.0.0.1", port: server.port(standard), localAddress });
    socket.on("data", (data: Buffer) => {
      text += data.toString();
      // Who is let in is greeted and would stay.
      if (!/barred/.test(text)) socket.destroy();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(text));
  });

/** One wrong login or the like; resolves when it has been answered, or the connection was closed instead. */
type Guess = (from: string, n: number) => Promise<unknown>;

const imapLogin = async (from: string | Dialogue, login: string, password: string): Promise<string> => {
  const client = typeof from === "string" ? await open(143, from) : from;
  await client.expect("* OK");
  const said = await client.say(`a LOGIN ${login} ${password}`, "");
  client.destroy();
  return said;
};

const page = async (path: string, localAddress: string, init: { body?: string; cookie?: string } = {}) => {
  const client = await open(80, localAddress);
  const { body, cookie } = init;
  client.send(
    `${body === undefined ? "GET" : "POST"} ${path} HTTP/1.1`,
    "Host: localhost",
    "Connection: close",
    ...(cookie === undefined ? [] : [`Cookie: ${cookie}`]),
    ...(body === undefined
      ? []
      : ["Content-Type: application/x-www-form-urlencoded", `Content-Length: ${body.length}`]),
    "",
  );
  if (body !== undefined) client.sendRaw(body);
  const answer = await client.closed();
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]), answer };
};

/** A login at the web page, as a browser does it. */
const webLogin = async (from: string, login: string, password: string) => {
  const { answer } = await page("/login", from);
  const csrf = /name="csrf" value="([^"]+)"/.exec(answer)?.[1] ?? "";
  const cookie = [...answer.matchAll(/^set-cookie: ([^;]+)/gim)].map((match) => match[1]).join("; ");
  const body = new URLSearchParams({ csrf, login, password }).toString();
  return await page("/login", from, { body, cookie });
};

const SERVICES: readonly {
  readonly name: string;
  readonly port: number;
  readonly from: string;
  readonly words: string;
  readonly why: string;
  readonly evidence: RegExp;
  readonly guess: Guess;
}[] = [
  {
    name: "IMAP",
    port: 143,
    from: "127.0.0.11",
    words: "* BYE Your address is barred after too many refusals; try again later\r\n",
    why: "login",
    evidence: /IMAP: nobody/,
    guess: (from, n) => imapLogin(from, `nobody${n}`, "guess"),
  },
  {
    name: "POP3",
    port: 110,
    from: "127.0.0.12",
    words: "-ERR [SYS/TEMP] Your address is barred after too many refusals; try again later\r\n",
    why: "login",
    evidence: /POP3: carl/,
    guess: async (from, n) => {
      const client = await open(110, from);
      await client.expect("+OK");
      await client.say("USER carl", "+OK");
      await client.say(`PASS guess${n}`, "-ERR");
      client.destroy();
    },
  },
  {
    name: "submission",
    port: 587,
    from: "127.0.0.13",
    words: "554 5.7.1 ",
    why: "login",
    evidence: /mail submission: nobody/,
    guess: async (from, n) => {
      const client = await open(587, from);
      await client.reply("220");
      await client.ask("EHLO me.example", "250");
      const plain = Buffer.from(`\0nobody${n}\0guess`).toString("base64");
      await client.ask(`AUTH PLAIN ${plain}`, "535");
      client.destroy();
    },
  },
  {
    name: "SMTP, by unknown recipients",
    port: 25,
    from: "127.0.0.14",
    words: "554 5.7.1 ",
    why: "recipient",
    evidence: /info\d@example\.test/,
    guess: async (from, n) => {
      const client = await open(25, from);
      await client.reply("220");
      await client.ask("HELO me.example", "250");
      await client.ask("MAIL FROM:<a@elsewhere.example>", "250");
      await client.ask(`RCPT TO:<info${n}@${DOMAIN}>`, /^(550|421)/);
      client.destroy();
    },
  },
  {
    name: "SMTP, by attempts to relay",
    port: 25,
    from: "127.0.0.15",
    words: "554 5.7.1 ",
    why: "relay",
    evidence: /victim\d@elsewhere\.example/,
    guess: async (from, n) => {
      const client = await open(25, from);
      await client.reply("220");
      await client.ask("HELO me.example", "250");
      await client.ask("MAIL FROM:<a@elsewhere.example>", "250");
      await client.ask(`RCPT TO:<victim${n}@elsewhere.example>`, /^(550|554|421)/);
      client.destroy();
    },
  },
  {
    name: "the web, by logins",
    port: 80,
    from: "127.0.0.16",
    words: "",
    why: "login",
    evidence: /webmail: nobody/,
    guess: (from, n) => webLogin(from, `nobody${n}`, "guess"),
  },
  {
    name: "the web, by a scanner's questions",
    port: 80,
    from: "127.0.0.17",
    words: "",
    why: "protocol",
    evidence: /GET \/wp-login\.php/,
    guess: (from, n) => page(["/wp-login.php", "/.env", "/phpmyadmin/"][n % 3] ?? "/wp-login.php", from),
  },
  {
    name: "IMAP, by senseless lines",
    port: 143,
    from: "127.0.0.18",
    words: "* BYE Your address is barred",
    why: "protocol",
    evidence: /IMAP: \d+ commands in error/,
    guess: async (from) => {
      const client = await open(143, from);
      await client.expect("* OK");
      client.send("GET / HTTP/1.1", "Host: x", "User-Agent: y", "Accept: z");
      client.end();
      await client.closed();
    },
  },
  {
    name: "POP3, by senseless lines",
    port: 110,
    from: "127.0.0.19",
    words: "-ERR [SYS/TEMP] Your address is barred",
    why: "protocol",
    evidence: /POP3: \d+ senseless lines/,
    guess: async (from) => {
      const client = await open(110, from);
      await client.expect("+OK");
      client.send("GET / HTTP/1.1", "Host: x", "User-Agent: y", "Accept: z");
      client.end();
      await client.closed();
    },
  },
];

describe("Brute force from one address", () => {
  for (const { name, port, from, words, why, evidence, guess } of SERVICES) {
    test.concurrent(
      `at ${name} is slowed down, barred, told why a few times, then closed at accept`,
      async () => {
        for (let n = 0; n < BAR_AFTER; n++) await guess(from, n);
        const bar = await until(async () => {
          const found = await barOn(from);
          return found?.barred === true && found;
        }, `${from} to be barred`);
        expect(bar).toMatchObject({ kind: "address", why });
        expect(bar.evidence.map(({ detail }) => detail).join()).toMatch(evidence);
        for (let told = 0; told < TOLD && words !== ""; told++) expect(await heard(port, from)).toStartWith(words);
        if (port === 80) {
          for (let told = 0; told < TOLD; told++) expect((await page("/login", from)).status).toBe(429);
        }
        // At every port, whichever was attacked.
        for (const any of [25, 143, 993, 110, 995, 587, 465, 80, 443])
          expect([any, await heard(any, from)]).toEqual([any, ""]);
        expect((await barOn(from))?.turnedAway).toBeGreaterThanOrEqual(TOLD + 9);
        // Next door nothing is held against anybody.
        expect(await heard(143, from.replace("127.0.0.", "127.0.9."))).toStartWith("* OK");
      },
      PATIENCE_MS,
    );
  }

  test("answers come later and later before that", async () => {
    const took: number[] = [];
    for (let n = 0; n < BAR_AFTER - 1; n++) {
      const begun = performance.now();
      await imapLogin("127.0.0.20", "nobody", `guess${n}`);
      took.push(performance.now() - begun);
    }
    expect(took.at(-1)).toBeGreaterThan(950);
    expect(Math.min(...took)).toBeLessThan((took.at(-1) ?? 0) - 400);
  });
});

test("all of an IPv6 /64 is one attacker, and the next one is not", async () => {
  for (let n = 0; n < BAR_AFTER; n++) {
    await imapLogin(await through(`2001:db8:1:2::${n + 1}`), `nobody${n}`, "guess");
  }
  expect(await barOn("2001:db8:1:2::/64")).toMatchObject({ kind: "network", barred: true });
  const barred = await through("2001:db8:1:2:ffff::1");
  expect(await barred.closed()).toContain("barred");
  expect(await imapLogin(await through("2001:db8:1:3::1"), "anna", PASSWORD)).toStartWith("a OK");
});

test("an account under attack from many addresses stays open where its owner comes from", async () => {
  expect(await imapLogin("127.0.0.50", "bert", PASSWORD)).toStartWith("a OK");
  await Promise.all(Array.from({ length: 12 }, (_, n) => imapLogin(`127.0.1.${n + 1}`, "bert", `guess${n}`)));
  expect(await barOn("bert")).toMatchObject({ kind: "account", barred: true, why: "login" });
  expect(await imapLogin("127.0.0.50", "bert", PASSWORD)).toStartWith("a OK");
  expect(await imapLogin("127.0.1.99", "bert", PASSWORD)).toStartWith("a NO");
  expect(await imapLogin("127.0.1.99", "anna", PASSWORD)).toStartWith("a OK");
});

test("who is signed in on the web goes on from a barred address, and nobody else does", async () => {
  const from = "127.0.0.60";
  const { answer } = await webLogin(from, "anna", PASSWORD);
  const cookie = [...answer.matchAll(/^set-cookie: ([^;]+)/gim)].map((match) => match[1]).join("; ");
  for (let n = 0; n < BAR_AFTER; n++) await imapLogin(from, `nobody${n}`, "guess");
  expect(await barOn(from)).toMatchObject({ barred: true });
  for (let n = 0; n < 2 * TOLD; n++) expect((await page("/mail", from, { cookie })).status).not.toBe(429);
  expect((await page("/login", from)).status).toBe(429);
});

describe("A bar by hand", () => {
  test("holds for an address, a network and an account, at once and until it is lifted", async () => {
    const reader = await open(143, "127.0.0.70");
    await reader.expect("* OK");
    await server.command(["bar", "add", "127.0.0.70", "--for", "2d", "--why", "Calls at night"]);
    await reader.closed();
    expect(await heard(143, "127.0.0.70")).toContain("barred");
    expect(await barOn("127.0.0.70")).toMatchObject({ why: "hand", text: "Calls at night", barred: true });
    await server.command(["bar", "add", "127.0.2.0/24"]);
    expect(await barOn("127.0.2.0/24")).toMatchObject({ kind: "network", until: null });
    expect(await heard(25, "127.0.2.77")).toContain("barred");
    await server.command(["bar", "add", "carl", "--for", "1h"]);
    expect(await imapLogin("127.0.0.71", "carl", PASSWORD)).toContain("barred");

    expect((await server.attempt(["bar", "lift", "127.0.2.77"])).error).toBe(
      "127.0.2.77 is barred with the network 127.0.2.0/24. Lift the bar on that.\n",
    );
    for (const name of ["127.0.0.70", "127.0.2.0/24", "carl"]) await server.command(["bar", "lift", name]);
    expect(await heard(143, "127.0.0.70")).toStartWith("* OK");
    expect(await imapLogin("127.0.2.77", "carl", PASSWORD)).toStartWith("a OK");
  });

  test("says what is wrong with it", async () => {
    for (const [args, sentence] of [
      [["nobody"], "“nobody” is no address, no network like 192.0.2.0/24, and no user."],
      [["127.0.0.0/8"], "127.0.0.1 is on the list of networks that are never barred. Take it off that list first."],
      [["0.0.0.0/0"], "That is too much at once: a network to bar is /8 or smaller."],
      [["192.0.2.1", "--for", "soon"], "for: A time is written like 30m, 12h, 2d or 1w."],
    ] as const) {
      expect((await server.attempt(["bar", "add", ...args])).error.trim().replace(/^for: /, "")).toBe(
        sentence.replace(/^for: /, ""),
      );
    }
  });
});

test("what is held against somebody outlives a restart, and the allow-list lets in again at once", async () => {
  for (let n = 0; n < BAR_AFTER; n++) await imapLogin("127.0.0.80", `nobody${n}`, "guess");
  await server.command(["bar", "add", "127.0.3.0/24", "--why", "before"]);
  await server.stop();
  await server.resume();
  expect(await barOn("127.0.0.80")).toMatchObject({ barred: true, why: "login" });
  expect(await heard(143, "127.0.0.80")).toContain("barred");
  expect(await heard(143, "127.0.3.9")).toContain("barred");
  await server.command(["bar", "allow", "127.0.0.80"]);
  expect(await heard(143, "127.0.0.80")).toStartWith("* OK");
  await server.command(["bar", "allow", "--remove", "127.0.0.80"]);
  expect(await heard(143, "127.0.0.80")).not.toStartWith("* OK");
  await server.command(["bar", "lift", "127.0.3.0/24"]);
});

describe("The access rule of a port", () => {
  test("lets in whom it names, in the LAN list or by itself, and tells others so", async () => {
    await server.command(["access", "lan", "127.0.0.0/24"]);
    await server.command(["access", "set", "143", "lan"]);
    await server.command(["access", "set", "110", "127.0.4.0/24,127.0.0.1"]);
    expect(await heard(143, "127.0.0.90")).toStartWith("* OK");
    expect(await heard(110, "127.0.4.90")).toStartWith("+OK");
    const stranger = await open(143, "127.0.4.90");
    expect(await stranger.closed()).toBe("* BYE This service may not be used from your network\r\n");
    const other = await open(110, "127.0.0.90");
    expect(await other.closed()).toBe("-ERR [SYS/PERM] This service may not be used from your network\r\n");
    await server.command(["services", "set", "80", "--access", "lan"]);
    expect((await page("/login", "127.0.4.90")).status).toBe(403);
    expect((await page("/login", "127.0.0.90")).status).toBe(200);
    const access = await server.json<{ lan: string[]; ports: { standardPort: number; access: unknown }[] }>(
      "access",
      "show",
    );
    expect(access.lan).toEqual(["127.0.0.0/24"]);
    expect(access.ports.find(({ standardPort }) => standardPort === 110)?.access).toEqual([
      "127.0.4.0/24",
      "127.0.0.1",
    ]);
  });

  test("and all of it stands in the audit log", async () => {
    const lines = await server.json<{ operation: string; subject: string; before: object; after: object }[]>(
      ...["audit", "list", "--subject", "port 110"],
    );
    expect(lines[0]).toMatchObject({
      operation: "service.set",
      before: { access: "lan" },
      after: { access: ["127.0.4.0/24", "127.0.0.1"] },
    });
    const lan = await server.json<{ subject: string }[]>("audit", "list", "--operation", "access.set");
    expect(lan.map(({ subject }) => subject)).toEqual(["LAN list"]);
  });
});
