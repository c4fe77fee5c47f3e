/** Programs of people: what they are told when they log in, send and read. */
import { readFileSync } from "node:fs";
import { ImapFlow } from "imapflow";
import { createTransport } from "nodemailer";
import { calls } from "../e2e/python.ts";
import { PASSWORD, run } from "../harness.ts";
import { entered, type Town } from "./town.ts";

/** Logs in with imapflow: "ok", or what the server said. */
export async function imap(town: Town, login: string, password = PASSWORD): Promise<string> {
  try {
    await (await program(town, login, password)).logout();
    return "ok";
  } catch (thrown) {
    const { serverResponseCode = "", responseText = "" } = thrown as Refused;
    return `${serverResponseCode} ${responseText || String(thrown)}`.trim();
  }
}

/** As much of imapflow's error as is looked at. */
interface Refused {
  readonly serverResponseCode?: string;
  readonly responseText?: string;
}

/** Logs in with curl: "ok", or what the server said. */
export async function pop3({ server }: Town, login: string, password = PASSWORD): Promise<string> {
  const said = await run([
    ...["curl", "--silent", "--verbose", "--max-time", "20", "--cacert", await server.rootFile()],
    ...["--user", `${login}:${password}`, `pop3s://localhost:${server.port(995)}/`],
  ]);
  return said.code === 0 ? "ok" : (said.error.match(/^< (-ERR .*)$/gm)?.at(-1) ?? said.error);
}

/** Logs in with Python's imaplib and poplib: for each "ok", or what the server said. */
export async function python({ server }: Town, login: string): Promise<{ imap: string; pop3: string }> {
  const [byImap, byPop3] = await Promise.all([
    calls(server, "imaps", ["login", login, PASSWORD]),
    calls(server, "pop3s", ["user", login], ["pass_", PASSWORD]),
  ]);
  return { imap: told(byImap.at(-1)), pop3: told(byPop3.at(-1)) };
}

function told(result: unknown): string {
  const error = (result as { error?: string } | null)?.error;
  return error ?? "ok";
}

/** Signs in at the web page: where it leads, or what it says. */
export async function web({ base }: Town, login: string, password = PASSWORD): Promise<string> {
  const { location, text } = await entered(base, login, password);
  return location || text;
}

interface Letter {
  readonly from?: string;
  readonly to: string;
  readonly subject?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly text?: string;
}

/** Hands a letter in as somebody who has logged in: the server's last reply. */
export async function submit(town: Town, login: string, letter: Letter, password = PASSWORD): Promise<string> {
  return await send(town, { port: 465, auth: { user: login, pass: password } }, letter);
}

/** Hands a letter in from outside. */
export async function deliver(town: Town, letter: Letter): Promise<string> {
  return await send(town, { port: 25 }, letter);
}

async function send(
  { server }: Town,
  { port, auth }: { readonly port: 25 | 465; readonly auth?: { user: string; pass: string } },
  { from = "somebody@outside.example", to, subject = "A letter", headers = {}, text = "Text" }: Letter,
): Promise<string> {
  const transport = createTransport({
    ...{ host: "localhost", port: server.port(port), secure: port === 465, name: "client.example" },
    tls: { ca: readFileSync(await server.rootFile(), "utf8") },
    ...(auth !== undefined && { auth }),
  });
  try {
    const sent = await transport.sendMail({ envelope: { from, to }, from, to, subject, text, headers });
    return sent.response;
  } catch (thrown) {
    return (thrown as { response?: string }).response ?? String(thrown);
  } finally {
    transport.close();
  }
}

/** A logged-in imapflow. */
export async function program({ server }: Town, login: string, password = PASSWORD): Promise<ImapFlow> {
  const client = new ImapFlow({
    ...{
      host: "localhost",
      port: server.port(993),
      secure: true,
      logger: false,
      auth: { user: login, pass: password },
    },
    tls: { ca: readFileSync(await server.rootFile(), "utf8") },
  });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

/** The messages of a folder as IMAP gives them, oldest first. */
export async function folder(town: Town, login: string, name = "INBOX", password = PASSWORD): Promise<string[]> {
  const client = await program(town, login, password);
  try {
    const messages: string[] = [];
    const { exists } = await client.mailboxOpen(name, { readOnly: true });
    if (exists > 0)
      for await (const { source } of client.fetch("1:*", { source: true })) messages.push(source?.toString() ?? "");
    return messages;
  } finally {
    await client.logout();
  }
}

/** The subjects in a folder. */
export async function subjects(town: Town, login: string, name = "INBOX"): Promise<string[]> {
  return (await folder(town, login, name)).map((message) => /^Subject: (.*)$/m.exec(message)?.[1]?.trim() ?? "");
}
