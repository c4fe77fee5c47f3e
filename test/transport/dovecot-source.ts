/** Debian's Dovecot as the provider from which mail is collected: POP3 and IMAP, plain, with STARTTLS and with TLS, on loopback. Needs root. */
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Account, accountOf } from "../../src/appliance/privileges.ts";
import { run, succeed, temporaryFolder, until } from "../harness.ts";
import { freePort, listens } from "../ports.ts";
import { CERTIFICATE, KEY } from "./certificates.ts";

export const SECRET = "far-away-secret";

export class DovecotSource {
  readonly #folder = temporaryFolder("source");
  readonly #owner: Account;
  #delivered = 0;

  private constructor(
    readonly ports: { readonly imap: number; readonly imaps: number; readonly pop3: number; readonly pop3s: number },
  ) {
    const owner = accountOf("mail");
    if (owner === undefined) throw new Error("this system lacks the account mail");
    this.#owner = owner;
    chmodSync(this.#folder, 0o755);
    this.#write("cert.pem", CERTIFICATE);
    this.#write("key.pem", KEY);
    this.#write("dovecot.conf", configurationOf(this.#folder, ports));
    mkdirSync(join(this.#folder, "mail"));
    chownSync(join(this.#folder, "mail"), owner.uid, owner.gid);
  }

  static async start(): Promise<DovecotSource> {
    for (let attempts = 1; ; attempts++) {
      const [imap = 0, imaps = 0, pop3 = 0, pop3s = 0] = Array.from({ length: 4 }, () => freePort());
      const source = new DovecotSource({ imap, imaps, pop3, pop3s });
      const said = join(source.#folder, "started");
      const { code } = await run(["sh", "-c", `dovecot -c ${join(source.#folder, "dovecot.conf")} > ${said} 2>&1`]);
      if (code === 0) {
        await until(() => listens(imap), "Dovecot");
        return source;
      }
      // A port that was free a moment ago somebody else may have by now.
      if (attempts === 5) throw new Error(`Dovecot does not start: ${readFileSync(said, "utf8")}`);
      rmSync(source.#folder, { recursive: true, force: true });
    }
  }

  /** Puts messages into a folder of somebody's, as a delivery does. */
  deliver(login: string, messages: readonly string[], folder = ""): void {
    const home = join(this.#folder, "mail", login);
    const place = folder === "" ? home : join(home, `.${folder}`);
    for (const path of [home, place, ...["cur", "new", "tmp"].map((name) => join(place, name))]) {
      mkdirSync(path, { recursive: true });
      chownSync(path, this.#owner.uid, this.#owner.gid);
    }
    for (const text of messages) {
      const path = join(place, "new", `${1_700_000_000 + this.#delivered}.M${this.#delivered++}P1.source`);
      writeFileSync(path, text.replaceAll("\r\n", "\n"));
      chownSync(path, this.#owner.uid, this.#owner.gid);
    }
  }

  /** How many messages lie in a folder of somebody's. */
  count(login: string, folder = ""): number {
    const place = join(this.#folder, "mail", login, folder === "" ? "" : `.${folder}`);
    return ["cur", "new"].reduce((sum, name) => sum + readdirSync(join(place, name)).length, 0);
  }

  /** Gives somebody's INBOX another UIDVALIDITY: what a server does that is set up anew. */
  renumber(login: string): void {
    const home = join(this.#folder, "mail", login);
    const list = join(home, "dovecot-uidlist");
    const text = readFileSync(list, "utf8").replace(/ V(\d+) /, (_all, validity) => ` V${Number(validity) + 1} `);
    for (const name of readdirSync(home)) if (name.startsWith("dovecot")) rmSync(join(home, name), { recursive: true });
    writeFileSync(list, text);
    chownSync(list, this.#owner.uid, this.#owner.gid);
  }

  async stop(): Promise<void> {
    await succeed(["doveadm", "-c", join(this.#folder, "dovecot.conf"), "stop"]);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #write(name: string, text: string): void {
    writeFileSync(join(this.#folder, name), text);
  }
}

function configurationOf(folder: string, ports: DovecotSource["ports"]): string {
  const listeners = (protocol: "imap" | "pop3") => `
service ${protocol}-login {
  inet_listener ${protocol} {
    address = 127.0.0.1
    port = ${ports[protocol]}
  }
  inet_listener ${protocol}s {
    address = 127.0.0.1
    port = ${ports[`${protocol}s`]}
    ssl = yes
  }
}`;
  return `
protocols = imap pop3
base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = ${folder}/dovecot.log
ssl = yes
ssl_cert = <${folder}/cert.pem
ssl_key = <${folder}/key.pem
disable_plaintext_auth = no
mail_location = maildir:${folder}/mail/%n
mail_fsync = never
first_valid_uid = 1
namespace inbox {
  inbox = yes
}
passdb {
  driver = static
  args = password=${SECRET}
}
userdb {
  driver = static
  args = uid=mail gid=mail home=${folder}/mail/%n
}
auth_failure_delay = 0 secs
# Refused logins would make the next ones wait.
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
auth_username_format = %n
${listeners("imap")}
${listeners("pop3")}
`;
}
