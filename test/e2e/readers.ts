/** Programs that read mail, each in its own way: all give the messages of an INBOX, octet for octet, oldest first. */
import { readFileSync } from "node:fs";
import { ImapFlow } from "imapflow";
import { type Gatepost, PASSWORD, succeed } from "../harness.ts";
import { python } from "./python.ts";

export type Reader = (server: Gatepost, login: string) => Promise<Buffer[]>;

/** imaplib and poplib over TLS that both begin with and go over to. */
function pythonReader(protocol: "imap" | "pop3", standardPort: number, tls: "implicit" | "starttls"): Reader {
  return async (server, login) => {
    const task = { protocol, tls, login, password: PASSWORD, port: server.port(standardPort) };
    const messages = await python<string[]>("read", { ...task, root: await server.rootFile() });
    return messages.map((message) => Buffer.from(message, "base64"));
  };
}

/** One call of curl; the certificate must be good for the name. */
export async function curl(server: Gatepost, login: string, url: string, ...more: string[]): Promise<string> {
  const words = ["--silent", "--show-error", "--max-time", "30", "--ssl-reqd", "--cacert", await server.rootFile()];
  return await succeed(["curl", ...words, "--user", `${login}:${PASSWORD}`, ...more, url]);
}

async function curlFile(server: Gatepost, login: string, url: string): Promise<Buffer> {
  const response = Bun.spawn(
    [
      ...["curl", "--silent", "--show-error", "--max-time", "30", "--ssl-reqd", "--cacert", await server.rootFile()],
      ...["--user", `${login}:${PASSWORD}`, url],
    ],
    { stdout: "pipe" },
  );
  const octets = Buffer.from(await new Response(response.stdout).arrayBuffer());
  if ((await response.exited) !== 0) throw new Error(`curl could not read ${url}`);
  return octets;
}

function curlImap(scheme: "imap" | "imaps", standardPort: number): Reader {
  return async (server, login) => {
    const base = `${scheme}://localhost:${server.port(standardPort)}/INBOX`;
    const found = await curl(server, login, base, "--request", "UID SEARCH ALL");
    const uids = (/^\* SEARCH([ 0-9]*)/m.exec(found)?.[1] ?? "").trim();
    const messages: Buffer[] = [];
    for (const uid of uids === "" ? [] : uids.split(" ")) {
      messages.push(await curlFile(server, login, `${base};UID=${uid}`));
    }
    return messages;
  };
}

function curlPop3(scheme: "pop3" | "pop3s", standardPort: number): Reader {
  return async (server, login) => {
    const base = `${scheme}://localhost:${server.port(standardPort)}/`;
    const list = (await curl(server, login, base)).trim();
    const numbers = list === "" ? [] : list.split(/\r?\n/).map((line) => line.split(" ")[0] ?? "");
    const messages: Buffer[] = [];
    for (const number of numbers) messages.push(await curlFile(server, login, `${base}${number}`));
    return messages;
  };
}

/** A logged-in imapflow that checks the certificate. */
export async function imapFlow(server: Gatepost, login: string, secure = true): Promise<ImapFlow> {
  const client = new ImapFlow({
    host: "localhost",
    port: server.port(secure ? 993 : 143),
    secure,
    ...(!secure && { doSTARTTLS: true }),
    auth: { user: login, pass: PASSWORD },
    tls: { ca: readFileSync(await server.rootFile(), "utf8") },
    logger: false,
  });
  await client.connect();
  return client;
}

const imapFlowReader: Reader = async (server, login) => {
  const client = await imapFlow(server, login);
  const messages: Buffer[] = [];
  await client.mailboxOpen("INBOX", { readOnly: true });
  for await (const { source } of client.fetch("1:*", { source: true })) if (source) messages.push(source);
  await client.logout();
  return messages;
};

/** Every reader there is. */
export const READERS: Readonly<Record<string, Reader>> = {
  "imaplib over TLS": pythonReader("imap", 993, "implicit"),
  "imaplib with STARTTLS": pythonReader("imap", 143, "starttls"),
  "poplib over TLS": pythonReader("pop3", 995, "implicit"),
  "poplib with STLS": pythonReader("pop3", 110, "starttls"),
  "curl imaps": curlImap("imaps", 993),
  "curl imap with STARTTLS": curlImap("imap", 143),
  "curl pop3s": curlPop3("pop3s", 995),
  "curl pop3 with STLS": curlPop3("pop3", 110),
  imapflow: imapFlowReader,
};
