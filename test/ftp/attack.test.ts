/** What strangers and insiders try. */
import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../harness.ts";
import { dataTo, EVERYTHING, fetch, House, PASSWORD, passive, readAll, send } from "./house.ts";

const house = await House.build();
const outside = join(house.folder, "outside");
mkdirSync(outside);
writeFileSync(join(outside, "secret"), "secret");
afterAll(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
});

test("data connections lead to the client alone: no bounce", async () => {
  const client = await house.loggedIn();
  for (const wrong of [
    "PORT 127,0,0,2,200,1",
    "PORT 10,0,0,1,200,1",
    "PORT 127,0,0,1,0,25",
    "PORT 127,0,0,1,3,255",
    "EPRT |1|127.0.0.2|50000|",
    "EPRT |1|127.0.0.1|25|",
    "EPRT |2|::1|50000|",
    "EPRT |1|127.0.0.1|99999|",
    "EPRT |1|localhost|50000|",
  ]) {
    await client.ask(wrong, "504");
  }
  for (const malformed of [
    "PORT 127,0,0,1,200",
    "PORT 1,2,3,4,5,256",
    "PORT",
    "EPRT",
    "EPRT |1|127.0.0.1||",
    "EPRT 1",
  ]) {
    await client.ask(malformed, "501");
  }
  await client.ask("EPRT |3|x|50000|", "522");
  await client.ask("NLST", "425");
  client.destroy();
});

test("whoever is quicker at the port is not who is meant", async () => {
  const client = await house.loggedIn();
  expect(await send(client, "STOR mine", "mine")).toStartWith("226");
  const port = await passive(client);
  const thief = await dataTo(port, { localAddress: "127.0.0.2" });
  const stolen = readAll(thief);
  client.send("RETR mine");
  expect(await stolen).toBe("");
  const own = await dataTo(port);
  await client.reply("150");
  expect(await readAll(own)).toBe("mine");
  await client.reply("226");
  // And the port is closed for everybody else now.
  expect(
    await dataTo(port).then(
      () => "open",
      () => "closed",
    ),
  ).toBe("closed");
  await client.ask("DELE mine", "250");
  client.destroy();
});

test("no path leads out, however it is written", async () => {
  const client = await house.loggedIn();
  symlinkSync(outside, join(house.folder, "files/people/ann/link"));
  for (const path of [
    "../../../outside/secret",
    "/../../../../outside/secret",
    "..//..//..//outside/secret",
    "./.././../outside/secret",
    "link/secret",
    "/link/../link/secret",
    "..%2f..%2foutside%2fsecret",
    "..\\..\\outside\\secret",
    "....//....//outside/secret",
    "\xc0\xae\xc0\xae/\xc0\xae\xc0\xae/outside/secret",
    join(outside, "secret"),
  ]) {
    for (const verb of ["SIZE", "MDTM", "HASH", "DELE", "RMD", "RNFR", "MLST"]) {
      client.sendRaw(Buffer.from(`${verb} ${path}\r\n`, "latin1"));
      await client.reply(/^550/);
    }
    await passive(client);
    client.sendRaw(Buffer.from(`RETR ${path}\r\n`, "latin1"));
    await client.reply(/^550/);
  }
  await client.ask("CWD link", "550");
  await client.ask("CWD ../../..", '250 "/"');
  await client.ask("MKD link/in", "550");
  await passive(client);
  await client.ask("STOR link/new", "550");
  expect(await send(client, "STOR from", "x")).toStartWith("226");
  await client.ask("RNFR from", "350");
  await client.ask("RNTO link/moved", "550");
  await client.ask("RNFR from", "350");
  await client.ask("RNTO ../../../outside/moved", "550");
  for (const path of ["a\0b", "a\rb", "\x1b[2J"]) await client.ask(`MKD ${path}`, "501");
  await client.ask(".gatepost-upload-x", "500");
  await client.ask("MKD .gatepost-upload-x", "553");
  await client.ask("DELE link", "250");
  await client.ask("DELE from", "250");
  client.destroy();
  expect(readFileSync(join(outside, "secret"), "utf8")).toBe("secret");
  expect(existsSync(join(outside, "new"))).toBe(false);
});

test("who may only look changes nothing", async () => {
  const jail = await house.jail("bob");
  const upload = await jail.openWrite("/there");
  await upload.commit();
  const client = await house.loggedIn("bob");
  await passive(client);
  for (const line of [
    ...["STOR x", "APPE there", "STOU", "MKD d", "RMD d", "DELE there", "RNFR there", "RNTO x"],
    ...["MFMT 20010101000000 there", "SITE CHMOD 600 there", "SITE UTIME 200101010000 there", "XMKD d"],
  ]) {
    await client.ask(line, "550");
  }
  expect(await fetch(client, "NLST")).toBe("there\r\n");
  expect(await fetch(client, "MLSD")).toContain("perm=r;");
  client.destroy();
});

test("what is taken away is gone at the next command", async () => {
  const { users } = house.directory;
  const cara = await house.addUser("cara", { permissions: EVERYTHING });
  const client = await house.loggedIn("cara");
  await client.ask("MKD one", "257");
  await users.update(cara.login, { permissions: ["ftp.login"] });
  await client.ask("MKD two", "550");
  await users.update(cara.login, { permissions: EVERYTHING, ftpDirectory: "office" });
  await client.ask("MKD one", "257");
  await users.update(cara.login, { permissions: [] });
  await client.ask("PWD", "421");
  await client.closed();
  await users.update(cara.login, { permissions: EVERYTHING });
  const other = await house.loggedIn("cara");
  await users.remove(cara.login);
  await other.ask("PWD", "421");
  await other.closed();
});

test("guests come in only where they may, and only look", async () => {
  const guest = house.directory.users.guest();
  const stranger = await house.dial();
  await stranger.ask("USER anonymous", "331");
  await stranger.ask("PASS me@example.test", "530");
  stranger.destroy();
  await house.directory.users.update(guest.login, { permissions: EVERYTHING });
  const client = await house.dial();
  await client.ask("USER anonymous", "331 Guests");
  await client.ask("PASS me@example.test", "230 You are logged in, for reading");
  await client.ask("MKD x", "550");
  await passive(client);
  await client.ask("STOR x", "550");
  expect(await fetch(client, "NLST")).toBe("");
  await house.directory.users.update(guest.login, { permissions: [] });
  await client.ask("PWD", "421");
  await client.closed();
});

test("nothing said before TLS is heard after it", async () => {
  const client = await house.dial();
  client.sendRaw(`AUTH TLS\r\nUSER ann\r\nPASS ${PASSWORD}\r\nMKD injected\r\n`);
  await client.reply("234");
  await client.startTls();
  await client.ask("PASS x", "503");
  await client.ask("PWD", "530");
  client.destroy();
});

test("long lines and senseless ones are refused, and end the session in the end", async () => {
  const client = await house.dial();
  await client.ask(`CWD ${"x".repeat(100_000)}`, "500");
  await client.ask("NOOP", "200");
  client.sendRaw(Buffer.from([0, 1, 2, 0xff, 0xfe, 13, 10]));
  await client.reply("500");
  for (let n = 0; n < 17; n++) client.send("GET / HTTP/1.1");
  for (let n = 0; n < 17; n++) await client.reply("500");
  await client.ask("GET /", "500");
  await client.closed();
});

test("logins by the hundred in one write are worked off one after the other, and end soon", async () => {
  const client = await house.dial();
  client.send(...Array.from({ length: 300 }, () => ["USER ann", "PASS wrong"]).flat());
  const said = await client.closed();
  expect(said.match(/^530/gm)?.length ?? 0).toBeLessThanOrEqual(20);
  await house.setLockout({});
});

test("a user has only so many sessions", async () => {
  await house.set({ sessionsPerUser: 2 });
  const [one, two] = [await house.loggedIn("bob"), await house.loggedIn("bob")];
  const three = await house.dial();
  await three.ask("USER bob", "331");
  await three.ask(`PASS ${PASSWORD}`, "421");
  one.destroy();
  await until(() => house.crowd.sessions().length === 2, "the session to be over");
  await three.ask("USER bob", "331");
  await three.ask(`PASS ${PASSWORD}`, "230");
  two.destroy();
  three.destroy();
  await house.set({ sessionsPerUser: 20, sessionsPerAddress: 1 });
  await until(() => house.crowd.sessions().length === 0, "the sessions to be over");
  const first = await house.dial();
  await expect(house.dial()).rejects.toThrow("421");
  first.destroy();
  await house.set({ sessionsPerAddress: 20 });
});

test("who says nothing is told goodbye, and so is a data connection that never comes", async () => {
  await house.set({ loginTimeout: 0.05, dataTimeout: 0.05 });
  const silent = await house.dial();
  await silent.reply("421");
  await silent.closed();
  const client = await house.loggedIn();
  await passive(client);
  await client.ask("NLST", "425");
  const socket = await dataTo(await passive(client));
  client.send("STOR slow");
  await client.reply("150");
  await client.reply("426");
  socket.destroy();
  await house.set({ loginTimeout: 60, dataTimeout: 60 });
  client.destroy();
});

test("a full disk and a full account keep what came, to go on from there", async () => {
  const client = await house.loggedIn();
  await client.ask("TYPE I", "200");
  const ann = house.user("ann");
  await house.store.commit((tx) => house.files.setLimitsWithin(tx, ann, { octets: 1_000_000 }));
  expect(await send(client, "STOR big", new Uint8Array(1_500_000))).toMatch(/^552 .*REST 1000000/);
  await client.ask("SIZE big", "213 1000000");
  await client.ask("ALLO 2000000", "200");
  await passive(client);
  await client.ask("STOR more", "552");
  await house.store.commit((tx) => house.files.setLimitsWithin(tx, ann, { octets: null }));
  await client.ask("REST 1000000", "350");
  expect(await send(client, "STOR big", new Uint8Array(500_000))).toStartWith("226");
  await client.ask("SIZE big", "213 1500000");
  await house.setFiles({ keepFree: Number.MAX_SAFE_INTEGER });
  await passive(client);
  await client.ask("STOR other", "452");
  await house.setFiles({ keepFree: 0 });
  await client.ask("DELE big", "250");
  client.destroy();
});

test("a disk that fills up ends an upload soon, and the client hears why", async () => {
  const client = await house.loggedIn();
  await client.ask("TYPE I", "200");
  const socket = await dataTo(await passive(client));
  client.send("STOR filling");
  await client.reply("150");
  const broken: Error[] = [];
  socket.on("error", (error) => broken.push(error));
  socket.write(new Uint8Array(1_000_000));
  await until(() => house.crowd.sessions().some(({ received }) => received >= 1_000_000), "the octets to come");
  await house.setFiles({ keepFree: Number.MAX_SAFE_INTEGER });
  socket.end(new Uint8Array(80_000_000));
  // It may be over before the next setting is kept.
  const over = readAll(socket);
  const said = await client.reply("452");
  expect(Number(/(\d+) octets are kept/.exec(said)?.[1])).toBeWithin(1_000_000, 69_000_000);
  await house.setFiles({ keepFree: 0 });
  await over;
  expect(broken).toEqual([]);
  await client.ask("DELE filling", "250");
  client.destroy();
});

test("an upload that breaks off keeps what came where nothing was, and leaves alone what was there", async () => {
  const client = await house.loggedIn();
  await client.ask("TYPE I", "200");
  const breakOff = async () => {
    const socket = await dataTo(await passive(client));
    client.send("STOR part");
    await client.reply("150");
    socket.write(new Uint8Array(100_000));
    await until(() => (house.crowd.sessions()[0]?.received ?? 0) >= 100_000, "the octets to come");
    socket.resetAndDestroy();
    return await client.reply("426");
  };
  const before = house.crowd.sessions()[0]?.received ?? 0;
  expect(before).toBe(0);
  expect(await breakOff()).toContain("100000 octets are kept; go on with REST 100000");
  await client.ask("REST 100000", "350");
  expect(await send(client, "STOR part", "end")).toStartWith("226");
  await client.ask("SIZE part", "213 100003");
  client.destroy();
  await until(() => house.crowd.sessions().length === 0, "the session to be over");
});

test("data in TLS is asked for, and of the same client, where the settings say so", async () => {
  await house.set({ requireDataTls: true, requireTlsResumption: true });
  const client = await house.dial();
  await client.ask("AUTH TLS", "234");
  await client.startTls();
  await client.ask("USER ann", "331");
  await client.ask(`PASS ${PASSWORD}`, "230");
  await passive(client);
  await client.ask("NLST", "521");
  await client.ask("PBSZ 0", "200");
  await client.ask("PROT C", "534");
  await client.ask("PROT P", "200");
  expect(await send(client, "STOR x", "x", true)).toStartWith("522");
  await house.set({ requireDataTls: false, requireTlsResumption: false });
  client.destroy();
});
