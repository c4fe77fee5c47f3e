/** The FTP proxy between a client and a server who do not mean well, or break in the middle. */
import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { truncateSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import type { Socket, TCPSocketListener } from "bun";
import { Dialogue } from "../dialogue.ts";
import { Gatepost, PASSWORD, run, temporaryFolder } from "../harness.ts";
import { makePem } from "../tls.ts";

let near: Gatepost;
beforeAll(async () => {
  const settings = ["gateway.reachable=127.0.0.0/8", "ftpProxy.replyTimeout=2", "ftpProxy.dataTimeout=2"];
  near = await Gatepost.start({ settings });
  await near.command(["user", "set", "guest", "grant=ftp.proxy"]);
}, 60_000);
afterAll(async () => {
  await near?.remove();
});

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

/** What a server answers to a verb; a function is called with its socket, undefined says nothing. */
type Script = Record<string, string | ((socket: Socket<{ rest: string }>) => void) | undefined>;

/** A server that follows a script, and the lines that it heard. */
function server(script: Script = {}): { readonly port: number; readonly heard: string[] } {
  const heard: string[] = [];
  const usual: Script = { "": "220 Here.", USER: "331 Who?", PASS: "230 In.", AUTH: "502 No.", QUIT: "221 Bye." };
  const rules = { ...usual, ...script };
  const act = (socket: Socket<{ rest: string }>, verb: string) => {
    const rule = rules[verb] ?? (verb in rules ? undefined : "502 What?");
    if (typeof rule === "string") socket.write(`${rule}\r\n`);
    else rule?.(socket);
  };
  const hear = (socket: Socket<{ rest: string }>, octets: Buffer) => {
    const lines = `${socket.data.rest}${octets.toString("latin1")}`.split("\r\n");
    socket.data.rest = lines.pop() ?? "";
    for (const line of lines) {
      heard.push(line);
      act(socket, line.split(" ")[0] ?? "");
    }
  };
  const tls = { ...makePem(), isServer: true };
  const listener = Bun.listen<{ rest: string; secure?: true }>({
    ...{ hostname: "127.0.0.1", port: 0, data: { rest: "" } },
    socket: {
      open: (socket) => {
        socket.data = { rest: "" };
        act(socket, "");
      },
      data: (socket, octets) => {
        if (socket.data.secure) return;
        const before = heard.length;
        hear(socket, octets);
        if (heard[before] !== "AUTH TLS" || typeof rules.AUTH !== "string" || !rules.AUTH.startsWith("234")) return;
        socket.data.secure = true;
        socket.upgradeTLS({ data: { rest: "" }, tls, isServer: true, socket: { data: hear } } as never);
      },
    },
  });
  open.push(() => listener.stop(true));
  return { port: listener.port, heard };
}

/** A client that has reached a server; with `inside` it has logged in there, too. */
async function client(port: number, inside = true): Promise<Dialogue> {
  const dialogue = await Dialogue.open({ port: near.port(2121) });
  open.push(() => dialogue.end());
  await dialogue.expect("220");
  if (!inside) return dialogue;
  await dialogue.say(`USER anna@127.0.0.1:${port}`, "331");
  await dialogue.say("PASS secret", "230");
  return dialogue;
}

/** A data port that says `what` to whoever comes, or waits. */
function dataPort(what: string | undefined, host = "127.0.0.1"): TCPSocketListener<undefined> & { came: number } {
  const listener = Bun.listen<undefined>({
    ...{ hostname: host, port: 0, data: undefined },
    socket: {
      open: (socket) => {
        listener.came++;
        if (what === undefined) return;
        socket.end(what);
      },
      data: () => undefined,
    },
  }) as TCPSocketListener<undefined> & { came: number };
  listener.came = 0;
  open.push(() => listener.stop(true));
  return listener;
}

/** The client's passive connection. */
async function passive(dialogue: Dialogue): Promise<Dialogue> {
  const reply = await dialogue.say("EPSV", "229");
  const data = await Dialogue.open({ port: Number(/\|(\d+)\|/.exec(reply)?.[1]) });
  open.push(() => data.end());
  return data;
}

test.each([
  ["says what no FTP server says", "SSH-2.0-OpenSSH", /421 .*does not speak FTP/],
  ["sends it away", "421 Full.", /421 .*takes nobody in: Full/],
  ["says nothing", undefined, /421 .*does not answer in time/],
  [
    "answers without end",
    (socket: Socket<{ rest: string }>) => void socket.write("220-a\r\n".repeat(2_000)),
    /421 .*without end/,
  ],
  [
    "sends a line without end",
    (socket: Socket<{ rest: string }>) => void socket.write("220-".padEnd(9_000, "x")),
    /421 /,
  ],
  ["closes at once", (socket: Socket<{ rest: string }>) => void socket.end(), /421 .*closed the connection/],
])("a server that %s is no server", async (_what, greeting, wanted) => {
  const { port } = server({ "": greeting });
  const dialogue = await client(port, false);
  expect(await dialogue.say(`USER anna@127.0.0.1:${port}`, "421")).toMatch(wanted);
  await dialogue.closed();
});

test("one line is one command, whatever is in it", async () => {
  const { port, heard } = server({ DELE: "250 Gone." });
  const dialogue = await client(port);
  for (const line of ["NOOP\rDELE a", "NOOP \0DELE a", "NOOP\nDELE b"]) dialogue.sendRaw(`${line}\r\n`);
  await dialogue.expect("500");
  await dialogue.expect("500");
  // The third were two lines, and are.
  await dialogue.expect("502");
  await dialogue.expect("250");
  expect(heard.filter((line) => /NOOP|DELE/.test(line))).toEqual(["NOOP", "DELE b"]);
});

test("a name of the server's login cannot bring a command along", async () => {
  const { port, heard } = server();
  const dialogue = await client(port, false);
  await dialogue.say(`USER anna@x@127.0.0.1:${port}`, "331");
  await dialogue.say("PASS a b  c", "230");
  expect(heard).toEqual(["AUTH TLS", "USER anna@x", "PASS a b  c"]);
});

test("what a server says of other hosts is not believed", async () => {
  const elsewhere = dataPort("stolen", "127.0.0.2");
  const here = Bun.listen({
    hostname: "127.0.0.1",
    port: elsewhere.port,
    socket: { open: (s) => void s.end("own"), data() {} },
  });
  open.push(() => here.stop(true));
  const [high, low] = [elsewhere.port >> 8, elsewhere.port & 255];
  const { port } = server({
    EPSV: "500 No.",
    PASV: `227 (127,0,0,2,${high},${low})`,
    LIST: "150 Here it comes.\r\n226 Done.",
  });
  const dialogue = await client(port);
  const data = await passive(dialogue);
  await dialogue.say("LIST", "150");
  expect(await data.closed()).toBe("own");
  await dialogue.expect("226");
  expect(elsewhere.came).toBe(0);
});

test.each([
  ["no port at all", "229 Entering (|||)"],
  ["port 0", "229 Entering (|||0|)"],
  ["a port out of range", "229 Entering (|||70000|)"],
  ["the port of another service", "229 Entering (|||25|)"],
])("a server that offers %s gets no transfer", async (_what, offer) => {
  const { port } = server({ EPSV: offer, PASV: "227 (1,2,3)" });
  const dialogue = await client(port);
  await passive(dialogue);
  expect(await dialogue.say("LIST", /^4/)).toContain("no data connection");
  await dialogue.say("NOOP", "502");
});

test("data goes to the client's own address and high ports only", async () => {
  const dialogue = await client(server().port);
  await dialogue.say("PORT 127,0,0,2,200,1", "550");
  await dialogue.say("PORT 127,0,0,1,0,22", "550");
  await dialogue.say("EPRT |2|::1|40000|", "550");
  await dialogue.say("PORT 127,0,0,1,300,1", "501");
});

test("a stranger who comes to the client's data port first gets nothing", async () => {
  const data = dataPort("secret");
  const { port } = server({ EPSV: `229 (|||${data.port}|)`, RETR: "150 Here.\r\n226 Done." });
  const dialogue = await client(port);
  const reply = await dialogue.say("EPSV", "229");
  const offered = Number(/\|(\d+)\|/.exec(reply)?.[1]);
  const stranger = await run([
    "curl",
    "-s",
    "--interface",
    "127.0.0.3",
    "--max-time",
    "5",
    `telnet://127.0.0.1:${offered}`,
  ]);
  expect(stranger.out).toBe("");
  const own = await Dialogue.open({ port: offered });
  await dialogue.say("RETR a", "150");
  expect(await own.closed()).toBe("secret");
  await dialogue.expect("226");
});

test("a transfer for which nobody comes ends, and the session goes on", async () => {
  const data = dataPort("never seen");
  const { port } = server({ EPSV: `229 (|||${data.port}|)`, RETR: "150 Here.\r\n226 Done." });
  const dialogue = await client(port);
  await dialogue.say("EPSV", "229");
  await dialogue.say("RETR a", "150");
  await dialogue.expect("426");
  await dialogue.say("NOOP", "502");
});

test("a server that goes in the middle of a transfer ends the session with a reply", async () => {
  const data = dataPort("half");
  const die = (socket: Socket<{ rest: string }>) => {
    socket.write("150 Here.\r\n");
    socket.end();
  };
  const { port } = server({ EPSV: `229 (|||${data.port}|)`, RETR: die });
  const dialogue = await client(port);
  const got = await passive(dialogue);
  await dialogue.say("RETR a", "150");
  expect(await got.closed()).toBe("half");
  await dialogue.expect("421");
  await dialogue.closed();
});

test("a connection that is ended takes its transfer along, whatever was said meanwhile", async () => {
  const endless = Bun.listen<{ timer?: ReturnType<typeof setInterval> }>({
    ...{ hostname: "127.0.0.1", port: 0, data: {} },
    socket: {
      open: (socket) => {
        socket.data = { timer: setInterval(() => socket.write("x"), 50) };
      },
      close: (socket) => clearInterval(socket.data.timer),
      data: () => undefined,
    },
  });
  open.push(() => endless.stop(true));
  const { port } = server({ EPSV: `229 (|||${endless.port}|)`, RETR: "150 Here." });
  const dialogue = await client(port);
  const data = await passive(dialogue);
  // With a command that waits nobody listens for the client's end.
  dialogue.sendRaw("RETR a\r\nNOOP\r\n");
  await dialogue.expect("150");
  const live = JSON.parse(await near.command(["proxy", "live", "--json"])) as { id: number; port: number }[];
  const { id } = live.find((one) => one.port === port) as { id: number };
  await near.command(["proxy", "cut", String(id)]);
  expect(await data.closed()).toMatch(/^x*$/);
});

test("ABOR breaks a transfer off, STAT does not, and the next command waits", async () => {
  const far = await Gatepost.start({ users: ["anna"] });
  open.push(() => void far.remove());
  await far.command(["user", "set", "anna", "grant=ftp.login,ftp.modify"]);
  const big = join(temporaryFolder("ftp-proxy"), "big");
  writeFileSync(big, "");
  truncateSync(big, 64 << 20);
  const put = await run(["curl", "-sS", "-T", big, `ftp://anna:${PASSWORD}@127.0.0.1:${far.port(21)}/big`]);
  expect(put).toEqual({ code: 0, out: "", error: "" });
  const dialogue = await Dialogue.open({ port: near.port(2121) });
  await dialogue.expect("220");
  await dialogue.say(`USER anna@127.0.0.1:${far.port(21)}`, "331");
  await dialogue.say(`PASS ${PASSWORD}`, "230");
  const reply = await dialogue.say("EPSV", "229");
  // Nobody reads what comes.
  const data = connect(Number(/\|(\d+)\|/.exec(reply)?.[1]), "127.0.0.1");
  data.on("error", () => undefined);
  open.push(() => data.destroy());
  await dialogue.say("RETR big", "150");
  await dialogue.say("STAT", "211");
  dialogue.sendRaw("ABOR\r\n");
  // 522 where it came before the data connection was in TLS.
  await dialogue.expect(/^(?:426|522)/);
  await dialogue.expect("226");
  await dialogue.say("PWD", "257");
  await passive(dialogue);
  dialogue.sendRaw("NLST\r\nPWD\r\n");
  await dialogue.expect("150");
  await dialogue.expect("226");
  await dialogue.expect("257");
  await dialogue.say("QUIT", "221");
}, 30_000);

test("where TLS to servers is required, those without it are refused", async () => {
  await near.set("ftpProxy.tls=required");
  const { port, heard } = server();
  const dialogue = await client(port, false);
  await dialogue.say(`USER anna@127.0.0.1:${port}`, "421");
  expect(heard[0]).toBe("AUTH TLS");
  expect(heard).not.toContain("USER anna");
  await near.set("ftpProxy.tls=offered");
});

test("where TLS is required, data is not sent openly either", async () => {
  await near.set("ftpProxy.tls=required");
  const far = await Gatepost.start({ users: ["anna"] });
  open.push(() => void far.remove());
  await far.command(["user", "set", "anna", "grant=ftp.login"]);
  const dialogue = await Dialogue.open({ port: near.port(2121) });
  await dialogue.expect("220");
  await dialogue.say(`USER anna@127.0.0.1:${far.port(21)}`, "331");
  await dialogue.say(`PASS ${PASSWORD}`, "230");
  await passive(dialogue);
  await dialogue.say("NLST", "150");
  await dialogue.expect("226");
  const { port } = server({ AUTH: "234 Go on.", PBSZ: "200 Yes.", PROT: "534 No." });
  const other = await client(port);
  await passive(other);
  expect(await other.say("NLST", "550")).toContain("does not encrypt data connections");
  await near.set("ftpProxy.tls=offered");
});

test("senseless lines end the session", async () => {
  const dialogue = await Dialogue.open({ port: near.port(2121) });
  await dialogue.expect("220");
  for (let n = 1; n < 20; n++) await dialogue.say(`?${n}`, "500");
  await dialogue.say("x".repeat(10_000), "421");
  await dialogue.closed();
});

test("what is said before TLS is forgotten with it", async () => {
  const dialogue = await Dialogue.open({ port: near.port(2121) });
  await dialogue.expect("220");
  dialogue.sendRaw("AUTH TLS\r\nSITE 127.0.0.1\r\n");
  await dialogue.expect("234");
  await dialogue.startTls();
  await dialogue.say("PBSZ 0", "200");
  dialogue.end();
});
