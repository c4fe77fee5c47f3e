/** A full disk: nothing new is taken, in each protocol's own words; everything else goes on, and nothing accepted is lost. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Dialogue } from "../dialogue.ts";
import { Gatepost, PASSWORD, until } from "../harness.ts";
import { Client } from "../imap/client.ts";
import { FakeRemote } from "../transport/fake-remote.ts";
import { audit } from "./audit.ts";
import { type Disk, disksHere } from "./disks.ts";
import { idOf, letter, tally } from "./letters.ts";
import { Chance } from "./random.ts";

const FULL = "The disk is full; try again when there is room.";
/** Letters of these sizes are sent until so many in a row are refused: then not even a page is free. */
const FILLING = [
  { size: 3_000_000, refusals: 2 },
  { size: 200_000, refusals: 3 },
  { size: 20_000, refusals: 5 },
  { size: 200, refusals: 10 },
];
/** Whatever goes on in the background does it more often than this. */
const WATCHED_MS = 7_000;

/** A server on a small disk, and everybody who uses it. */
class Town {
  /** Ids of the letters that were answered 250 or OK. */
  readonly promised: string[] = [];
  readonly #chance = Chance.fromEnvironment();
  #letters = 0;
  #letGo: (answer: "drop" | undefined) => void = () => {};

  private constructor(
    readonly disk: Disk,
    readonly server: Gatepost,
    readonly remote: FakeRemote,
  ) {}

  static async start(make: () => Promise<Disk>): Promise<Town> {
    const disk = await make();
    const remote = await FakeRemote.start();
    const server = await Gatepost.start({ users: ["alice"], folder: disk.folder, through: disk.through });
    const host = JSON.stringify([{ host: "127.0.0.1", port: remote.port, tls: "none" }]);
    await server.command(["settings", "set", `transport.smartHosts=${host}`, "smtp.relayFor=127.0.0.0/8"]);
    return new Town(disk, server, remote);
  }

  async end(): Promise<void> {
    this.#letGo("drop");
    await this.remote.stop();
    await this.server.kill();
    await this.disk.remove();
  }

  /** A letter that goes out, to a server that has taken it and does not say so until `answer`. */
  async sendOut(): Promise<void> {
    const held = new Promise<"drop" | undefined>((resolve) => {
      this.#letGo = resolve;
    });
    const arrived = new Promise<void>((resolve) => {
      this.remote.behaviour = {
        answer: async (stage) => {
          if (stage !== "final") return undefined;
          resolve();
          return await held;
        },
      };
    });
    const client = await this.sender();
    expect(await this.send(client, 200, "friend@far.test")).toStartWith("250");
    client.destroy();
    await arrived;
  }

  /** Lets the other server answer, or go away without an answer. */
  answer(how: "drop" | undefined): void {
    this.remote.behaviour = {};
    this.#letGo(how);
  }

  /** Ends the server as an administrator would. */
  async stop(): Promise<void> {
    const code = await this.server.stop();
    if (code !== 0) throw new Error(`it ended with ${code}\n${this.server.log}`);
  }

  async sender(): Promise<Dialogue> {
    const client = await Dialogue.open({ port: this.server.port(25) });
    await client.reply("220");
    await client.ask("EHLO sender.test", "250");
    return client;
  }

  /** Sends one letter; gives the last reply. */
  async send(client: Dialogue, size: number, to = "alice@example.test"): Promise<string> {
    const { id, octets } = letter(`letter-${++this.#letters}`, size, this.#chance);
    client.send("MAIL FROM:<somebody@elsewhere.test>", `RCPT TO:<${to}>`, "DATA");
    await client.reply("250");
    await client.reply("250");
    await client.reply("354");
    await client.sendAll(octets);
    client.send(".");
    const reply = await client.reply();
    if (reply.startsWith("250") && to.startsWith("alice@")) this.promised.push(id);
    return reply;
  }

  /** Files one letter; gives the tagged response. */
  async file(client: Client): Promise<string> {
    const { id, octets } = letter(`letter-${++this.#letters}`, 30_000, this.#chance);
    const tagged = await client.append("INBOX", octets);
    if (tagged.startsWith("OK")) this.promised.push(id);
    return tagged;
  }

  /** Sends until nothing more is taken; every refusal must be the right one. */
  async fill(): Promise<void> {
    const client = await this.sender();
    for (const { size, refusals } of FILLING) {
      for (let inARow = 0; inARow < refusals; ) {
        const reply = await this.send(client, size);
        inARow = reply.startsWith("250") ? 0 : inARow + 1;
        if (inARow > 0) expect(reply).toBe(`452 4.3.1 ${FULL}`);
      }
    }
    await client.ask("QUIT", "221");
  }

  async reader(): Promise<Client> {
    const client = await Client.open({ port: this.server.port(143) });
    await client.ok(`LOGIN alice ${PASSWORD}`);
    return client;
  }

  /** Everything that was promised can be read, once each, and nothing else is there. */
  async allIsThere(): Promise<void> {
    const client = await this.reader();
    await client.ok("SELECT INBOX");
    const ids: string[] = [];
    for (const line of await client.ok("FETCH 1:* BODY.PEEK[]")) {
      if (/^\d+ FETCH /.test(line)) ids.push(idOf(line.slice(line.indexOf("}\r\n") + 3, -1)));
    }
    await client.ok("LOGOUT");
    const found = tally(ids);
    expect(this.promised.filter((id) => found.get(id) !== 1)).toEqual([]);
    expect([...found.keys()].filter((id) => !this.promised.includes(id))).toEqual([]);
  }

  async queueEmpties(): Promise<void> {
    const empty = async () => (await this.server.command(["queue", "list", "--json"])).trim() === "[]";
    await until(empty, "the queue to empty");
  }

  /** Mail is taken again, large and small. */
  async thereIsService(): Promise<void> {
    const client = await this.sender();
    for (const { size } of FILLING) expect(await this.send(client, size)).toStartWith("250");
    await client.ask("QUIT", "221");
  }
}

for (const { name, make } of await disksHere()) {
  describe(`on a disk that is full (${name})`, () => {
    let town: Town;
    let server: Gatepost;

    beforeAll(async () => {
      town = await Town.start(make);
      ({ server } = town);
    });
    afterAll(async () => await town?.end());

    test("SMTP answers 452 and keeps the session", async () => {
      await town.sendOut();
      await town.fill();
      expect(town.promised.length).toBeGreaterThan(5);
    });

    test("IMAP refuses to change anything, and goes on reading", async () => {
      const client = await town.reader();
      await client.ok("SELECT INBOX");
      const refused = await until(async () => {
        const { tagged } = await client.run(`STORE 1 +FLAGS.SILENT (k${Math.random().toString(36).slice(2)})`);
        return tagged.startsWith("NO") && tagged;
      }, "a refused STORE");
      expect(refused).toBe(`NO [UNAVAILABLE] ${FULL}`);
      expect(await town.file(client)).toBe(`NO [UNAVAILABLE] ${FULL}`);
      await client.ok("NOOP");
      // \Seen cannot be kept; the message can be read all the same.
      expect((await client.ok("FETCH 1 BODY[]"))[0]).toInclude(`X-Letter: ${town.promised[0]} `);
      expect((await client.ok(`SEARCH TEXT "This is ${town.promised[0]}."`))[0]).toBe("SEARCH 1");
      await client.ok("SELECT Sent");
      await client.ok("LOGOUT");
      await town.allIsThere();
    });

    test("POP3 goes on reading", async () => {
      const client = await Dialogue.open({ port: server.port(110) });
      await client.expect("+OK");
      await client.say("USER alice", "+OK");
      await client.say(`PASS ${PASSWORD}`, "+OK");
      await client.say("RETR 1", "+OK");
      expect(idOf(`${(await client.block()).join("\r\n")}\r\n`)).toBe(town.promised[0] ?? "");
      await client.say("QUIT", "+OK");
    });

    test("the command line says it in one line", async () => {
      let recipients = 100;
      const said = await until(async () => {
        const said = await server.attempt(["settings", "set", `smtp.maxRecipients=${++recipients}`]);
        return said.code !== 0 && said;
      }, "a refused command");
      expect(said).toEqual({ code: 1, out: "", error: `${FULL}\n` });
      expect(await server.command(["user", "list"])).toInclude("alice@example.test");
    });

    test("the log says it once", async () => {
      town.answer(undefined);
      await town.remote.taken(1);
      await new Promise((resolve) => setTimeout(resolve, WATCHED_MS));
      const lines = server.log.split("\n").filter((line) => !line.includes(" info "));
      const tale = lines.slice(lines.findIndex((line) => line.startsWith("Gatepost is ready")) + 1);
      expect(tale.filter((line) => line !== "")).toEqual([expect.stringContaining("error store disk.full: The disk")]);
    });

    test("there is service again when there is room, and nothing is lost", async () => {
      await town.disk.enlarge(server.pid);
      await town.thereIsService();
      const client = await town.reader();
      expect(await town.file(client)).toStartWith("OK");
      await server.command(["settings", "set", "smtp.maxRecipients=100"]);
      await town.allIsThere();
      await town.queueEmpties();
      // It was sent before the disk had room to say so, and not again after.
      expect(town.remote.messages).toHaveLength(1);
      await town.stop();
      expect(audit(server.folder)).toEqual([]);
    });
  });

  test(`a server that is killed and started on a full disk goes on reading (${name})`, async () => {
    const town = await Town.start(make);
    const { server } = town;
    try {
      await town.sendOut();
      await town.fill();
      await server.kill();
      town.answer("drop");
      await server.resume();
      await town.allIsThere();
      await town.stop();
      await server.resume();
      await town.disk.enlarge(server.pid);
      await town.thereIsService();
      await town.queueEmpties();
      // Once more at most: where the last page of the disk held the claim, and not the result.
      expect(town.remote.messages.length).toBeOneOf([1, 2]);
      await town.allIsThere();
      await town.stop();
      expect(audit(server.folder)).toEqual([]);
    } finally {
      await town.end();
    }
  });
}
