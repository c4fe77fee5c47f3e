/** Sessions as a client of RFC 959 and its successors sees them. */
import { afterAll, expect, test } from "bun:test";
import type { Event } from "../../src/store/events.ts";
import { Dialogue } from "../dialogue.ts";
import { activePort, dataTo, fetch, House, PASSWORD, passive, readAll, send } from "./house.ts";

const house = await House.build();
afterAll(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
});

test("somebody logs in, looks around and leaves", async () => {
  const client = await house.dial();
  await client.ask("PWD", "530");
  await client.ask("USER ann", "331");
  await client.ask(`PASS ${PASSWORD}`, "230");
  await client.ask("PWD", '257 "/"');
  await client.ask("SYST", "215 UNIX");
  await client.ask("NOOP", "200");
  await client.ask("ACCT x", "202");
  await client.ask("SMNT /x", "502");
  await client.ask("NONSENSE", "500");
  await client.ask("HELP", /^214-[\s\S]*RETR[\s\S]*214 /);
  await client.ask("HELP retr", /214 RETR path \(RFC 959/);
  await client.ask("STAT", /^211-[\s\S]*Logged in as ann/);
  await client.ask("REIN", "220");
  await client.ask("PWD", "530");
  await client.ask("QUIT", "221");
  await client.closed();
});

test("a wrong name and a wrong password hear the same", async () => {
  const client = await house.dial();
  await client.ask("USER ann", "331");
  const wrong = await client.ask("PASS wrong", "530");
  await client.ask("USER nemo", "331");
  expect(await client.ask("PASS wrong", "530")).toBe(wrong);
  await client.ask("PASS again", "503");
  await client.ask("USER nobody", "331");
  await client.ask(`PASS ${PASSWORD}`, /^530 This account may not use FTP/);
  client.destroy();
});

test("files and folders are made, listed, renamed and removed", async () => {
  const client = await house.loggedIn();
  await client.ask("TYPE I", "200");
  await client.ask("MKD docs", '257 "/docs"');
  await client.ask('XMKD quo"te', '257 "/quo""te"');
  await client.ask('RMD quo"te', "250");
  await client.ask("CWD docs", "250");
  await client.ask("XPWD", '257 "/docs"');
  expect(await send(client, "STOR a.txt", "hello")).toStartWith("226");
  expect(await send(client, "APPE a.txt", " world")).toStartWith("226");
  expect(await fetch(client, "RETR /docs/a.txt")).toBe("hello world");
  await client.ask("REST 6", "350");
  expect(await fetch(client, "RETR a.txt")).toBe("world");
  expect(await fetch(client, "RETR a.txt")).toBe("hello world");
  await client.ask("REST 5", "350");
  expect(await send(client, "STOR a.txt", "!")).toStartWith("226");
  expect(house.content("docs/a.txt")).toBe("hello!");
  await client.ask("SIZE a.txt", "213 6");
  await client.ask("MFMT 20010203040506 a.txt", "213 Modify=20010203040506; a.txt");
  await client.ask("MDTM a.txt", "213 20010203040506");
  await client.ask("SITE UTIME 200102030405 a.txt", "200");
  await client.ask("MDTM a.txt", "213 20010203040500");
  await client.ask("SITE CHMOD 604 a.txt", "200");
  await client.ask("SITE HELP", /^214-/);
  await client.ask("SITE EXEC ls", "504");
  expect(await fetch(client, "LIST")).toMatch(/^-rw----r-- +1 owner +group +6 Feb {2}3 {2}2001 a\.txt\r\n$/);
  expect(await fetch(client, "LIST -la *.txt")).toContain(" a.txt");
  expect(await fetch(client, "NLST")).toBe("a.txt\r\n");
  expect(await fetch(client, "NLST /docs/?.txt")).toBe("/docs/a.txt\r\n");
  expect(await fetch(client, "NLST [b-z]*")).toBe("");
  expect(await fetch(client, "MLSD")).toMatch(
    /^type=file;size=6;modify=20010203040500;perm=radfw;unique=\w+;UNIX\.mode=0604; a\.txt\r\n$/,
  );
  await client.ask("OPTS MLST size;type;nonsense;", "200 MLST OPTS type;size;");
  expect(await fetch(client, "MLSD /docs")).toBe("type=file;size=6; a.txt\r\n");
  await client.ask("MLST a.txt", /^250-Facts:\n type=file;size=6; \/docs\/a\.txt\n250 End\.$/);
  await client.ask("STAT /docs", /^212-[\s\S]* a\.txt\n212 /);
  await client.ask(
    "HASH a.txt",
    "213 SHA-256 0-6 ce06092fb948d9ffac7d1a376e404b26b7575bcc11ee05a4615fef4fec3a308b a.txt",
  );
  await client.ask("OPTS HASH MD5", "200 MD5");
  await client.ask("HASH a.txt", "213 MD5 0-6 5a8dd3ad0756a93ded72b823b19dd877 a.txt");
  await client.ask("RNFR a.txt", "350");
  await client.ask("RNTO /b.txt", "250");
  await client.ask("RNTO /c.txt", "503");
  await client.ask("CDUP", "250");
  await client.ask("RMD docs", "250");
  await client.ask("DELE b.txt", "250");
  await client.ask("DELE b.txt", "550");
  await client.ask("RETR b.txt", "425");
  await passive(client);
  await client.ask("RETR b.txt", "550");
  expect(await fetch(client, "NLST")).toBe("");
  await client.ask("QUIT", "221");
});

test("an upload gets a name of its own where none is wanted", async () => {
  const client = await house.loggedIn();
  const port = await passive(client);
  const socket = await dataTo(port);
  client.send("STOU");
  const name = /^150 FILE: (\S+)$/.exec(await client.reply())?.[1] ?? "";
  socket.end("unique");
  await client.reply("226");
  expect(house.content(name)).toBe("unique");
  await client.ask(`DELE ${name}`, "250");
  client.destroy();
});

test("text travels with the network's ends of lines", async () => {
  const client = await house.loggedIn();
  expect(await send(client, "STOR t.txt", "one\r\ntwo\r\n\rthree\r")).toStartWith("226");
  expect(house.content("t.txt")).toBe("one\ntwo\n\rthree\r");
  expect(await fetch(client, "RETR t.txt")).toBe("one\r\ntwo\r\n\rthree\r");
  await client.ask("SIZE t.txt", "213 17");
  await client.ask("REST 5", "350");
  expect(await fetch(client, "RETR t.txt")).toBe("two\r\n\rthree\r");
  await client.ask("TYPE L 8", "200");
  await client.ask("SIZE t.txt", "213 15");
  for (const wrong of ["TYPE E", "TYPE A C", "MODE B", "STRU R"]) await client.ask(wrong, "504");
  for (const right of ["TYPE A N", "MODE S", "STRU F"]) await client.ask(right, "200");
  await client.ask("DELE t.txt", "250");
  client.destroy();
});

test("the server connects to the client where that is wanted", async () => {
  const client = await house.loggedIn();
  for (const how of ["PORT", "EPRT"]) {
    const { port, next, close } = await activePort();
    const place = how === "PORT" ? `PORT 127,0,0,1,${port >> 8},${port & 255}` : `EPRT |1|127.0.0.1|${port}|`;
    await client.ask(place, "200");
    client.send("NLST");
    const socket = await next;
    await client.reply("150");
    await readAll(socket);
    await client.reply("226");
    socket.destroy();
    close();
  }
  await client.ask("EPSV ALL", "200");
  await client.ask("PASV", "501");
  await client.ask("PORT 127,0,0,1,200,1", "501");
  await client.ask("EPSV 2", "522");
  await client.ask("EPSV 1", "229");
  client.destroy();
});

test("files travel in TLS, and the client may go on without", async () => {
  const client = await house.dial();
  await client.ask("PROT P", "503");
  await client.ask("AUTH KERBEROS", "504");
  await client.ask("AUTH TLS", "234");
  await client.startTls();
  await client.ask("AUTH TLS", "503");
  await client.ask("USER ann", "331");
  await client.ask(`PASS ${PASSWORD}`, "230");
  await client.ask("PBSZ 0", "200 PBSZ=0");
  await client.ask("PROT S", "536");
  await client.ask("PROT P", "200");
  await client.ask("TYPE I", "200");
  const large = Buffer.alloc(3_000_000, "0123456789");
  expect(await send(client, "STOR large", large, true)).toStartWith("226");
  expect(await fetch(client, "RETR large", true)).toBe(large.toString());
  await client.ask("PROT C", "200");
  await client.ask("REST 2999990", "350");
  expect(await fetch(client, "RETR large")).toBe("0123456789");
  await client.ask("CCC", "534");
  await client.ask("REIN", "502");
  await client.ask("DELE large", "250");
  client.destroy();
});

test("on the port that is TLS from the start, data is in TLS too", async () => {
  const client = await house.loggedIn("ann", 990);
  expect(await fetch(client, "NLST", true)).toBe("");
  client.destroy();
});

test("what FEAT says is there", async () => {
  const client = await house.dial();
  const features = (await client.ask("FEAT", /^211-/)).split("\n").slice(1, -1);
  expect(features).toEqual([
    ...[" AUTH TLS", " PBSZ", " PROT", " SIZE", " MDTM", " MFMT", " HASH SHA-256*;SHA-512;SHA-1;MD5"],
    ...[" MLST type*;size*;modify*;perm*;unique*;UNIX.mode*;", " REST STREAM", " EPSV", " EPRT", " UTF8", " TVFS"],
    ...[" CLNT", " CSID"],
  ]);
  await client.ask("OPTS UTF8 ON", "200");
  await client.ask("OPTS UTF8 OFF", "504");
  await client.ask("OPTS NONSENSE", "501");
  client.destroy();
});

test("ABOR breaks a transfer off, also as Telnet sends it, and the session goes on", async () => {
  const jail = await house.jail();
  const upload = await jail.openWrite("/huge");
  for (let n = 0; n < 40; n++) await upload.write(new Uint8Array(1 << 20));
  await upload.commit();
  const client = await house.loggedIn();
  await client.ask("TYPE I", "200");
  for (const abort of [Buffer.from("ABOR\r\n"), Buffer.from([0xff, 0xf4, 0xff, 0xf2, ...Buffer.from("ABOR\r\n")])]) {
    const socket = await dataTo(await passive(client));
    client.send("RETR huge");
    await client.reply("150");
    await client.ask("STAT", /RETR \/huge/);
    await client.ask("NOOP", "200");
    client.sendRaw(abort);
    await client.reply("426");
    await client.reply("226");
    socket.destroy();
  }
  await client.ask("ABOR", "226");
  expect(await fetch(client, "NLST")).toBe("huge\r\n");
  await client.ask("DELE huge", "250");
  client.destroy();
});

test("commands may come before their turn", async () => {
  const client = await house.dial();
  client.send("USER ann", `PASS ${PASSWORD}`, "TYPE I", "PWD", "EPSV", "QUIT");
  for (const code of ["331", "230", "200", "257", "229", "221"]) await client.reply(code);
  await client.closed();
});

test("passive ports are of the range that is set, and the router's address is told outside the LAN", async () => {
  // Below the ports that the system gives to others.
  const passiveFrom = 9_000 + Math.floor(Math.random() * 800);
  const range = { passiveFrom, passiveTo: passiveFrom + 100 };
  await house.set({ ...range, externalAddress: "203.0.113.7" });
  const client = await house.loggedIn();
  for (let n = 0; n < 5; n++) {
    const port = await passive(client);
    expect(port >= range.passiveFrom && port <= range.passiveTo).toBe(true);
  }
  expect(await fetch(client, "NLST")).toBe("");
  // This house has an empty LAN list, so everybody is outside.
  await client.ask("PASV", /^227 Entering Passive Mode \(203,0,113,7,\d+,\d+\)\.$/);
  const free = await passive(client);
  await client.ask("ABOR", "226");
  await house.set({ passiveFrom: free, passiveTo: free });
  const [one, two] = [await house.loggedIn(), await house.loggedIn()];
  expect(await passive(one)).toBe(free);
  await two.ask("EPSV", "425");
  for (const each of [client, one, two]) each.destroy();
  await house.set({ passiveFrom: 0, passiveTo: 0, externalAddress: "" });
});

test("the welcome text stands in the greeting, and events say who moved what", async () => {
  await house.set({ welcome: "Welcome to our files.\nBe kind." });
  const client = await Dialogue.open({ port: house.port(21) });
  await client.reply(/^220-files[\s\S]* Welcome to our files\.\n Be kind\.\n220 /);
  await house.set({ welcome: "" });
  await client.ask("USER ann", "331");
  await client.ask(`PASS ${PASSWORD}`, "230");
  const events: Event[] = [];
  const quiet = house.store.events.subscribe((event) => events.push(event));
  expect(await send(client, "STOR noted", "12345")).toStartWith("226");
  quiet();
  expect(events.find(({ room }) => room === "ftp")).toMatchObject({
    name: "file.transferred",
    user: "ann",
    data: { verb: "STOR", path: "/noted", octets: 5 },
  });
  await client.ask("DELE noted", "250");
  client.destroy();
});
