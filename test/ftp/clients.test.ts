/** The executable as real FTP clients see it: ftplib, lftp, curl, ncftp, ftp-ssl and basic-ftp, both ways, with and without TLS. */
import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "basic-ftp";
import { Gatepost, PASSWORD, run, succeed, temporaryFolder, until } from "../harness.ts";

const server = await Gatepost.start({ users: ["ann"] });
await server.command(["user", "set", "ann", "permissions=ftp.login,ftp.modify"]);
const root = await server.rootFile();
const work = temporaryFolder("gatepost-ftp-clients");
const HOST = "127.0.0.1";
/** Some text, some binary, something empty, names that need care. */
const LARGE = Buffer.alloc(5_000_000, "The quick brown fox\r\n\0\n");
afterAll(() => server.remove());

/** Where ann's files lie on disk. */
const disk = (...path: string[]) => join(server.folder, "files/people/ann", ...path);

function tree(folder: string): Record<string, number> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files
      .map((file) => {
        const path = join(file.parentPath, file.name);
        return [path.slice(folder.length + 1), readFileSync(path).length] as const;
      })
      .sort(([left], [right]) => (left < right ? -1 : 1)),
  );
}

function source(name: string): string {
  const folder = join(work, name);
  mkdirSync(join(folder, "deep/er"), { recursive: true });
  writeFileSync(join(folder, "large.bin"), LARGE);
  writeFileSync(join(folder, "empty"), "");
  writeFileSync(join(folder, "deep/a file with blanks.txt"), "blanks\n");
  writeFileSync(join(folder, "deep/er/Grüße — 日本.txt"), "unicode\n");
  for (let n = 0; n < 50; n++) writeFileSync(join(folder, `deep/er/${n}.txt`), `${n}\n`);
  return folder;
}

const PYTHON = `
import ftplib, io, ssl, sys
host, port, tls, password, ca = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "tls", sys.argv[4], sys.argv[5]
large = bytes(range(256)) * 8000
ftp = ftplib.FTP_TLS(context=ssl.create_default_context(cafile=ca)) if tls else ftplib.FTP()
ftp.connect(host, port); ftp.login("ann", password)
if tls: ftp.prot_p()
for passive in (True, False):
    ftp.set_pasv(passive)
    ftp.mkd("py"); ftp.cwd("py")
    ftp.storbinary("STOR a", io.BytesIO(large))
    ftp.storlines("STOR text", io.BytesIO(b"one\\r\\ntwo\\r\\n"))
    lines = []; ftp.retrlines("RETR text", lines.append); assert lines == ["one", "two"], lines
    ftp.voidcmd("TYPE I"); assert ftp.size("a") == len(large)
    got = io.BytesIO(); ftp.retrbinary("RETR a", got.write); assert got.getvalue() == large
    got = io.BytesIO(); ftp.retrbinary("RETR a", got.write, rest=1000000); assert got.getvalue() == large[1000000:]
    ftp.storbinary("STOR b", io.BytesIO(large[:500000])); ftp.storbinary("STOR b", io.BytesIO(large[500000:]), rest=500000)
    got = io.BytesIO(); ftp.retrbinary("RETR b", got.write); assert got.getvalue() == large
    facts = {name: facts for name, facts in ftp.mlsd()}
    assert facts["a"]["type"] == "file" and int(facts["a"]["size"]) == len(large), facts
    assert sorted(ftp.nlst()) == ["a", "b", "text"], ftp.nlst()
    ftp.rename("a", "../moved"); ftp.cwd("..")
    ftp.delete("moved"); ftp.delete("py/b"); ftp.delete("py/text"); ftp.rmd("py")
assert ftp.nlst() == [], ftp.nlst()
ftp.quit()
print("fine")
`;

test.each(["plain", "tls"])("Python's ftplib, %s", async (how) => {
  const script = ["python3", "-c", PYTHON, HOST, String(server.port(21)), how, PASSWORD, root];
  expect(await succeed(script)).toBe("fine\n");
});

test.each([
  ["AUTH TLS", 21, "ftp"],
  ["implicit TLS", 990, "ftps"],
] as const)("lftp mirrors both ways, %s", async (name, standard, scheme) => {
  const folder = source(`lftp-${standard}`);
  const back = join(work, `lftp-back-${standard}`);
  const commands = [
    `set ssl:ca-file ${root}; set ftp:ssl-force true; set ftp:ssl-protect-data true; set net:max-retries 1; set net:timeout 20; set cmd:fail-exit true`,
    `open -u ann,${PASSWORD} ${scheme}://${HOST}:${server.port(standard)}`,
    `mirror -R --parallel=3 ${folder} up`,
    `mirror --parallel=3 up ${back}`,
    "rm -r up",
    "bye",
  ];
  await succeed(["lftp", "-c", commands.join("; ")]);
  expect(tree(back)).toEqual(tree(folder));
  expect(readFileSync(join(back, "large.bin")).equals(LARGE)).toBe(true);
  expect(readdirSync(disk())).toEqual([]);
  expect(name).not.toBe("");
});

test.each([
  ["plain", 21, "ftp", []],
  ["plain, active", 21, "ftp", ["--ftp-port", "-"]],
  ["AUTH TLS", 21, "ftp", ["--ssl-reqd"]],
  ["implicit TLS", 990, "ftps", []],
] as const)("curl, %s", async (_, standard, scheme, options) => {
  const file = join(work, "curl.bin");
  writeFileSync(file, LARGE);
  const url = `${scheme}://${HOST}:${server.port(standard)}`;
  const curl = ["curl", "-sS", "--cacert", root, "-u", `ann:${PASSWORD}`, ...options];
  await succeed([...curl, "--ftp-create-dirs", "-T", file, `${url}/new/folder/curl.bin`]);
  expect(readFileSync(disk("new/folder/curl.bin")).equals(LARGE)).toBe(true);
  const back = join(work, "curl-back.bin");
  writeFileSync(back, LARGE.subarray(0, 1_234_567));
  await succeed([...curl, "-C", "-", "-o", back, `${url}/new/folder/curl.bin`]);
  expect(readFileSync(back).equals(LARGE)).toBe(true);
  expect(await succeed([...curl, `${url}/new/`])).toContain(" folder\n");
  expect(await succeed([...curl, "-I", `${url}/new/folder/curl.bin`])).toContain("Content-Length: 5000000");
  await succeed([
    ...curl,
    "-Q",
    "DELE new/folder/curl.bin",
    "-Q",
    "RMD new/folder",
    "-Q",
    "RMD new",
    `${url}/`,
    "-o",
    "/dev/null",
  ]);
  expect((await run(["curl", "-sS", "-u", "ann:wrong", `${url}/`, "--cacert", root])).code).toBe(67);
});

test("ncftp puts and gets trees", async () => {
  const folder = source("ncftp");
  const common = ["-u", "ann", "-p", PASSWORD, "-P", String(server.port(21))];
  await succeed(["ncftpput", ...common, "-R", HOST, "/", folder]);
  const back = join(work, "ncftp-back");
  mkdirSync(back);
  await succeed(["ncftpget", ...common, "-R", HOST, back, "/ncftp"]);
  expect(tree(join(back, "ncftp"))).toEqual(tree(folder));
  expect(
    await succeed(["ncftpls", "-u", "ann", "-p", PASSWORD, "-P", String(server.port(21)), `ftp://${HOST}/ncftp/`]),
  ).toContain("large.bin");
});

test("ftp-ssl logs in, lists and fetches", async () => {
  const lines = [
    "passive",
    "binary",
    `user ann ${PASSWORD}`,
    "cd ncftp",
    "lcd /tmp",
    `get empty ${join(work, "ftp-ssl")}`,
    "ls",
    "bye",
  ];
  const said = await run(["ftp-ssl", "-n", "-v", "-p", "-z", "secure", HOST, String(server.port(21))], {
    stdin: `${lines.join("\n")}\n`,
    seconds: 20,
  });
  expect(said.out).toContain("200 Data connections are protected.");
  expect(said.out).toContain("large.bin");
  expect(existsSync(join(work, "ftp-ssl"))).toBe(true);
});

test("basic-ftp uploads and downloads folders in TLS", async () => {
  const client = new Client(20_000);
  try {
    await client.access({
      host: HOST,
      port: server.port(21),
      user: "ann",
      password: PASSWORD,
      secure: true,
      secureOptions: { rejectUnauthorized: false },
    });
    const folder = source("basic");
    await client.uploadFromDir(folder, "basic");
    const back = join(work, "basic-back");
    await client.downloadToDir(back, "basic");
    expect(tree(back)).toEqual(tree(folder));
    const listed = await client.list("basic");
    expect(listed.map(({ name, size }) => `${name} ${size}`)).toContain("large.bin 5000000");
    await client.cd("/");
    await client.removeDir("basic");
    expect(await client.size("ncftp/large.bin")).toBe(5_000_000);
    await client.appendFrom(join(folder, "deep/er/7.txt"), "ncftp/empty");
    expect(readFileSync(disk("ncftp/empty"), "utf8")).toBe("7\n");
  } finally {
    client.close();
  }
});

const RESUMING = `
import ftplib, io, ssl, sys
class Resuming(ftplib.FTP_TLS):
    def ntransfercmd(self, cmd, rest=None):
        conn, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
        return self.context.wrap_socket(conn, server_hostname=self.host, session=self.sock.session), size
host, port, password, ca = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
for kind in (Resuming, ftplib.FTP_TLS):
    ftp = kind(context=ssl.create_default_context(cafile=ca))
    ftp.connect(host, port); ftp.login("ann", password); ftp.prot_p()
    try:
        ftp.storbinary("STOR resumed", io.BytesIO(b"x")); print("taken")
    except (ftplib.Error, OSError) as error:
        print("refused")
    ftp.close()
`;

test("a data connection resumes the control connection's TLS session, and must where that is asked for", async () => {
  await server.set("ftp.requireTlsResumption=on");
  const said = await succeed(["python3", "-c", RESUMING, HOST, String(server.port(21)), PASSWORD, root]);
  await server.set("ftp.requireTlsResumption=off");
  expect(said).toBe("taken\nrefused\n");
});

test("a file for which the disk has no room keeps what came, in plaintext and in TLS", async () => {
  // A limit of the system's on the size of a file stands for a disk that is full: the same calls fail in the same way.
  const limited = ["sh", "-c", "trap '' XFSZ; ulimit -f 32768; exec \"$@\"", "sh"];
  const small = await Gatepost.start({ users: ["ann"], through: limited });
  try {
    await small.command(["user", "set", "ann", "permissions=ftp.login,ftp.modify"]);
    const file = join(work, "too-large");
    writeFileSync(file, Buffer.alloc(20_000_000, "x"));
    for (const options of [[], ["--ssl-reqd", "--insecure"]]) {
      const url = `ftp://${HOST}:${small.port(21)}/large`;
      const said = await run(["curl", "-sSv", ...options, "-u", `ann:${PASSWORD}`, "-T", file, url]);
      expect(said.error).toContain(
        "452 The file is too large for the disk. 16777216 octets are kept; go on with REST 16777216.",
      );
      await succeed(["curl", "-sS", "-u", `ann:${PASSWORD}`, "-Q", "DELE large", `ftp://${HOST}:${small.port(21)}/`]);
    }
  } finally {
    await small.remove();
  }
});

test("a power cut during an upload leaves the old file, and nothing else", async () => {
  writeFileSync(join(work, "old"), "old");
  const url = `ftp://${HOST}:${server.port(21)}/power`;
  await succeed(["curl", "-sS", "-u", `ann:${PASSWORD}`, "-T", join(work, "old"), url]);
  writeFileSync(join(work, "new"), Buffer.alloc(50_000_000));
  const curl = ["curl", "-sS", "-u", `ann:${PASSWORD}`, "--limit-rate", "5M", "-T", join(work, "new"), url];
  const upload = Bun.spawn(curl, { stdout: "ignore", stderr: "ignore" });
  const hidden = () => readdirSync(disk()).filter((name) => name.startsWith(".gatepost-"));
  await until(() => hidden().length > 0, "the upload to begin");
  await server.kill();
  await upload.exited;
  expect(hidden()).toHaveLength(1);
  expect(readFileSync(disk("power"), "utf8")).toBe("old");
  await server.resume();
  await until(() => hidden().length === 0, "what was left to be swept away");
  expect(await succeed(["curl", "-sS", "-u", `ann:${PASSWORD}`, url])).toBe("old");
});
