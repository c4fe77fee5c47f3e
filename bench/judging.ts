/**
 * Mail that is judged before it is taken: SPF, two DKIM signatures, DMARC, the client's name, and what the message says. Beside Postfix and
 * Dovecot with rspamd as a milter; one name server on loopback answers both. Measured from the first octet until the last message can be
 * read over IMAP.
 */
import type { Socket } from "bun";
import { RFC8463 } from "../test/filter/signatures.ts";
import { until } from "../test/harness.ts";
import { MockDns } from "../test/transport/mock-dns.ts";
import { countOf } from "./delivery.ts";
import { startGatepost } from "./gatepost.ts";
import { ImapClient } from "./imap-client.ts";
import { startPeers } from "./peers.ts";
import { startRspamd } from "./rspamd.ts";
import { ADDRESS, PASSWORD, type Server } from "./server.ts";

const SESSIONS = 20;
const MESSAGES = 2_000;
const SENDER = "joe@football.example.com";

/** The world the mail comes from: the domain of RFC 8463's example, which this machine sends for. */
async function world(): Promise<MockDns> {
  const keys = Object.entries(RFC8463.records).map(([name, text]) => [name, { TXT: [text] }]);
  return await MockDns.start({
    ...Object.fromEntries(keys),
    "football.example.com": { TXT: ["v=spf1 include:outside.example.com ip4:127.0.0.1 -all"], A: ["127.0.0.1"] },
    "outside.example.com": { TXT: ["v=spf1 ip4:192.0.2.0/24 -all"] },
    "_dmarc.football.example.com": { TXT: ["v=DMARC1; p=reject; adkim=s"] },
    "1.0.0.127.in-addr.arpa": { PTR: ["mx.football.example.com"] },
    "mx.football.example.com": { A: ["127.0.0.1"] },
  });
}

/** Runs `work` with both servers, ours first. */
export async function judges(work: (servers: readonly Server[]) => Promise<void>): Promise<void> {
  const dns = await world();
  const rspamd = await startRspamd(dns.server);
  const servers = [
    await startGatepost([`dns.servers=${dns.server}`, "filter.exempt=[]", "spam.junkAt=100", "spam.greylistAt=100"]),
    await startPeers({ milter: rspamd.milter }),
  ];
  try {
    await work(servers);
  } finally {
    for (const server of servers) await server.stop();
    await rspamd.stop();
    dns.stop();
  }
}

/** Messages a second. */
export async function judgedDelivery(server: Server): Promise<number> {
  const client = await ImapClient.login(server.imap, server.login, PASSWORD);
  const before = await countOf(client);
  const began = performance.now();
  await Promise.all(Array.from({ length: SESSIONS }, (_, at) => session(server.smtp, `${began}-${at}`)));
  await until(async () => (await countOf(client)) >= before + MESSAGES, "all messages to be readable", 600);
  const seconds = (performance.now() - began) / 1_000;
  client.close();
  return MESSAGES / seconds;
}

/** One session that sends its share, each message with a number of its own in a field that is not signed. */
async function session(port: number, name: string): Promise<void> {
  const replies = new Replies();
  const socket: Socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: { data: (_, octets) => replies.take(octets) },
  });
  await replies.next("220");
  socket.write("EHLO mx.football.example.com\r\n");
  await replies.next("250");
  for (let number = 0; number < MESSAGES / SESSIONS; number++) {
    socket.write(`MAIL FROM:<${SENDER}>\r\nRCPT TO:<${ADDRESS}>\r\nDATA\r\n`);
    for (const code of ["250", "250", "354"]) await replies.next(code);
    socket.write(`X-Number: ${name}-${number}\r\n${RFC8463.message}.\r\n`);
    await replies.next("250");
  }
  socket.end("QUIT\r\n");
}

/** The replies of a server, in order. */
class Replies {
  #text = "";
  #arrived: (() => void) | undefined;

  take(octets: Uint8Array): void {
    this.#text += Buffer.from(octets).toString("latin1");
    this.#arrived?.();
  }

  async next(code: string): Promise<void> {
    for (;;) {
      const reply = /^(?:\d{3}-.*\r\n)*(\d{3}) .*\r\n/.exec(this.#text);
      if (reply !== null) {
        this.#text = this.#text.slice(reply[0].length);
        if (reply[1] !== code) throw new Error(`instead of ${code}: ${reply[0]}`);
        return;
      }
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
  }
}
