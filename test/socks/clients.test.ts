/** SOCKS with the programs that people use, against the executable. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Gatepost, PASSWORD, run, type Said, succeed, temporaryFolder, until } from "../harness.ts";

const BODY = "x".repeat(200_000);

let house: Gatepost;
let address: string;
let origin: ReturnType<typeof Bun.serve>;
let origin6: ReturnType<typeof Bun.serve>;
const folder = temporaryFolder("gatepost-socks");

beforeAll(async () => {
  house = await Gatepost.start({ settings: ["gateway.reachable=127.0.0.0/8,::1/128", "socks.bindTimeout=2"] });
  await house.addUser("ann", "permissions=+http.proxy");
  await house.addUser("bob");
  address = `127.0.0.1:${house.port(1080)}`;
  const fetch = () => new Response(BODY);
  origin = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch });
  origin6 = Bun.serve({ hostname: "::1", port: 0, fetch });
});

afterAll(async () => {
  await house.remove();
  await origin.stop(true);
  await origin6.stop(true);
});

const guests = (may: boolean) => house.command(["user", "set", "guest", `permissions=${may ? "+" : "-"}http.proxy`]);
const curl = (...args: string[]): Promise<Said> => run(["curl", "-sS", "-m", "15", "--noproxy", "", ...args]);
const ANN = ["-U", `ann:${PASSWORD}`];

describe("curl", () => {
  test("reaches addresses of both families and names with SOCKS 5 and a login", async () => {
    for (const [how, url] of [
      ["--socks5", `http://127.0.0.1:${origin.port}/`],
      ["--socks5", `http://[::1]:${origin6.port}/`],
      ["--socks5-hostname", `http://localhost:${origin.port}/`],
      ["--socks5-hostname", `http://[::1]:${origin6.port}/`],
    ] as const) {
      expect(await curl(how, address, ...ANN, url)).toEqual({ code: 0, out: BODY, error: "" });
    }
  });

  test("is refused with a wrong password, without permission and without a login", async () => {
    const url = `http://127.0.0.1:${origin.port}/`;
    expect((await curl("--socks5", address, "-U", "ann:wrong", url)).error).toContain("rejected");
    expect((await curl("--socks5", address, "-U", `bob:${PASSWORD}`, url)).error).toContain("rejected");
    expect((await curl("--socks5", address, url)).error).toContain("No authentication method was acceptable");
    expect((await curl("--socks4", address, url)).error).toContain("(91)");
  });

  test("needs no login where guests may come, with each version", async () => {
    await guests(true);
    for (const how of ["--socks4", "--socks4a", "--socks5", "--socks5-hostname"]) {
      const host = how.endsWith("a") || how.endsWith("e") ? "localhost" : "127.0.0.1";
      expect(await curl(how, address, `http://${host}:${origin.port}/`)).toEqual({ code: 0, out: BODY, error: "" });
    }
    await guests(false);
    expect((await curl("--socks5", address, `http://127.0.0.1:${origin.port}/`)).code).toBe(97);
  });

  test("hears why a place cannot be reached", async () => {
    const closed = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const { port } = closed;
    closed.stop(true);
    // RFC 1928 §6: 5 refused, 4 no such host, 2 not allowed.
    expect((await curl("--socks5", address, ...ANN, `http://127.0.0.1:${port}/`)).error).toContain("(5)");
    expect((await curl("--socks5-hostname", address, ...ANN, "http://nowhere.invalid/")).error).toContain("(4)");
    for (const host of [
      "10.1.2.3",
      "192.168.0.1",
      "169.254.169.254",
      "[fe80::1]",
      "[fc00::1]",
      "100.64.0.1",
      "0.0.0.0",
    ]) {
      expect((await curl("--socks5", address, ...ANN, `http://${host}/`)).error).toContain("(2)");
    }
    expect((await curl("--socks5-hostname", address, ...ANN, "http://0xa000001/")).error).toContain("(2)");
  });
});

/** A program in Python that speaks SOCKS itself. */
async function python(program: string): Promise<string> {
  const head = `
import socket, struct, sys, threading
PROXY = ("127.0.0.1", ${house.port(1080)})
def exactly(s, n):
    got = b""
    while len(got) < n:
        piece = s.recv(n - len(got))
        if not piece: raise EOFError(got)
        got += piece
    return got
def login():
    s = socket.create_connection(PROXY, timeout=10)
    s.sendall(b"\\x05\\x01\\x02"); assert exactly(s, 2) == b"\\x05\\x02"
    name, password = b"ann", b"${PASSWORD}"
    s.sendall(bytes([1, len(name)]) + name + bytes([len(password)]) + password); assert exactly(s, 2) == b"\\x01\\x00"
    return s
def request(s, command, host, port):
    s.sendall(bytes([5, command, 0, 1]) + socket.inet_aton(host) + struct.pack(">H", port))
    return reply(s)
def reply(s):
    head = exactly(s, 4); assert head[0] == 5, head
    address = socket.inet_ntoa(exactly(s, 4)) if head[3] == 1 else socket.inet_ntop(socket.AF_INET6, exactly(s, 16))
    return head[1], address, struct.unpack(">H", exactly(s, 2))[0]
def datagram(host, port, data, frag=0):
    return bytes([0, 0, frag, 1]) + socket.inet_aton(host) + struct.pack(">H", port) + data
`;
  return await succeed(["python3", "-c", head + program], { seconds: 30 });
}

describe("a program", () => {
  test("takes a connection from the host that it named, and nobody else's (BIND)", async () => {
    const out = await python(`
s = login()
code, address, port = request(s, 2, "127.0.0.2", 20)
print(code, address)
# The reset may come while the system is still connecting.
try: print("thief", socket.create_connection((address, port), source_address=("127.0.0.1", 0), timeout=5).recv(10))
except ConnectionResetError: print("thief", b"")
peer = socket.create_connection((address, port), source_address=("127.0.0.2", 0), timeout=5)
code, address, peerport = reply(s)
print(code, address, peerport == peer.getsockname()[1])
peer.sendall(b"from outside"); print(exactly(s, 12))
s.sendall(b"to outside"); print(exactly(peer, 10))
s.close(); print(peer.recv(10))
try:
    # From another address: a socket whose own port happened to be this one would connect to itself.
    socket.create_connection(("127.0.0.1", port), source_address=("127.0.0.2", 0), timeout=2); print("still open")
except ConnectionRefusedError: print("closed")
`);
    expect(out).toBe("0 127.0.0.1\nthief b''\n0 127.0.0.2 True\nb'from outside'\nb'to outside'\nb''\nclosed\n");
  });

  test("is told when nobody came, and leaves no port open when it goes", async () => {
    const out = await python(`
s = login()
print(request(s, 2, "127.0.0.2", 20)[0])
t = login()
_, address, port = request(t, 2, "127.0.0.2", 20)
t.close()
import time
for _ in range(100):
    try: socket.create_connection((address, port), source_address=("127.0.0.2", 0), timeout=2).close(); time.sleep(0.05)
    except ConnectionRefusedError: print("gone"); break
    except ConnectionResetError: pass
print(reply(s)[0], s.recv(1))
print(request(login(), 2, "192.168.77.1", 20)[0])
`);
    expect(out).toBe("0\ngone\n6 b''\n2\n");
  });

  test("sends and gets datagrams, as long as its connection lasts (UDP ASSOCIATE)", async () => {
    const out = await python(`
def server(host, word):
    u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind((host, 0)); u.settimeout(10)
    seen = []
    def run():
        while True:
            data, who = u.recvfrom(65536); seen.append(who); u.sendto(word + data, who)
    threading.Thread(target=run, daemon=True).start()
    return u, seen
one, seen = server("127.0.0.1", b"one:"); two, _ = server("127.0.0.2", b"two:")
s = login()
code, address, port = request(s, 3, "0.0.0.0", 0)
print(code, address)
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(("127.0.0.1", 0)); u.settimeout(5)
def ask(where, data):
    u.sendto(datagram(*where.getsockname(), data), (address, port)); got = u.recv(65536)
    assert got[:4] == b"\\0\\0\\0\\1" and socket.inet_ntoa(got[4:8]) == where.getsockname()[0], got
    assert struct.unpack(">H", got[8:10])[0] == where.getsockname()[1]
    return got[10:]
print(ask(one, b"hello"), ask(two, b"hello"), len(ask(one, bytes(9000))))
# By name, as DNS clients do.
u.sendto(b"\\0\\0\\0\\3\\x09localhost" + struct.pack(">H", one.getsockname()[1]) + b"name", (address, port)); print(u.recv(100)[10:])
# Fragments, nonsense and private addresses lead nowhere, and end nothing.
u.sendto(datagram(*one.getsockname(), b"fragment", 1), (address, port))
for junk in [b"", b"\\0", b"\\0\\0\\0\\9aaaaaaaaaaa", b"\\0\\0\\0\\3\\xffabc", bytes(600)]: u.sendto(junk, (address, port))
u.sendto(datagram("192.168.77.1", 53, b"private"), (address, port))
print(ask(two, b"after"))
# A stranger's datagram does not come in, whether to the relay's own side or to the one towards the servers.
before = len(seen)
other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); other.bind(("127.0.0.9", 0))
other.sendto(datagram(*one.getsockname(), b"stranger"), (address, port))
for who in set(seen): other.sendto(b"injected", who)
thief = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); thief.bind(("127.0.0.1", 0))
thief.sendto(datagram(*one.getsockname(), b"another port"), (address, port))
print(ask(two, b"last"), len(seen) - before)
s.close()
u.settimeout(0.3)
for attempt in range(40):
    u.sendto(datagram(*one.getsockname(), b"too late"), (address, port))
    try: u.recv(100)
    except (socket.timeout, ConnectionRefusedError): print("gone"); break
s = login()
# The port that the client names is the only one it may use.
_, address, port = request(s, 3, "127.0.0.1", u.getsockname()[1])
u.settimeout(5); thief.settimeout(0.3)
thief.sendto(datagram(*one.getsockname(), b"no"), (address, port))
print(ask(one, b"yes"))
try: print(thief.recv(100))
except socket.timeout: print("nothing")
`);
    expect(out).toBe(
      [
        "0 127.0.0.1",
        "b'one:hello' b'two:hello' 9004",
        "b'one:name'",
        "b'two:after'",
        "b'two:last' 0",
        "gone",
        "b'one:yes'",
        "nothing",
        "",
      ].join("\n"),
    );
  });

  test("is told that commands are not offered where they are switched off", async () => {
    await house.set("socks.bind=false", "socks.udp=false");
    expect(await python(`print([request(login(), command, "127.0.0.1", 1)[0] for command in (2, 3, 9)])`)).toBe(
      "[7, 7, 7]\n",
    );
    await house.set("socks.bind=true", "socks.udp=true");
  });

  test("never holds more ports open than it may", async () => {
    await house.set("socks.udpPerClient=3");
    expect(
      await python(`
kept = [login() for _ in range(5)]
print([request(s, 3, "0.0.0.0", 0)[0] for s in kept])
kept[0].close()
import time
for _ in range(100):
    s = login()
    if request(s, 3, "0.0.0.0", 0)[0] == 0: print("free again"); break
    time.sleep(0.02)
`),
    ).toBe("[0, 0, 0, 1, 1]\nfree again\n");
    await house.set("socks.udpPerClient=64");
  });
});

describe("programs that know nothing of SOCKS", () => {
  test("go through proxychains", async () => {
    const conf = join(folder, "proxychains.conf");
    writeFileSync(
      conf,
      `strict_chain\nquiet_mode\n[ProxyList]\nsocks5 127.0.0.1 ${house.port(1080)} ann ${PASSWORD}\n`,
    );
    const out = await succeed([
      ...["proxychains4", "-q", "-f", conf, "curl", "-sS", "-m", "10"],
      `http://127.0.0.1:${origin.port}/`,
    ]);
    expect(out).toBe(BODY);
  });

  test("log in with ssh through it, and copy a large file both ways", async () => {
    const keys = join(folder, "ssh");
    mkdirSync(keys, { mode: 0o700 });
    await succeed(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", join(keys, "host")]);
    await succeed(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", join(keys, "user")]);
    await succeed(["cp", join(keys, "user.pub"), join(keys, "authorized")]);
    const probe = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const { port } = probe;
    probe.stop(true);
    writeFileSync(
      join(keys, "sshd.conf"),
      `Port ${port}\nListenAddress 127.0.0.1\nHostKey ${keys}/host\nAuthorizedKeysFile ${keys}/authorized\nPidFile none\nStrictModes no\nUsePAM no\n`,
    );
    // Where it runs as root it wants an empty folder to lock itself into.
    if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
    const sshd = Bun.spawn(["/usr/sbin/sshd", "-D", "-e", "-f", join(keys, "sshd.conf")], { stderr: "pipe" });
    try {
      const through = join(keys, "through.py");
      writeFileSync(
        through,
        `#!/usr/bin/python3
import os, socket, struct, sys, threading
s = socket.create_connection(("127.0.0.1", ${house.port(1080)}))
name, password = b"ann", b"${PASSWORD}"
s.sendall(b"\\5\\1\\2"); s.recv(2)
s.sendall(bytes([1, len(name)]) + name + bytes([len(password)]) + password); assert s.recv(2) == b"\\1\\0"
s.sendall(b"\\5\\1\\0\\1" + socket.inet_aton(sys.argv[1]) + struct.pack(">H", int(sys.argv[2])))
assert s.recv(10)[1] == 0
def up():
    while True:
        b = os.read(0, 65536)
        if not b: s.shutdown(socket.SHUT_WR); return
        s.sendall(b)
threading.Thread(target=up, daemon=True).start()
while True:
    b = s.recv(65536)
    if not b: break
    while b: b = b[os.write(1, b):]
`,
      );
      chmodSync(through, 0o700);
      const ssh = [
        ...["ssh", "-F", "none", "-i", join(keys, "user"), "-o", "StrictHostKeyChecking=no", "-o", "BatchMode=yes"],
        ...["-o", `UserKnownHostsFile=${keys}/known`, "-o", `ProxyCommand=${through} %h %p`, "-p", String(port)],
        "127.0.0.1",
      ];
      const me = (await succeed(["id", "-un"])).trim();
      await until(async () => (await run([...ssh, "-l", me, "true"])).code === 0, "sshd to let us in");
      const sum = await run([...ssh, "-l", me, "head -c 8000000 /dev/zero | tee /dev/stderr | sha256sum"], {
        seconds: 30,
      });
      const zeros = new Bun.CryptoHasher("sha256").update(new Uint8Array(8_000_000)).digest("hex");
      expect(sum.out).toBe(`${zeros}  -\n`);
      expect(sum.error.replace(/^[^\0]*/, "").length).toBe(8_000_000);
      const up = await run([...ssh, "-l", me, "sha256sum"], { stdin: new Uint8Array(8_000_000), seconds: 30 });
      expect(up.out).toBe(`${zeros}  -\n`);
    } finally {
      sshd.kill();
      await sshd.exited;
    }
  });
});

test("nothing of it was a fault", () => expect(house.log).not.toContain("fault"));
