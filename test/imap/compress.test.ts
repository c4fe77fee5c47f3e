/** COMPRESS=DEFLATE (RFC 4978), driven through a deflater and an inflater of their own. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { constants, createDeflateRaw, createInflateRaw, type DeflateRaw, deflateRawSync } from "node:zlib";
import { House, message, PASSWORD } from "./house.ts";

let house: House;

beforeAll(async () => {
  house = await House.build();
  await house.deliver([message("first"), message("second", "x".repeat(200_000))]);
});
afterEach(() => expect(house.faults.splice(0)).toEqual([]));
afterAll(async () => await house.close());

/** A client that compresses once it was told so. */
class Packed {
  #text = "";
  #look: (() => void) | undefined;
  /** Chunks that came and are not inflated yet: they may come to light after the end of the connection. */
  #inflating = 0;
  #deflater: DeflateRaw | undefined;
  /** Octets that came over the wire since compression began. */
  wire = 0;
  closed = false;

  private constructor(readonly socket: Socket) {
    socket.on("data", (octets: Buffer) => this.#add(octets));
    socket.on("close", () => {
      this.closed = true;
      this.#look?.();
    });
    socket.on("error", () => {});
  }

  /** Logged in, not compressing yet. */
  static async open(): Promise<Packed> {
    const socket = connect({ port: house.port(143), host: "127.0.0.1" });
    const client = new Packed(socket);
    await client.until(/^\* OK .*\r\n/);
    await client.run("l1", `LOGIN ann "${PASSWORD}"`);
    return client;
  }

  /** Compresses from here on. */
  static async compressed(): Promise<Packed> {
    const client = await Packed.open();
    expect(await client.run("c1", "COMPRESS DEFLATE")).toEndWith("c1 OK COMPRESS completed\r\n");
    client.begin();
    return client;
  }

  begin(): void {
    const inflater = createInflateRaw();
    inflater.on("data", (octets: Buffer) => this.#add(octets));
    this.socket.removeAllListeners("data");
    this.socket.on("data", (octets: Buffer) => {
      this.wire += octets.length;
      this.#inflating++;
      inflater.write(octets, () => {
        this.#inflating--;
        this.#look?.();
      });
    });
    this.#deflater = createDeflateRaw();
    this.#deflater.on("data", (octets: Buffer) => this.socket.write(octets));
  }

  /** Compresses no more. */
  end(): void {
    this.#deflater = undefined;
    this.socket.removeAllListeners("data");
    this.socket.on("data", (octets: Buffer) => this.#add(octets));
  }

  #add(octets: Buffer): void {
    this.#text += octets.toString("latin1");
    this.#look?.();
  }

  send(text: string): void {
    if (!this.#deflater) this.socket.write(text);
    else {
      this.#deflater.write(text);
      this.#deflater.flush(constants.Z_SYNC_FLUSH);
    }
  }

  /** Everything up to what matches, taken from what was received. */
  async until(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = pattern.exec(this.#text);
      if (found) {
        const end = found.index + found[0].length;
        const taken = this.#text.slice(0, end);
        this.#text = this.#text.slice(end);
        return taken;
      }
      if (this.closed && this.#inflating === 0) throw new Error(`closed after ${this.#text.slice(-200)}`);
      await new Promise<void>((resolve) => {
        this.#look = resolve;
      });
    }
  }

  /** A command and its whole answer. */
  async run(tag: string, command: string): Promise<string> {
    this.send(`${tag} ${command}\r\n`);
    return await this.until(new RegExp(`(^|\\n)${tag} [^\\r]*\\r\\n`));
  }

  async gone(): Promise<void> {
    while (!this.closed)
      await new Promise<void>((resolve) => {
        this.#look = resolve;
      });
  }
}

describe("COMPRESS DEFLATE", () => {
  test("is offered after login, and answers only then", async () => {
    const client = await house.dial();
    expect((await client.ok("CAPABILITY"))[0]).not.toContain("COMPRESS");
    expect(await client.fails("COMPRESS DEFLATE")).toStartWith("BAD");
    await client.ok(`LOGIN ann "${PASSWORD}"`);
    expect((await client.ok("CAPABILITY"))[0]).toContain("COMPRESS=DEFLATE");
    expect(await client.fails("COMPRESS LZ4")).toStartWith("BAD");
    expect(await client.fails("COMPRESS")).toStartWith("BAD");
  });

  test("carries whole sessions, long literals included, in fewer octets", async () => {
    const client = await Packed.compressed();
    expect(await client.run("a1", "SELECT INBOX")).toContain("* 2 EXISTS");
    client.wire = 0;
    const fetched = await client.run("a2", "FETCH 1:2 (UID BODY.PEEK[])");
    expect(fetched).toContain("x".repeat(200_000));
    expect(client.wire).toBeLessThan(5_000);
    for (let n = 0; n < 20; n++) expect(await client.run(`b${n}`, "NOOP")).toContain(`b${n} OK`);
    client.send("d1 NOOP\r\nd2 NOOP\r\nd3 LOGOUT\r\n");
    expect(await client.until(/d3 OK[^\r]*\r\n/)).toMatch(/d1 OK[\s\S]*d2 OK[\s\S]*BYE/);
    await client.gone();
  });

  test("takes long literals, and random octets, as they are", async () => {
    const client = await Packed.compressed();
    await client.run("a0", "CREATE Packed");
    const body = Buffer.from(crypto.getRandomValues(new Uint8Array(60_000))).toString("base64");
    const text = message("packed", `${(body.match(/.{1,76}/g) ?? []).join("\r\n")}\r\n`);
    client.send(`a1 APPEND Packed {${text.length}+}\r\n${text}\r\n`);
    expect(await client.until(/a1 [^\r]*\r\n/)).toContain("a1 OK [APPENDUID");
    expect(await client.run("a2", "EXAMINE Packed")).toContain("a2 OK");
    expect(await client.run("a3", "FETCH 1 BODY.PEEK[]")).toContain(text);
    client.socket.destroy();
  });

  test("begins once only", async () => {
    const client = await Packed.compressed();
    expect(await client.run("a1", "COMPRESS DEFLATE")).toContain("a1 BAD [COMPRESSIONACTIVE]");
    expect(await client.run("a2", "NOOP")).toContain("a2 OK");
    client.socket.destroy();
  });

  test("tells what happens during IDLE at once", async () => {
    const client = await Packed.compressed();
    await client.run("a1", "SELECT INBOX");
    client.send("a2 IDLE\r\n");
    await client.until(/\+ [^\r]*\r\n/);
    await house.deliver([message("third")]);
    expect(await client.until(/\* 3 EXISTS\r\n/)).toContain("* 3 EXISTS");
    client.send("DONE\r\n");
    await client.until(/a2 OK[^\r]*\r\n/);
    client.socket.destroy();
  });

  test("ends with UNAUTHENTICATE, and can begin again (RFC 8437 §4.1)", async () => {
    const client = await Packed.compressed();
    expect(await client.run("a1", "UNAUTHENTICATE")).toContain("a1 OK [CAPABILITY");
    client.end();
    expect(await client.run("a2", `LOGIN ann "${PASSWORD}"`)).toContain("a2 OK");
    expect(await client.run("a3", "COMPRESS DEFLATE")).toContain("a3 OK");
    client.begin();
    expect(await client.run("a4", "NOOP")).toContain("a4 OK");
    client.socket.destroy();
  });

  test("ends with UNAUTHENTICATE also where the client closes its deflated stream", async () => {
    const client = await Packed.compressed();
    client.socket.write(deflateRawSync("a1 UNAUTHENTICATE\r\n", { finishFlush: constants.Z_FINISH }));
    expect(await client.until(/a1 OK .*\r\n/)).toContain("AUTH=");
    client.end();
    expect(await client.run("a2", `LOGIN ann "${PASSWORD}"`)).toContain("a2 OK");
    client.socket.destroy();
  });

  test("lets UNAUTHENTICATE and the next login come together, where the stream is closed between them (RFC 8437 §3)", async () => {
    const client = await Packed.compressed();
    const packed = deflateRawSync("a1 UNAUTHENTICATE\r\n", { finishFlush: constants.Z_FINISH });
    // The answer to the first is compressed, and passed over here; that to the second is not.
    client.end();
    client.socket.write(Buffer.concat([packed, Buffer.from(`a2 LOGIN ann "${PASSWORD}"\r\n`)]));
    expect(await client.until(/a2 [^\r]*\r\n/)).toContain("a2 OK");
    expect(await client.run("a3", "NOOP")).toContain("a3 OK");
    client.socket.destroy();
  });

  test("whose stream is closed while the session goes on ends it with a word about that", async () => {
    const client = await Packed.compressed();
    const packed = deflateRawSync("a1 NOOP\r\n", { finishFlush: constants.Z_FINISH });
    client.socket.write(Buffer.concat([packed, Buffer.from("a2 NOOP\r\n")]));
    expect(await client.until(/\* BYE [^\r]*\r\n/)).toContain("stream has ended");
    await client.gone();
  });

  test("whose octets are none ends the session with a word about it", async () => {
    const client = await Packed.compressed();
    client.socket.write(Buffer.from("ffffffffffffffff", "hex"));
    expect(await client.until(/\* BYE [^\r]*\r\n/)).toContain("deflated");
    await client.gone();
  });

  test("bounds what expands beyond measure like any other line", async () => {
    const client = await Packed.compressed();
    // 64 MB of one line in 64 kB.
    client.socket.write(deflateRawSync(Buffer.alloc(64 << 20, 0x61), { finishFlush: constants.Z_SYNC_FLUSH }));
    await client.gone();
    expect(house.sessions).toBeLessThan(20);
  });

  test("waits with inflating while nobody reads, and ends when the peer has gone", async () => {
    const client = await Packed.compressed();
    // An announced literal that is far too large, sent all the same: passed over up to a limit.
    const { maxLiteral } = house.store.settings.get((await import("../../src/services/imap/settings.ts")).imapSettings);
    client.send(`a1 CREATE {${maxLiteral * 4}+}\r\n`);
    for (let n = 0; n < 4; n++) client.send("y".repeat(maxLiteral));
    client.send("\r\n");
    expect(await client.until(/a1 [^\r]*\r\n/)).toContain("a1 NO [TOOBIG]");
    expect(await client.run("a2", "NOOP")).toContain("a2 OK");
    client.socket.end();
    await client.gone();
  });
});
