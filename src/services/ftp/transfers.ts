/** Data connections and files over them: PASV, EPSV, PORT, EPRT, RETR, STOR, APPE, STOU, REST, ABOR and STAT. */
import type { Upload } from "../../files/files.ts";
import { normalise } from "../../files/names.ts";
import type { WriteOptions } from "../../files/upload.ts";
import { parseAddress } from "../../net/access.ts";
import type { Connection } from "../../net/connection.ts";
import { ConnectionClosed, DeadlineExceeded } from "../../net/errors.ts";
import { Refusal } from "../../refusal.ts";
import type { Command } from "./commands.ts";
import { longLine } from "./listing.ts";
import { refusalReply, reply, replyLines, SyntaxRefusal } from "./reply.ts";
import type { FtpSession } from "./session.ts";
import type { Transfer } from "./transfer.ts";

const ONLY_EPSV = reply(501, "You said EPSV ALL.");

/** RFC 959 §4.1.2. Outside the LAN a router may stand between: then its address is told, where it is set. */
export const pasv: Command = {
  verb: "PASV",
  states: "in",
  syntax: "PASV",
  rfc: "RFC 959 §4.1.2",
  summary: "Opens a port for a data connection of the client, in IPv4.",
  run: (session) => {
    if (session.epsvOnly) return ONLY_EPSV;
    const { connection, settings } = session;
    const told =
      !session.isNear && settings.externalAddress !== "" ? settings.externalAddress : connection.local.address;
    if (parseAddress(told)?.family !== 4) return reply(425, "In IPv6 say EPSV.");
    const number = session.channel.listen();
    return reply(227, `Entering Passive Mode (${told.replaceAll(".", ",")},${number >> 8},${number & 255}).`);
  },
};

/** RFC 2428 §3. */
export const epsv: Command = {
  verb: "EPSV",
  states: "in",
  syntax: "EPSV [1|2|ALL]",
  rfc: "RFC 2428 §3",
  summary: "Opens a port for a data connection of the client.",
  features: () => ["EPSV"],
  run: (session, rest) => {
    if (rest.toUpperCase() === "ALL") {
      session.epsvOnly = true;
      return reply(200, "EPSV is all there is from now on.");
    }
    const family = parseAddress(session.connection.local.address)?.family === 6 ? "2" : "1";
    if (rest !== "" && rest !== family)
      return reply(522, `This connection's family is what there is, use (${family}).`);
    return reply(229, `Entering Extended Passive Mode (|||${session.channel.listen()}|)`);
  },
};

/** RFC 959 §4.1.2. To the client's own address and high ports only (RFC 2577 §3). */
export const port: Command = {
  verb: "PORT",
  states: "in",
  syntax: "PORT h1,h2,h3,h4,p1,p2",
  rfc: "RFC 959 §4.1.2",
  summary: "Names the client's port for a data connection from here, in IPv4.",
  run: (session, rest) => {
    if (session.epsvOnly) return ONLY_EPSV;
    const numbers = /^\d{1,3}(,\d{1,3}){5}$/.test(rest) ? rest.split(",").map(Number) : [];
    const [high = 256, low = 256] = numbers.slice(4);
    if (numbers.some((number) => number > 255) || high > 255 || low > 255) throw new SyntaxRefusal(port.syntax);
    return lead(session, numbers.slice(0, 4).join("."), high * 256 + low);
  },
};

/** RFC 2428 §2. */
export const eprt: Command = {
  verb: "EPRT",
  states: "in",
  syntax: "EPRT |family|address|port|",
  rfc: "RFC 2428 §2",
  summary: "Names the client's port for a data connection from here.",
  features: () => ["EPRT"],
  run: (session, rest) => {
    if (session.epsvOnly) return ONLY_EPSV;
    const [before, family, address = "", number = "", after] = rest.split(rest.charAt(0));
    if (before !== "" || after !== "" || !/^\d{1,5}$/.test(number)) throw new SyntaxRefusal(eprt.syntax);
    if (family !== "1" && family !== "2") return reply(522, "The families are (1,2).");
    return lead(session, address, Number(number));
  },
};

function lead(session: FtpSession, address: string, number: number): string {
  try {
    session.channel.target(address, number);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    session.log("data.refused", `A data connection to ${address} port ${number} was asked for`, "warn");
    return reply(504, error.sentence);
  }
  return reply(200, "A data connection will go there.");
}

/** RFC 3659 §5. In TYPE A the offset counts octets of the text on the way. */
export const rest: Command = {
  verb: "REST",
  states: "in",
  syntax: "REST octets",
  rfc: "RFC 3659 §5",
  summary: "Lets the next transfer begin there.",
  features: () => ["REST STREAM"],
  run: (session, given) => {
    if (!/^\d{1,15}$/.test(given)) throw new SyntaxRefusal(rest.syntax);
    session.restart = Number(given);
    return reply(350, `The next transfer begins at ${session.restart}.`);
  },
};

/** RFC 959 §4.1.3. */
export const retr: Command = {
  verb: "RETR",
  states: "in",
  syntax: "RETR path",
  rfc: "RFC 959 §4.1.3",
  summary: "Sends a file.",
  run: async (session, given) => {
    if (given === "") throw new SyntaxRefusal(retr.syntax);
    const path = normalise(session.path(given));
    if (!session.channel.ready) return reply(425, "Say PASV, EPSV, PORT or EPRT first.");
    const file = await session.jail.openRead(path);
    const { type, restart } = session;
    if (type === "I" && restart > file.size) {
      await file.close();
      return reply(554, "The file is shorter than that.");
    }
    const opening = `Here it comes (${file.size} octets).`;
    const answer = session.begin(`RETR ${path}`, opening, async (transfer, data) => {
      try {
        if (type === "A") await transfer.sendText(file, restart, data);
        else await transfer.send(file, restart, data);
        return reply(226, `Sent ${transfer.sent} octets.`);
      } finally {
        noteTransfer(session, "RETR", path, transfer);
      }
    });
    void (session.transfer?.done ?? Promise.resolve()).then(() => file.close());
    return answer;
  },
};

/** A line for the log: who, what, how much. */
function noteTransfer(session: FtpSession, verb: string, path: string, transfer: Transfer): void {
  const octets = transfer.sent + transfer.received;
  session.log("file.transferred", `${verb} ${path}, ${octets} octets`, "info", {
    ...{ verb, path, octets },
    ...(transfer.aborted && { aborted: true }),
  });
}

/** Takes a file from the client. */
async function store(session: FtpSession, verb: string, path: string, options: WriteOptions): Promise<string> {
  if (!session.channel.ready) return reply(425, "Say PASV, EPSV, PORT or EPRT first.");
  const upload = await session.jail.openWrite(path, options);
  // RFC 1123 §4.1.2.9: the name that STOU chose stands in the reply.
  const opening = verb === "STOU" ? `FILE: ${path.slice(path.lastIndexOf("/") + 1)}` : "Send it.";
  const { type } = session;
  const answer = session.begin(`${verb} ${path}`, opening, async (transfer, data) => {
    const trouble = await received(upload, transfer, data, type);
    noteTransfer(session, verb, path, transfer);
    return trouble ?? reply(226, `Received ${transfer.received} octets.`);
  });
  if (answer !== "") await upload.abandon();
  // A transfer that never got its data connection leaves nothing.
  else void session.transfer?.done.then(() => upload.abandon());
  return answer;
}

/** Receives into an upload and ends it; the reply where it was broken off. */
async function received(
  upload: Upload,
  transfer: Transfer,
  data: Connection,
  type: "A" | "I",
): Promise<string | undefined> {
  try {
    if (type === "A") await transfer.receiveText(upload, data);
    else await transfer.receive(upload, data);
    await upload.commit();
    return undefined;
  } catch (error) {
    const broken = error instanceof ConnectionClosed || error instanceof DeadlineExceeded;
    if (!broken && !(error instanceof Refusal)) throw error;
    if (broken) data.destroy();
    const kept = await upload.keepPart();
    const what =
      kept === undefined ? "What was there before is unchanged." : `${kept} octets are kept; go on with REST ${kept}.`;
    if (broken) return reply(426, `The transfer was broken off. ${what}`);
    return refusalReply(new Refusal(error.kind, `${error.sentence} ${what}`));
  }
}

/** RFC 959 §4.1.3. With REST it goes on in the file that is there (RFC 3659 §5.2). */
export const stor: Command = {
  verb: "STOR",
  states: "in",
  syntax: "STOR path",
  rfc: "RFC 959 §4.1.3",
  summary: "Takes a file; one of that name is replaced when all of it is there.",
  modifies: true,
  run: async (session, given) => {
    if (given === "") throw new SyntaxRefusal(stor.syntax);
    const { restart, announced, type } = session;
    if (restart > 0 && type === "A") return reply(554, "A text cannot be resumed by octets; say TYPE I.");
    const mode = restart > 0 ? restart : "replace";
    return await store(session, "STOR", normalise(session.path(given)), { mode, expected: announced });
  },
};

/** RFC 959 §4.1.3. */
export const appe: Command = {
  verb: "APPE",
  states: "in",
  syntax: "APPE path",
  rfc: "RFC 959 §4.1.3",
  summary: "Takes octets for the end of a file.",
  modifies: true,
  run: async (session, given) => {
    if (given === "") throw new SyntaxRefusal(appe.syntax);
    return await store(session, "APPE", normalise(session.path(given)), {
      mode: "append",
      expected: session.announced,
    });
  },
};

/** RFC 959 §4.1.3, RFC 1123 §4.1.2.9. A name that was given is the beginning of the one that is chosen. */
export const stou: Command = {
  verb: "STOU",
  states: "in",
  syntax: "STOU [path]",
  rfc: "RFC 959 §4.1.3",
  summary: "Takes a file under a name that nothing has.",
  modifies: true,
  run: async (session, given) => {
    const unique = `${given === "" ? "file" : given}.${crypto.randomUUID().slice(0, 8)}`;
    const options = { mode: "create", expected: session.announced } as const;
    return await store(session, "STOU", normalise(session.path(unique)), options);
  },
};

/** RFC 959 §4.1.3: 426 for the transfer, then 226 for this. */
export const abor: Command = {
  verb: "ABOR",
  states: "any",
  syntax: "ABOR",
  rfc: "RFC 959 §4.1.3",
  summary: "Breaks a transfer off.",
  run: async (session) => {
    if (await session.abort()) return reply(226, "Broken off.");
    session.channel.reset();
    return reply(226, "Nothing was going on.");
  },
};

/** RFC 959 §4.1.3: about a transfer, about the session, or (with a path) a listing on the control connection. */
export const stat: Command = {
  verb: "STAT",
  states: "in",
  syntax: "STAT [path]",
  rfc: "RFC 959 §4.1.3",
  summary: "Tells how a transfer goes, about the session, or what lies in a folder.",
  run: async (session, given) => {
    if (given !== "") return await listed(session, given);
    const { transfer, connection } = session;
    const name = session.in.user.login;
    const about = [
      `Logged in as ${name} from ${connection.remote.address}, ${connection.secure ? "in TLS" : "in plaintext"}`,
      `In ${session.folder}, TYPE ${session.type}, data ${session.protectData ? "in TLS" : "in plaintext"}`,
      transfer ? `${transfer.doing}: ${transfer.sent + transfer.received} octets so far` : "No transfer",
    ];
    return replyLines(211, "How it stands:", about, "End.");
  },
};

/** Entries told on the control connection; a larger folder is for LIST. */
const MOST_LISTED = 1000;

async function listed(session: FtpSession, given: string): Promise<string> {
  const path = session.path(given);
  const entry = await session.jail.stat(path);
  const lines: string[] = [];
  if (entry.kind !== "folder") lines.push(longLine(entry, Date.now()));
  else {
    for await (const one of session.jail.list(path)) {
      if (lines.length >= MOST_LISTED) return reply(450, "There is more than fits here; say LIST.");
      lines.push(longLine(one, Date.now()));
    }
  }
  return replyLines(entry.kind === "folder" ? 212 : 213, "There is:", lines, "End.");
}
