/** The FTP proxy of the compiled executable, driven by the clients that people have; the server behind it is a second executable. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Dialogue } from "../dialogue.ts";
import { Gatepost, PASSWORD, run, succeed, temporaryFolder } from "../harness.ts";

let far: Gatepost;
let near: Gatepost;
const work = temporaryFolder("ftp-proxy");
const sent = join(work, "sent");
const OCTETS = crypto.getRandomValues(new Uint8Array(60_000));

beforeAll(async () => {
  [far, near] = await Promise.all([
    Gatepost.start({ users: ["anna"] }),
    Gatepost.start({ users: ["bert", "carol"], settings: ["gateway.reachable=127.0.0.0/8"] }),
  ]);
  await far.command(["user", "set", "anna", "grant=ftp.login,ftp.modify"]);
  await near.command(["user", "set", "bert", "grant=ftp.proxy"]);
  writeFileSync(sent, Buffer.concat([OCTETS, OCTETS, OCTETS]));
}, 60_000);
afterAll(async () => {
  await Promise.all([far?.remove(), near?.remove()]);
});

const server = () => `127.0.0.1:${far.port(21)}`;
const proxy = () => near.port(2121);
/** "joined": the names and the passwords of both in one. */
const joined = () => `${encodeURIComponent(`anna@bert@${server()}`)}:${encodeURIComponent(`${PASSWORD}@${PASSWORD}`)}`;
const url = (path: string) => `ftp://${joined()}@127.0.0.1:${proxy()}${path}`;

const guests = async (may: boolean) => {
  await near.command(["user", "set", "guest", `${may ? "grant" : "revoke"}=ftp.proxy`]);
};

describe("curl", () => {
  test.each([
    ["passive", []],
    ["passive, the old way", ["--disable-epsv"]],
    ["active", ["--ftp-port", "127.0.0.1"]],
    ["over TLS", ["--ssl-reqd", "--insecure"]],
  ])("sends, lists and fetches: %s", async (name, options) => {
    const curl = ["curl", "-sS", "--max-time", "20", ...options];
    const file = `/${name.replaceAll(/\W+/g, "-")}.bin`;
    await succeed([...curl, "-T", sent, url(file)]);
    expect(await succeed([...curl, "--list-only", url("/")])).toContain(file.slice(1));
    const back = join(work, "back");
    await succeed([...curl, "-o", back, url(file)]);
    expect(readFileSync(back).equals(readFileSync(sent))).toBe(true);
    // RFC 3659 §5: a transfer goes on where it stopped.
    await succeed([...curl, "-r", "100000-", "-o", back, url(file)]);
    expect(readFileSync(back).equals(readFileSync(sent).subarray(100_000))).toBe(true);
  });

  test("is told what the server has not got", async () => {
    const said = await run(["curl", "-sS", "--max-time", "20", url("/none.bin")]);
    expect(said.code).not.toBe(0);
  });
});

test("lftp mirrors both ways, with the proxy's login in each of its manners", async () => {
  const tree = join(work, "tree");
  mkdirSync(join(tree, "below"), { recursive: true });
  writeFileSync(join(tree, "a.txt"), "a\n");
  writeFileSync(join(tree, "below", "ä b.txt"), "b\n");
  for (const manner of ["user", "joined", "joined-acct", "open", "proxy-user@host"]) {
    const back = join(work, `back-${manner}`);
    const script = [
      "set net:max-retries 1; set net:timeout 10; set ssl:verify-certificate no; set ftp:ssl-allow no",
      `set ftp:proxy ftp://bert:${PASSWORD}@127.0.0.1:${proxy()}; set ftp:proxy-auth-type ${manner}`,
      `open -u anna,${PASSWORD} ftp://${server()}`,
      `mirror -R ${tree} ${manner}`,
      `mirror ${manner} ${back}`,
      "bye",
    ];
    const said = await run(["lftp", "-c", script.join("\n")], { seconds: 40, env: { HOME: work } });
    expect({ manner, error: said.error, code: said.code }).toEqual({ manner, error: "", code: 0 });
    expect(readFileSync(join(back, "below", "ä b.txt"), "utf8")).toBe("b\n");
  }
}, 60_000);

test("Python's ftplib goes through it, over TLS and not, passive and active", async () => {
  const script = `
import ftplib, io, ssl, sys
host, port, user, password = "127.0.0.1", int(sys.argv[1]), sys.argv[2], sys.argv[3]
context = ssl._create_unverified_context()
for make, passive in [(m, p) for m in (lambda: ftplib.FTP(), lambda: ftplib.FTP_TLS(context=context)) for p in (True, False)]:
    ftp = make()
    ftp.set_pasv(passive)
    ftp.connect(host, port, timeout=20)
    ftp.login("bert", password)
    print(ftp.sendcmd("USER " + user)[:3], ftp.sendcmd("PASS " + password)[:3])
    if isinstance(ftp, ftplib.FTP_TLS): ftp.prot_p()
    ftp.storbinary("STOR py.txt", io.BytesIO(b"hello\\n" * 50000))
    got = io.BytesIO()
    ftp.retrbinary("RETR py.txt", got.write)
    assert got.getvalue() == b"hello\\n" * 50000
    print(ftp.size("py.txt"), [name for name, facts in ftp.mlsd() if name == "py.txt"])
    print("EPSV" in ftp.sendcmd("FEAT"), ftp.voidcmd("NOOP")[:3])
    ftp.rename("py.txt", "py2.txt"); ftp.delete("py2.txt")
    print(ftp.quit()[:3])
`;
  const said = await run(["python3", "-c", script, String(proxy()), `anna@${server()}`, PASSWORD], { seconds: 60 });
  const once = "331 230\n300000 ['py.txt']\nTrue 200\n221\n";
  expect({ out: said.out, error: said.error }).toEqual({ out: once.repeat(4), error: "" });
});

test("ncftp passes firewalls of its second and third type", async () => {
  for (const type of [2, 3]) {
    const config = join(work, ".ncftp");
    mkdirSync(config, { recursive: true });
    const lines = { "firewall-type": type, "firewall-host": "127.0.0.1", "firewall-port": proxy() };
    const login = { "firewall-user": "bert", "firewall-password": PASSWORD };
    const text = Object.entries({ ...lines, ...login }).map(([key, value]) => `${key}=${value}\n`);
    writeFileSync(join(config, "firewall"), text.join(""), { mode: 0o600 });
    const ftp = ["-u", "anna", "-p", PASSWORD, "-P", String(far.port(21)), "127.0.0.1"];
    const env = { HOME: work };
    expect((await run(["ncftpput", "-V", "-t", "20", ...ftp, "/", sent], { env })).code).toBe(0);
    expect(
      (await run(["ncftpls", "-t", "20", "-1", "-u", "anna", "-p", PASSWORD, `ftp://${server()}/`], { env })).out,
    ).toContain("sent");
  }
});

describe("who may", () => {
  const tell = async (...lines: readonly (readonly [string, string])[]) => {
    const client = await Dialogue.open({ port: proxy() });
    await client.expect("220");
    for (const [line, reply] of lines) await client.say(line, reply);
    return client;
  };

  test("nobody without a login", async () => {
    await (await tell(["SITE 127.0.0.1", "530"], ["PASV", "227"], ["LIST", "530"], ["QUIT", "221"])).end();
  });

  test("not a user without the permission, nor one with a wrong password", async () => {
    await (await tell(["USER carol", "331"], [`PASS ${PASSWORD}`, "530"], ["QUIT", "221"])).end();
    await (await tell(["USER bert", "331"], ["PASS wrong", "530"], ["QUIT", "221"])).end();
    const logged = (login: string, verdict: string) =>
      near.json<unknown[]>("proxy", "log", "--service", "ftpproxy", "--login", login, "--verdict", verdict);
    while ((await logged("bert", "login")).length === 0);
    expect(await logged("carol", "permission")).toHaveLength(1);
  });

  test("a guest, where the guest entry says so", async () => {
    await guests(true);
    const client = await tell([`USER anna@${server()}`, "331"], [`PASS ${PASSWORD}`, "230"], ["PWD", "257"]);
    await client.say("QUIT", "221");
    await client.end();
    await guests(false);
    await (await tell([`USER anna@${server()}`, "331"], [`PASS ${PASSWORD}`, "530"])).end();
  });

  test("somebody whose permission is taken away goes no further", async () => {
    const client = await tell(["USER bert", "331"], [`PASS ${PASSWORD}`, "230"], [`USER anna@${server()}`, "331"]);
    await client.say(`PASS ${PASSWORD}`, "230");
    await near.command(["user", "set", "bert", "revoke=ftp.proxy"]);
    await client.say("PWD", "421");
    await client.end();
    await near.command(["user", "set", "bert", "grant=ftp.proxy"]);
  });

  test("and nobody reaches this machine where the administrator has not opened it", async () => {
    await near.set("gateway.reachable=");
    const client = await tell(["USER bert", "331"], [`PASS ${PASSWORD}`, "230"]);
    for (const host of [
      "127.0.0.1",
      "localhost",
      "[::1]",
      "[::ffff:127.0.0.1]",
      "0x7f.1",
      "169.254.169.254",
      "10.0.0.1",
    ])
      await client.say(`USER anna@${host}:${far.port(21)}`, "530");
    await client.say("QUIT", "221");
    await client.end();
    await near.set("gateway.reachable=127.0.0.0/8");
  });
});
