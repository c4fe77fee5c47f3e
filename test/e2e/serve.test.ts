/** The running process: its first start, its log, its folder, whose rights it has, and how it ends. */
import { afterEach, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { Dialogue } from "../dialogue.ts";
import { DOMAIN, EXECUTABLE, Gatepost, PASSWORD, run, temporaryFolder, until } from "../harness.ts";
import { Client } from "../imap/client.ts";
import { READERS } from "./readers.ts";

const servers: Gatepost[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.remove();
});

/** A server that is removed after the test. */
async function start(options: Parameters<typeof Gatepost.start>[0] = {}): Promise<Gatepost> {
  const server = await Gatepost.start(options);
  servers.push(server);
  return server;
}

const isRoot = process.getuid?.() === 0;

/** The numbers of a line in /proc/PID/status: real, effective, saved and file system ids. */
function idsOf(pid: number, line: "Uid" | "Gid" | "Groups"): number[] {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const text = new RegExp(`^${line}:\\t(.*)$`, "m").exec(status)?.[1]?.trim() ?? "";
  return text === "" ? [] : text.split(/\s+/).map(Number);
}

describe("the first start", () => {
  test("prints one link with a token, and the ports take no logins yet", async () => {
    const server = await start({ bare: true });
    const link = /To set this server up, open (http:\/\/localhost:\d+\/setup\?token=[\w-]{20,})\s/.exec(
      server.log,
    )?.[1];
    if (link === undefined) throw new Error(server.log);
    const redeemed = await fetch(link, { redirect: "manual" });
    const cookie = redeemed.headers
      .getSetCookie()
      .map((one) => one.split(";")[0])
      .join("; ");
    const wizard = new URL(redeemed.headers.get("location") ?? "", link);
    expect(await (await fetch(wizard, { headers: { cookie } })).text()).toContain("<form");
    expect((await fetch(wizard)).status).toBe(403);
    expect((await fetch(link)).status).toBe(403);
    expect((await fetch(`http://127.0.0.1:${server.port(80)}/setup?token=wrong`)).status).not.toBe(200);
    const client = await Client.open({ port: server.port(993), tls: true });
    expect(await client.fails("LOGIN admin admin")).toStartWith("NO");
  });

  test("once it is set up by the command line, mail comes in at once", async () => {
    const server = await start({ bare: true });
    await server.command(
      ["setup", "--domain", DOMAIN, "--admin", "boss", "--hostname", "post.example.test", "--password-stdin"],
      PASSWORD,
    );
    const client = await Dialogue.open({ port: server.port(25) });
    await client.reply("220 post.example.test ESMTP");
    await client.ask("HELO client.example", "250");
    await client.ask("MAIL FROM:<x@elsewhere.test>", "250");
    await client.ask(`RCPT TO:<boss@${DOMAIN}>`, "250");
    await client.ask("DATA", "354");
    client.send("Subject: first", "", "text", ".");
    await client.reply("250");
    expect(await READERS["poplib with STLS"]?.(server, "boss")).toHaveLength(1);
    const again = await server.attempt(["setup", "--domain", "other.test", "--password-stdin"], PASSWORD);
    expect(again).toMatchObject({ code: 1, error: "This server is set up already.\n" });
  });
});

describe("the log", () => {
  test("is lines of JSON where a program reads it, and never holds a password", async () => {
    const server = await start({ users: ["anna"], serve: ["--log", "json"] });
    const client = await Client.open({ port: server.port(993), tls: true });
    await client.fails(`LOGIN anna "${PASSWORD}-not"`);
    await client.ok(`LOGIN anna "${PASSWORD}"`);
    const events = await until(() => {
      const lines = server.log.split("\n").filter((line) => line.startsWith("{"));
      const parsed = lines.map((line) => JSON.parse(line) as { name: string; user?: string });
      return parsed.some(({ name }) => name === "login.accepted") && parsed;
    }, "the login in the log");
    expect(events).toContainEqual(
      expect.objectContaining({ name: "login.accepted", user: "anna", remote: "127.0.0.1" }),
    );
    expect(server.log).not.toContain(PASSWORD);
  });

  test("tells a message's way by its trace", async () => {
    const server = await start({ users: ["anna"] });
    const client = await Dialogue.open({ port: server.port(25) });
    await client.reply("220");
    await client.ask("EHLO client.example", "250");
    client.send("MAIL FROM:<x@elsewhere.test>", "RCPT TO:<anna@example.test>", "DATA");
    for (const code of ["250", "250", "354"]) await client.reply(code);
    client.send("Subject: traced", "", "text", ".");
    const trace = /Accepted as (\w+)/.exec(await client.reply("250"))?.[1] ?? "";
    const events = await server.json<{ name: string }[]>("trace", trace);
    expect(events.map(({ name }) => name)).toEqual(expect.arrayContaining(["message.accepted", "message.delivered"]));
  });

  test("lists every port at the start, as `gatepost services` does", async () => {
    const server = await start();
    const services = await server.json<{ service: string; port: number; state: string }[]>("services");
    expect(services.map(({ port }) => port - server.offset).sort((a, b) => a - b)).toEqual([
      21, 25, 80, 110, 143, 443, 465, 587, 990, 993, 995, 1080, 2121, 3128, 3129, 4190,
    ]);
    for (const { service, port, state } of services) {
      expect(state).toBe("listening");
      expect(server.log).toMatch(new RegExp(`^  ${service} +127\\.0\\.0\\.1:${port} +`, "m"));
    }
  });
});

describe("the data folder", () => {
  test("belongs to its owner alone, whatever the umask", async () => {
    const server = await start({ users: ["anna"], through: ["sh", "-c", 'umask 000; exec "$@"', "sh"] });
    const client = await Client.open({ port: server.port(993), tls: true });
    await client.ok(`LOGIN anna "${PASSWORD}"`);
    await client.append("INBOX", "Subject: secret\r\n\r\n");
    expect(statSync(server.folder).mode & 0o777).toBe(0o700);
    const open = readdirSync(server.folder).filter((name) => (statSync(join(server.folder, name)).mode & 0o077) !== 0);
    // The socket is behind the folder's door; whatever holds mail or secrets is shut by itself too.
    expect(open.filter((name) => name !== "control.sock")).toEqual([]);
  });

  test("that others could read is closed at the next start", async () => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o755);
    const server = await start({ folder });
    expect(statSync(server.folder).mode & 0o777).toBe(0o700);
  });

  test("has one server: a second one says who is there, and the first goes on", async () => {
    const server = await start({ users: ["anna"] });
    const second = await run([
      EXECUTABLE,
      "serve",
      "--data",
      server.folder,
      "--listen",
      "127.0.0.1",
      "--port-offset",
      "9000",
    ]);
    expect(second).toMatchObject({ code: 1, error: `A Gatepost is already running on ${server.folder}.\n` });
    expect(await READERS["imaplib over TLS"]?.(server, "anna")).toEqual([]);
    expect(await server.json<object[]>("user", "list")).toHaveLength(2);
  });

  test("is taken over from a server that was killed", async () => {
    const server = await start({ users: ["anna"] });
    await server.kill();
    expect(existsSync(join(server.folder, "control.sock"))).toBe(true);
    expect(await server.json<object[]>("user", "list")).toHaveLength(2);
    await server.resume();
    expect(await READERS["imaplib over TLS"]?.(server, "anna")).toEqual([]);
  });

  test("that cannot be a folder is refused in one line", async () => {
    const result = await run([
      EXECUTABLE,
      "serve",
      "--data",
      "/dev/null",
      "--listen",
      "127.0.0.1",
      "--port-offset",
      "9000",
    ]);
    expect(result.code).toBe(1);
    expect(result.error.trimEnd().split("\n")).toHaveLength(1);
  });
});

describe("the process", () => {
  if (isRoot) rootGivenUp();
  else {
    test("keeps the rights of whoever starts it", async () => {
      const server = await start();
      expect(idsOf(server.pid, "Uid")).toEqual(Array(4).fill(userInfo().uid));
    });
  }

  test("opens no file of its own by a name that others chose", async () => {
    const folder = temporaryFolder();
    const elsewhere = temporaryFolder("gatepost-elsewhere");
    const target = join(elsewhere, "precious");
    await Bun.write(target, "precious");
    symlinkSync(target, join(folder, "control.sock"));
    const server = await start({ folder });
    expect(readFileSync(target, "utf8")).toBe("precious");
    expect(await server.json<object[]>("user", "list")).toHaveLength(1);
    rmSync(elsewhere, { recursive: true });
  });
});

describe("an orderly end", () => {
  test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
    "by %s finishes the message that is coming and tells the rest goodbye",
    async (signal) => {
      const server = await start({ users: ["anna"] });
      const [idle, busy] = [
        await Dialogue.open({ port: server.port(25) }),
        await Dialogue.open({ port: server.port(25) }),
      ];
      const [imap, pop3] = [
        await Client.open({ port: server.port(143) }),
        await Dialogue.open({ port: server.port(110) }),
      ];
      for (const client of [idle, busy]) {
        await client.reply("220");
        await client.ask("EHLO client.example", "250");
      }
      await pop3.expect("+OK");
      await imap.ok(`LOGIN anna "${PASSWORD}"`);
      await imap.ok("SELECT INBOX");
      const tag = imap.tag();
      imap.dialogue.send(`${tag} IDLE`);
      expect(await imap.response()).toStartWith("+");
      await busy.ask("MAIL FROM:<x@elsewhere.test>", "250");
      await busy.ask("RCPT TO:<anna@example.test>", "250");
      await busy.ask("DATA", "354");
      await busy.sendAll("Subject: in time\r\n\r\nfirst ");
      process.kill(server.pid, signal);
      expect(await idle.closed()).toStartWith("421 4.3.2");
      expect(await imap.dialogue.closed()).toMatch(/^\* BYE /m);
      expect(await pop3.closed()).toStartWith("-ERR [SYS/TEMP]");
      busy.sendRaw("and last\r\n.\r\n");
      await busy.reply("250");
      expect(await busy.closed()).toStartWith("421 4.3.2");
      expect(await server.ended()).toBe(0);
      expect(server.log).toContain(`${signal}: finishing what was begun.`);
      expect(existsSync(join(server.folder, "control.sock"))).toBe(false);
      expect(readdirSync(server.folder)).toEqual(["gatepost.db"]);
      await server.resume();
      expect(await READERS.imapflow?.(server, "anna")).toHaveLength(1);
    },
  );

  test("does not wait for ever for those who never finish", async () => {
    const server = await start({ users: ["anna"], settings: ["network.stopSeconds=1"] });
    const slow = await Dialogue.open({ port: server.port(25) });
    await slow.reply("220");
    await slow.ask("EHLO client.example", "250");
    await slow.ask("MAIL FROM:<x@elsewhere.test>", "250");
    await slow.ask("RCPT TO:<anna@example.test>", "250");
    await slow.ask("DATA", "354");
    const before = performance.now();
    expect(await server.stop()).toBe(0);
    expect(performance.now() - before).toBeLessThan(15_000);
    await slow.closed();
  });
});

function rootGivenUp(): void {
  test("gives up root once its ports are open, and for good", async () => {
    const server = await start({ users: ["anna"] });
    for (const line of ["Uid", "Gid", "Groups"] as const) expect(idsOf(server.pid, line)).not.toContain(0);
    expect(server.log).toMatch(/^Running as \w+ from here on\.$/m);
    expect(statSync(server.folder).uid).toBe(idsOf(server.pid, "Uid")[0] ?? 0);
    expect(readFileSync(`/proc/${server.pid}/status`, "utf8")).toMatch(/^CapEff:\t0+$/m);
    expect(await READERS["imaplib over TLS"]?.(server, "anna")).toEqual([]);
    // What root does with the server stopped leaves nothing behind that the server could not use.
    expect(await server.stop()).toBe(0);
    await server.addUser("bert");
    await server.resume();
    expect(await READERS["imaplib over TLS"]?.(server, "bert")).toEqual([]);
  });

  test("becomes the account it is told, and says which ones there are not", async () => {
    const server = await start({ serve: ["--user", "daemon"] });
    expect(idsOf(server.pid, "Uid")).toEqual(Array(4).fill(userIdOf("daemon")));
    const folder = temporaryFolder();
    const words = [
      "serve",
      "--data",
      folder,
      "--listen",
      "127.0.0.1",
      "--port-offset",
      "9000",
      "--user",
      "nosuchaccount",
    ];
    const result = await run([EXECUTABLE, ...words]);
    rmSync(folder, { recursive: true });
    expect(result.code).toBe(1);
    expect(result.error).toContain("nosuchaccount");
  });
}

function userIdOf(name: string): number {
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((one) => one.startsWith(`${name}:`));
  return Number(line?.split(":")[2]);
}
