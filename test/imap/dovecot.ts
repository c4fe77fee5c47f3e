/**
 * Debian's Dovecot as a second opinion. No daemon: its session program, logged in from the start, on a folder of its own,
 * once for each connection to a port on loopback.
 */
import { spawn } from "node:child_process";
import { chmodSync, chownSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { join } from "node:path";
import { accountOf } from "../../src/appliance/privileges.ts";
import { temporaryFolder } from "../harness.ts";
import { Client } from "./client.ts";

const PROGRAM = "/usr/lib/dovecot/imap";

export class Dovecot {
  readonly #folder = temporaryFolder("dovecot");
  readonly #server: Server;

  private constructor() {
    // It serves nobody's mail as root.
    const account = process.getuid?.() === 0 ? accountOf("mail") : { uid: process.getuid?.(), gid: process.getgid?.() };
    if (account?.uid === undefined || account.gid === undefined) throw new Error("this system lacks the account mail");
    const configuration = join(this.#folder, "dovecot.conf");
    writeFileSync(configuration, configurationOf(this.#folder, account.uid, account.gid));
    chmodSync(this.#folder, 0o755);
    chownSync(this.#folder, account.uid, account.gid);
    const env = { ...process.env, USER: "anna", HOME: this.#folder };
    this.#server = createServer((socket) => {
      // It must write to a pipe: with a socket there it believes that inetd started it, and refuses.
      const program = spawn("sh", ["-c", `${PROGRAM} -c "$0" | cat`, configuration], {
        env,
        stdio: ["pipe", "pipe", "ignore"],
      });
      socket.pipe(program.stdin);
      program.stdout.pipe(socket);
      // Whoever goes first: the other one is told by the end of its stream.
      for (const stream of [socket, program.stdin]) stream.on("error", () => program.kill());
    });
  }

  static async start(): Promise<Dovecot> {
    const dovecot = new Dovecot();
    await new Promise<void>((resolve) => dovecot.#server.listen(0, "127.0.0.1", resolve));
    return dovecot;
  }

  /** A session, logged in. */
  async enter(): Promise<Client> {
    return await Client.open({ port: (this.#server.address() as AddressInfo).port });
  }

  /** Ends it; sessions must have been closed. */
  remove(): void {
    this.#server.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function configurationOf(folder: string, uid: number, gid: number): string {
  return `
protocols = imap
base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = /dev/null
ssl = no
stats_writer_socket_path =
mail_location = maildir:${folder}/mail
mail_fsync = never
mail_uid = ${uid}
mail_gid = ${gid}
first_valid_uid = 1
first_valid_gid = 1
`;
}
