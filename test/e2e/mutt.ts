/** mutt with an account on the server: sends from the command line, reads in a terminal. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Gatepost, PASSWORD, succeed, temporaryFolder } from "../harness.ts";
import { Screen } from "./screen.ts";

export interface MuttOptions {
  /** SASL mechanisms for reading and sending. */
  readonly mechanism?: "plain" | "login" | "scram-sha-256" | "scram-sha-256-plus";
  /** TLS that both begin with, instead of going over to it. */
  readonly implicit?: boolean;
  /** Keeps headers from one time to the next and asks what changed (QRESYNC); notes the dialogue. */
  readonly remembers?: boolean;
}

export class Mutt {
  #screen: Screen | undefined;

  private constructor(
    private readonly folder: string,
    private readonly inbox: string,
    private readonly noting: readonly string[],
  ) {}

  static async create(server: Gatepost, login: string, options: MuttOptions = {}): Promise<Mutt> {
    const { mechanism = "plain", implicit = false, remembers = false } = options;
    const folder = temporaryFolder("gatepost-mutt");
    for (const name of ["cur", "new", "tmp"]) mkdirSync(join(folder, "sent", name), { recursive: true });
    const smtp = implicit
      ? `smtps://${login}@localhost:${server.port(465)}`
      : `smtp://${login}@localhost:${server.port(587)}`;
    const imap = implicit
      ? `imaps://${login}@localhost:${server.port(993)}`
      : `imap://${login}@localhost:${server.port(143)}`;
    writeFileSync(
      join(folder, "muttrc"),
      [
        `set from="${login}@example.test" use_from=yes envelope_from=yes hostname=example.test`,
        `set smtp_url="${smtp}/" smtp_pass="${PASSWORD}" smtp_authenticators="${mechanism}"`,
        `set imap_user="${login}" imap_pass="${PASSWORD}" imap_authenticators="${mechanism}"`,
        `set ssl_starttls=yes ssl_force_tls=yes certificate_file="${await server.rootFile()}"`,
        `set mbox_type=Maildir folder="${folder}" record="${join(folder, "sent")}" copy=yes`,
        "set quit=yes confirmappend=no delete=yes sort=date wait_key=no mail_check=1 timeout=1",
        ...(remembers ? [`set header_cache="${join(folder, "headers")}" imap_condstore=yes imap_qresync=yes`] : []),
        "ignore *",
        "unignore from to subject",
      ].join("\n"),
    );
    return new Mutt(folder, `${imap}/INBOX`, remembers ? ["-d", "3"] : []);
  }

  get #words(): string[] {
    return ["mutt", "-n", "-F", join(this.folder, "muttrc"), ...this.noting];
  }

  /** Sends a text with files; gives the copy that mutt keeps of what it sent. */
  async send(subject: string, to: string, text: string, files: readonly string[] = []): Promise<Buffer> {
    const attached = files.length === 0 ? [] : ["-a", ...files];
    await succeed([...this.#words, "-s", subject, ...attached, "--", to], {
      stdin: text,
      env: { HOME: this.folder, LC_ALL: "C.UTF-8" },
    });
    const copies = join(this.folder, "sent", "cur");
    const [copy, ...more] = readdirSync(copies);
    if (copy === undefined || more.length > 0) throw new Error(`mutt kept ${more.length + 1} copies`);
    const octets = readFileSync(join(copies, copy));
    rmSync(join(copies, copy));
    return octets;
  }

  /** Opens the INBOX in a terminal. */
  async open(): Promise<Screen> {
    this.#screen = await Screen.open([...this.#words, "-f", this.inbox], { HOME: this.folder });
    return this.#screen;
  }

  /** What was said the last time, as `remembers` notes it. */
  dialogue(): string {
    return readFileSync(join(this.folder, ".muttdebug0"), "utf8");
  }

  /** Ends it where it still runs, and removes its files. */
  async remove(): Promise<void> {
    await this.#screen?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
