/** A house for FTP dialogues. */
import { readFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import type { z } from "zod";
import type { Permission } from "../../src/directory/permissions.ts";
import { Files, type Jail } from "../../src/files/files.ts";
import { filesSettings } from "../../src/files/settings.ts";
import { Tunnels } from "../../src/net/tunnels.ts";
import { Crowd, ftpSession, ftpSettings } from "../../src/services/ftp/ftp.ts";
import { Dialogue } from "../dialogue.ts";
import { PASSWORD, ServiceHouse } from "../house.ts";

export { PASSWORD } from "../house.ts";

export const EVERYTHING: Permission[] = ["ftp.login", "ftp.modify"];

export class House extends ServiceHouse {
  readonly files: Files;
  readonly crowd = new Crowd();
  readonly tunnels: Tunnels;

  private constructor() {
    super("ftp");
    const { store, auth, directory } = this;
    this.files = new Files(store, (id) => directory.users.byId(id));
    this.tunnels = new Tunnels({ onFault: (fault) => this.faults.push(String(fault)) });
    const { files, tunnels, crowd } = this;
    const deps = { store, auth, directory, files, tunnels, crowd, hostname: () => "files.home.example", lan: () => [] };
    this.listen(21, "starttls", (connection) => ftpSession(connection, deps));
    this.listen(990, "implicit", (connection) => ftpSession(connection, deps));
  }

  /** Builds a house with the user ann, who may do everything, and bob, who may look. */
  static async build(): Promise<House> {
    const house = await new House().furnish("nobody");
    await house.addUser("ann", { permissions: EVERYTHING });
    await house.addUser("bob", { permissions: ["ftp.login"] });
    return house;
  }

  async set(patch: Partial<z.input<typeof ftpSettings.schema>>): Promise<void> {
    await this.store.settings.set(ftpSettings, patch);
  }

  async setFiles(patch: Partial<z.input<typeof filesSettings.schema>>): Promise<void> {
    await this.store.settings.set(filesSettings, patch);
  }

  /** Somebody's folder, past FTP. */
  async jail(login = "ann"): Promise<Jail> {
    return await this.files.rootFor(this.user(login), "ftp");
  }

  /** What a file of ann's holds on disk. */
  content(path: string): string {
    return readFileSync(join(this.folder, "files/people/ann", path), "utf8");
  }

  /** Connects; the greeting is read. */
  async dial(standard = 21, options: { readonly localAddress?: string } = {}): Promise<Dialogue> {
    const client = await Dialogue.open({ port: this.port(standard), tls: standard === 990, ...options });
    await client.reply("220");
    return client;
  }

  /** A client that has logged in. */
  async loggedIn(login = "ann", standard = 21): Promise<Dialogue> {
    const client = await this.dial(standard);
    await client.ask(`USER ${login}`, "331");
    await client.ask(`PASS ${PASSWORD}`, "230");
    return client;
  }

  override async close(): Promise<void> {
    await this.stop(0);
    await this.tunnels.close();
    await this.files.close();
    await super.close();
  }
}

/** The port that a passive reply names. */
export async function passive(client: Dialogue): Promise<number> {
  const reply = await client.ask("EPSV", "229 ");
  return Number(/\|\|\|(\d+)\|/.exec(reply)?.[1]);
}

/** Reads a data connection to its end. */
export function readAll(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    socket.on("data", (piece: Buffer) => pieces.push(piece));
    socket.on("error", () => undefined);
    socket.on("end", () => socket.end());
    socket.on("close", () => resolve(Buffer.concat(pieces).toString("latin1")));
  });
}

/** Connects to a data port. */
export function dataTo(port: number, options: { readonly localAddress?: string } = {}): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true, ...options });
    socket.once("error", reject);
    socket.once("connect", () => resolve(socket));
  });
}

/** Lets the server send: a command, and what came over the data connection. */
export async function fetch(client: Dialogue, command: string, tls = false): Promise<string> {
  const plain = await dataTo(await passive(client));
  client.send(command);
  await client.reply("150");
  const socket = tls ? connectTls({ socket: plain, rejectUnauthorized: false }) : plain;
  const content = await readAll(socket);
  await client.reply("226");
  socket.end();
  return content;
}

/** Sends a file; the last reply. */
export async function send(
  client: Dialogue,
  command: string,
  content: string | Uint8Array,
  tls = false,
): Promise<string> {
  const plain = await dataTo(await passive(client));
  client.send(command);
  await client.reply("150");
  const socket = tls ? connectTls({ socket: plain, rejectUnauthorized: false }) : plain;
  socket.on("error", () => undefined);
  socket.resume();
  socket.end(Buffer.from(content as string));
  return await client.reply();
}

/** A port of the client's for active mode, and the next connection to it. */
export async function activePort(): Promise<{ port: number; next: Promise<Socket>; close(): void }> {
  let arrived: (socket: Socket) => void = () => undefined;
  const next = new Promise<Socket>((resolve) => {
    arrived = resolve;
  });
  const server = createServer((socket) => arrived(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { port: address.port, next, close: () => server.close() };
}
