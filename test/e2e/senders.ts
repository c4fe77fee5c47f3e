/** Programs that send mail, each in its own way: all hand a letter over as it is. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createTransport } from "nodemailer";
import { type Gatepost, PASSWORD, succeed, temporaryFolder } from "../harness.ts";
import type { Letter } from "./letter.ts";
import { python } from "./python.ts";

export interface Sender {
  /** Who logs in, and so whom the letter must be from; a stranger where left out. */
  readonly login?: string;
  /** What the letter may hold. */
  readonly text?: "7bit" | "8bit" | "utf8";
  readonly send: (server: Gatepost, letter: Letter) => Promise<unknown>;
}

const LOGIN = "bert";

/** Gives a program the octets in a file that is there as long as it runs. */
async function withFile(octets: Buffer, use: (file: string) => Promise<unknown>): Promise<void> {
  const folder = temporaryFolder("gatepost-letter");
  const file = join(folder, "letter.eml");
  writeFileSync(file, octets);
  try {
    await use(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** swaks ends every message with a line end of its own unless told to leave the data alone; then dots are ours to double. */
function swaks(standardPort: number, ...options: string[]): Sender["send"] {
  return async (server, letter) => {
    const stuffed = Buffer.from(`${letter.octets.toString("latin1").replace(/^\./gm, "..")}.`, "latin1");
    const root = await server.rootFile();
    await withFile(stuffed, (file) =>
      succeed([
        ...["swaks", "--server", "localhost", "--port", String(server.port(standardPort)), "--helo", "client.example"],
        ...["--from", letter.from, "--to", letter.to.join(","), "--data", `@${file}`, "--no-data-fixup"],
        ...["--tls-ca-path", root, ...options],
      ]),
    );
  };
}

const swaksLogin = (mechanism: string) => ["--auth", mechanism, "--auth-user", LOGIN, "--auth-password", PASSWORD];

function curl(scheme: "smtp" | "smtps", standardPort: number, login?: string): Sender["send"] {
  return async (server, letter) => {
    const root = await server.rootFile();
    await withFile(letter.octets, (file) =>
      succeed([
        ...["curl", "--silent", "--show-error", "--max-time", "30", "--ssl-reqd", "--cacert", root],
        ...(login === undefined ? [] : ["--user", `${login}:${PASSWORD}`]),
        ...["--mail-from", letter.from, ...letter.to.flatMap((one) => ["--mail-rcpt", one])],
        ...["--upload-file", file, `${scheme}://localhost:${server.port(standardPort)}/client.example`],
      ]),
    );
  };
}

interface PythonOptions {
  readonly tls: "none" | "starttls" | "implicit";
  readonly mechanism?: "PLAIN" | "LOGIN";
  readonly options?: readonly string[];
}

function smtplib(standardPort: number, { tls, mechanism, options = [] }: PythonOptions): Sender["send"] {
  return async (server, letter) => {
    await python("send", {
      ...{ tls, options, port: server.port(standardPort), root: await server.rootFile() },
      ...(mechanism !== undefined && { mechanism, login: LOGIN, password: PASSWORD }),
      ...{ from: letter.from, to: letter.to, message: letter.octets.toString("base64") },
    });
  };
}

/** nodemailer on a port that begins with TLS (`secure`) or goes over to it. */
export function nodemailer(standardPort: number, secure: boolean, login?: string): Sender["send"] {
  return async (server, letter) => {
    const transport = createTransport({
      ...{ host: "localhost", port: server.port(standardPort), secure, requireTLS: !secure, name: "client.example" },
      tls: { ca: readFileSync(await server.rootFile(), "utf8") },
      ...(login !== undefined && { auth: { user: login, pass: PASSWORD } }),
    });
    await transport.sendMail({ envelope: { from: letter.from, to: [...letter.to] }, raw: letter.octets });
    transport.close();
  };
}

const EIGHT_BIT = ["BODY=8BITMIME"];

/** Every sender there is. */
export const SENDERS: Readonly<Record<string, Sender>> = {
  "swaks in clear": { send: swaks(25) },
  "swaks with STARTTLS": { send: swaks(25, "--tls", "--tls-verify") },
  "swaks in clear with AUTH PLAIN": { login: LOGIN, send: swaks(587, ...swaksLogin("PLAIN")) },
  "swaks with STARTTLS and AUTH LOGIN": {
    login: LOGIN,
    send: swaks(587, "--tls", "--tls-verify", ...swaksLogin("LOGIN")),
  },
  "swaks over TLS with AUTH PLAIN": {
    login: LOGIN,
    send: swaks(465, "--tls-on-connect", "--tls-verify", ...swaksLogin("PLAIN")),
  },
  "swaks with PIPELINING": { send: swaks(25, "--pipeline") },
  "curl smtp with STARTTLS": { send: curl("smtp", 25) },
  "curl smtps with a login": { login: LOGIN, send: curl("smtps", 465, LOGIN) },
  "curl smtp with STARTTLS and a login": { login: LOGIN, send: curl("smtp", 587, LOGIN) },
  "smtplib in clear, 8BITMIME": { text: "8bit", send: smtplib(25, { tls: "none", options: EIGHT_BIT }) },
  "smtplib with STARTTLS, AUTH PLAIN": {
    login: LOGIN,
    send: smtplib(587, { tls: "starttls", mechanism: "PLAIN" }),
  },
  "smtplib over TLS, AUTH LOGIN, 8BITMIME": {
    login: LOGIN,
    text: "8bit",
    send: smtplib(465, { tls: "implicit", mechanism: "LOGIN", options: EIGHT_BIT }),
  },
  "smtplib with SMTPUTF8": {
    text: "utf8",
    send: smtplib(25, { tls: "starttls", options: ["SMTPUTF8", ...EIGHT_BIT] }),
  },
  "nodemailer with STARTTLS": { text: "8bit", send: nodemailer(25, false) },
  "nodemailer over TLS with a login": { login: LOGIN, text: "8bit", send: nodemailer(465, true, LOGIN) },
};
