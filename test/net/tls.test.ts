import { afterEach, describe, expect, test } from "bun:test";
import { issue, makeRoot } from "../../src/net/authority.ts";
import { connect } from "../../src/net/connect.ts";
import type { Connection } from "../../src/net/connection.ts";
import { TlsFailed } from "../../src/net/errors.ts";
import type { Listener, ListenOptions } from "../../src/net/listener.ts";
import { type ContextFor, tlsContext } from "../../src/net/tls.ts";
import { Peer, serve, text } from "./peer.ts";

const root = makeRoot("tests", Date.now());
const make = (...names: string[]) => {
  const { chain, key } = issue(root, names, Date.now());
  return tlsContext({ cert: chain, key });
};
const alpha = make("alpha.test", "127.0.0.1");
const beta = make("beta.test");
const contextFor: ContextFor = (name) => (name === "beta.test" ? beta : alpha);

const listeners: Listener[] = [];
const peers: Peer[] = [];

/** Speaks a little SMTP. */
const session = async (connection: Connection) => {
  await connection.write("220 ready\r\n");
  for (;;) {
    const line = text((await connection.readCommand(1_000)).bytes);
    if (line === "STARTTLS") {
      await connection.write("220 go ahead\r\n");
      await connection.startTls();
    } else if (line === "BINDING") {
      await connection.write(`${Buffer.from(connection.channelBinding() ?? []).toString("hex")}\r\n`);
    } else if (line === "EXPORT") {
      const material = connection.exportKeyingMaterial("EXPORTER-Channel-Binding", 32);
      await connection.write(`${Buffer.from(material ?? []).toString("hex")}\r\n`);
    } else if (line === "INFO") await connection.write(`${JSON.stringify(connection.tls ?? null)}\r\n`);
    else if (line === "MANY") {
      for (let i = 0; i < 100; i++) await connection.write(new Uint8Array(100_000));
    } else await connection.write(`250 ${line}\r\n`);
  }
};

function server(options: Partial<ListenOptions> = {}): Listener {
  const listener = serve(session, { tls: "starttls", contextFor, ...options });
  listeners.push(listener);
  return listener;
}

async function client(listener: Listener): Promise<Peer> {
  const peer = await Peer.connect(listener.port);
  peers.push(peer);
  await peer.line();
  return peer;
}

async function clientTls(...args: Parameters<typeof Peer.connectTls>): Promise<Peer> {
  const peer = await Peer.connectTls(...args);
  peers.push(peer);
  await peer.line();
  return peer;
}

afterEach(async () => {
  for (const peer of peers.splice(0)) peer.close();
  await Promise.all(listeners.splice(0).map((listener) => listener.stop({ graceMs: 0 })));
});

describe("STARTTLS", () => {
  test("drops what was sent in plaintext behind it", async () => {
    const peer = await client(server());
    peer.send("STARTTLS\r\nMAIL FROM:<injected@evil.test>\r\n");
    expect(await peer.line()).toBe("220 go ahead");
    const secure = await peer.startTls();
    peers.push(secure);
    secure.send("NOOP\r\n");
    expect(await secure.line()).toBe("250 NOOP");
  });

  test("drops half a plaintext command, too", async () => {
    const peer = await client(server());
    peer.send("STARTTLS\r\nRCPT TO:<half");
    await peer.line();
    const secure = await peer.startTls();
    peers.push(secure);
    secure.send("NOOP\r\n");
    expect(await secure.line()).toBe("250 NOOP");
  });

  test("with plaintext in place of a handshake ends the connection and nothing else", async () => {
    const listener = server();
    const peer = await client(listener);
    const other = await client(listener);
    peer.send("STARTTLS\r\n");
    await peer.line();
    peer.send("MAIL FROM:<plain@evil.test>\r\n");
    expect(await peer.rest()).not.toContain("250");
    other.send("NOOP\r\n");
    expect(await other.line()).toBe("250 NOOP");
  });

  test("carries much in both directions", async () => {
    const peer = await client(server());
    peer.send("STARTTLS\r\n");
    await peer.line();
    const secure = await peer.startTls();
    peers.push(secure);
    secure.send("MANY\r\n");
    secure.send("DONE\r\n");
    expect((await secure.until("250 DONE\r\n")).length).toBe(10_000_010);
  });

  test("that is not finished in time ends the connection", async () => {
    const listener = serve(
      async (connection) => {
        connection.deadline(50);
        await connection.readLine(100);
        await connection.write("220 go\r\n");
        await connection.startTls();
      },
      { tls: "starttls", contextFor },
    );
    listeners.push(listener);
    const peer = await Peer.connect(listener.port);
    peers.push(peer);
    peer.send("STARTTLS\r\n");
    expect(await peer.rest()).toBe("220 go\r\n");
  });

  test("that the client breaks off ends the connection, with no deadline set", async () => {
    const listener = server();
    for (const how of ["end", "resetAndDestroy"] as const) {
      const peer = await client(listener);
      peer.send("STARTTLS\r\n");
      await peer.line();
      peer.socket[how]();
      while (listener.connections > 0) await new Promise((resolve) => setImmediate(resolve));
    }
  });

  test("a second time is a fault of the session, and ends it", async () => {
    const faults: unknown[] = [];
    const peer = await client(server({ onFault: (fault) => faults.push(fault) }));
    peer.send("STARTTLS\r\n");
    await peer.line();
    const secure = await peer.startTls();
    peers.push(secure);
    secure.send("STARTTLS\r\n");
    expect(await secure.rest()).toBe("220 go ahead\r\n");
    expect(String(faults)).toContain("already");
  });

  test("with openssl as the client", async () => {
    const listener = server();
    const openssl = Bun.spawn(
      ["openssl", "s_client", "-connect", `127.0.0.1:${listener.port}`, "-starttls", "smtp", "-quiet", "-no_ign_eof"],
      { stdin: "pipe", stdout: "pipe", stderr: "ignore" },
    );
    openssl.stdin.write("INFO\r\nNOOP\r\n");
    await openssl.stdin.flush();
    let output = "";
    for await (const chunk of openssl.stdout) {
      output += text(chunk);
      if (output.includes("250 NOOP")) break;
    }
    openssl.kill();
    expect(output).toContain('"version":"TLSv1.3"');
  });
});

describe("TLS from the first octet", () => {
  test("greets only inside, and says what was agreed", async () => {
    const peer = await clientTls(server({ tls: "implicit" }).port, { servername: "beta.test" });
    peer.send("INFO\r\n");
    expect(JSON.parse(await peer.line())).toMatchObject({ version: "TLSv1.3", serverName: "beta.test" });
  });

  test("takes TLS 1.2, and nothing older", async () => {
    const { port } = server({ tls: "implicit" });
    const peer = await clientTls(port, { maxVersion: "TLSv1.2" });
    peer.send("INFO\r\n");
    expect(JSON.parse(await peer.line())).toMatchObject({ version: "TLSv1.2" });
    const old = Bun.spawn(
      ["openssl", "s_client", "-connect", `127.0.0.1:${port}`, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"],
      { stdin: "ignore", stdout: "pipe", stderr: "ignore" },
    );
    expect(await new Response(old.stdout).text()).toContain("Cipher is (NONE)");
  });

  test.each(["EHLO plain\r\n", "\x16\x03\x01\xff\xff", "GET / HTTP/1.1\r\n\r\n", "\0\0\0\0\0\0\0\0"])(
    "sends nothing to a client that says %j",
    async (hello) => {
      const faults: unknown[] = [];
      const listener = server({ tls: "implicit", handshakeMs: 200, onFault: (fault) => faults.push(fault) });
      const peer = await Peer.connect(listener.port);
      peers.push(peer);
      peer.send(hello);
      expect(await peer.rest()).not.toContain("220");
      expect(faults).toEqual([]);
    },
  );

  test("does not wait for ever for a handshake", async () => {
    const peer = await Peer.connect(server({ tls: "implicit", handshakeMs: 50 }).port);
    peers.push(peer);
    expect(await peer.rest()).toBe("");
  });

  test("tells a refused client why, inside TLS", async () => {
    const listener = server({ tls: "implicit", access: [], refusal: () => "554 go away\r\n" });
    const peer = await Peer.connectTls(listener.port);
    peers.push(peer);
    expect(await peer.rest()).toBe("554 go away\r\n");
  });

  test("a broken connection ends the session", async () => {
    const listener = server({ tls: "implicit" });
    const peer = await clientTls(listener.port);
    expect(listener.connections).toBe(1);
    peer.socket.resetAndDestroy();
    while (listener.connections > 0) await new Promise((resolve) => setImmediate(resolve));
  });
});

describe("The server name", () => {
  test.each(["implicit", "starttls"] as const)("chooses the certificate (%s)", async (tls) => {
    const listener = server({ tls });
    const name = async (servername: string) => {
      let peer: Peer;
      if (tls === "implicit") peer = await Peer.connectTls(listener.port, { servername });
      else {
        const plain = await client(listener);
        plain.send("STARTTLS\r\n");
        await plain.line();
        peer = await plain.startTls({ servername });
      }
      peers.push(peer);
      return peer.tls.getPeerCertificate().subject.CN;
    };
    expect(await name("beta.test")).toBe("beta.test");
    expect(await name("BETA.test")).toBe("beta.test");
    expect(await name("alpha.test")).toBe("alpha.test");
    expect(await name("other.test")).toBe("alpha.test");
    expect(await name("")).toBe("alpha.test");
  });

  test("leads to a new certificate without a restart, while old connections go on", async () => {
    let current = alpha;
    const listener = server({ tls: "implicit", contextFor: () => current });
    const before = await clientTls(listener.port);
    current = beta;
    const after = await clientTls(listener.port);
    expect(before.tls.getPeerCertificate().subject.CN).toBe("alpha.test");
    expect(after.tls.getPeerCertificate().subject.CN).toBe("beta.test");
    before.send("NOOP\r\n");
    expect(await before.line()).toBe("250 NOOP");
  });
});

describe("The channel binding (RFC 9266)", () => {
  test("is what a node:tls client exports", async () => {
    const listener = server({ tls: "implicit" });
    const first = await clientTls(listener.port);
    const second = await clientTls(listener.port);
    const values = [first, second].map(async (peer) => {
      peer.send("BINDING\r\n");
      const exported = peer.tls.exportKeyingMaterial(32, "EXPORTER-Channel-Binding", Buffer.alloc(0));
      const line = await peer.line();
      expect(line).toBe(exported.toString("hex"));
      return line;
    });
    expect(new Set(await Promise.all(values)).size).toBe(2);
  });

  test("is what openssl exports, after STARTTLS as well", async () => {
    const listener = server();
    const openssl = Bun.spawn(
      [
        ...["openssl", "s_client", "-connect", `127.0.0.1:${listener.port}`, "-starttls", "smtp"],
        ...["-keymatexport", "EXPORTER-Channel-Binding", "-keymatexportlen", "32"],
      ],
      { stdin: "pipe", stdout: "pipe", stderr: "ignore" },
    );
    openssl.stdin.write("BINDING\r\n");
    await openssl.stdin.flush();
    let output = "";
    for await (const chunk of openssl.stdout) {
      output += text(chunk);
      if (/^[0-9a-f]{64}\r$/m.test(output)) break;
    }
    openssl.kill();
    const exported = /Keying material: ([0-9A-F]{64})/.exec(output)?.[1]?.toLowerCase();
    expect(exported).toBeDefined();
    expect(/^([0-9a-f]{64})\r$/m.exec(output)?.[1]).toBe(exported);
  });

  test("is not offered over TLS 1.2, whose master secret may not be bound, nor in plaintext", async () => {
    const old = await clientTls(server({ tls: "implicit" }).port, { maxVersion: "TLSv1.2" });
    old.send("BINDING\r\nEXPORT\r\n");
    expect(await old.line()).toBe("");
    expect(await old.line()).toMatch(/^[0-9a-f]{64}$/);
    const plain = await client(server());
    plain.send("BINDING\r\n");
    expect(await plain.line()).toBe("");
  });
});

describe("The client side", () => {
  const authorities = [root.chain];
  const open = async (listener: Listener, tls: Parameters<Connection["startTls"]>[0], implicit = false) => {
    const options = { host: "127.0.0.1", port: listener.port, timeoutMs: 5_000 };
    const connection = await connect(implicit && tls ? { ...options, tls } : options);
    const greeting = text((await connection.readLine(100)).bytes);
    expect(greeting).toBe("220 ready");
    if (!implicit) {
      await connection.write("STARTTLS\r\n");
      await connection.readLine(100);
      await connection.startTls(tls);
    }
    await connection.write("BINDING\r\n");
    const binding = text((await connection.readLine(100)).bytes);
    expect(binding).toBe(Buffer.from(connection.channelBinding() ?? []).toString("hex"));
    await connection.end();
    return connection.tls;
  };

  test.each([true, false])("verifies the name it asked for (implicit TLS: %p)", async (implicit) => {
    const listener = server({ tls: implicit ? "implicit" : "starttls" });
    const good = { serverName: "beta.test", verify: "name", authorities } as const;
    expect(await open(listener, good, implicit)).toMatchObject({ verified: true, version: "TLSv1.3" });
    const wrong = { ...good, serverName: "gamma.test" };
    await expect(open(listener, wrong, implicit)).rejects.toBeInstanceOf(TlsFailed);
    expect(await open(listener, { ...wrong, names: ["nothing.test", "alpha.test"] }, implicit)).toMatchObject({
      verified: true,
    });
    expect(await open(listener, { verify: "name", names: ["127.0.0.1"], authorities }, implicit)).toMatchObject({
      verified: true,
    });
    await expect(open(listener, { verify: "name", authorities }, implicit)).rejects.toBeInstanceOf(TlsFailed);
    await expect(open(listener, { ...good, authorities: [] }, implicit)).rejects.toBeInstanceOf(TlsFailed);
    await expect(open(listener, { serverName: "beta.test", verify: "name" }, implicit)).rejects.toBeInstanceOf(
      TlsFailed,
    );
  });

  test("takes any certificate where it only wants encryption, and says that it was not verified", async () => {
    const info = await open(server(), { serverName: "gamma.test", verify: "none" });
    expect(info).toMatchObject({ verified: false, verifyError: expect.any(String) });
  });

  test("drops what the server sent in plaintext behind its answer", async () => {
    const listener = serve(async (connection) => {
      await connection.readLine(100);
      await connection.write("220 go\r\n250 injected\r\n");
      await connection.flush();
      await connection.readLine(100);
    });
    listeners.push(listener);
    const connection = await connect({ host: "127.0.0.1", port: listener.port, timeoutMs: 1_000 });
    await connection.write("STARTTLS\r\n");
    await connection.readLine(100);
    connection.deadline(50);
    const started = connection.startTls({ verify: "none" });
    await expect(started).rejects.toBeInstanceOf(TlsFailed);
    expect(connection.buffered).toBe(0);
  });

  test("says that a server is not one for TLS", async () => {
    const listener = serve(async (connection) => {
      await connection.write("220 plain only\r\n");
      await connection.readLine(1_000);
    });
    listeners.push(listener);
    const options = { host: "127.0.0.1", port: listener.port, timeoutMs: 1_000, tls: { verify: "none" } } as const;
    await expect(connect(options)).rejects.toBeInstanceOf(TlsFailed);
  });
});
