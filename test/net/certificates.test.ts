import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import tls from "node:tls";
import fc from "fast-check";
import { issue, makeRoot } from "../../src/net/authority.ts";
import { factsOf, readCertificateFiles } from "../../src/net/certificate-files.ts";
import { Certificates } from "../../src/net/certificates.ts";
import * as der from "../../src/net/der.ts";
import type { Listener } from "../../src/net/listener.ts";
import { Refusal } from "../../src/refusal.ts";
import { Store } from "../../src/store/store.ts";
import { Peer, serve } from "./peer.ts";

const DAY = 86_400_000;
const scratch = mkdtempSync(join(tmpdir(), "gatepost-certificates-"));
afterAll(() => rmSync(scratch, { recursive: true }));

/** Runs openssl in the scratch folder; its output and its verdict. */
async function openssl(args: string, input = ""): Promise<{ output: string; ok: boolean }> {
  const process = Bun.spawn(["openssl", ...args.split(" ")], {
    cwd: scratch,
    stdin: new Blob([input]),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err, code] = await Promise.all([
    new Response(process.stdout).text(),
    new Response(process.stderr).text(),
    process.exited,
  ]);
  return { output: out + err, ok: code === 0 };
}

/** A certificate made by openssl, with its key, PEM. */
async function made(name: string, options: string): Promise<{ chain: string; key: string }> {
  const { ok, output } = await openssl(
    `req -x509 -nodes -keyout ${name}.key -out ${name}.crt -subj /CN=${name} ${options}`,
  );
  if (!ok) throw new Error(output);
  const read = (file: string) => Bun.file(join(scratch, file)).text();
  return { chain: await read(`${name}.crt`), key: await read(`${name}.key`) };
}
const EC = "-newkey ec -pkeyopt ec_paramgen_curve:P-256";

describe("The own authority", () => {
  const now = Date.now();
  const root = makeRoot("home.test", now);
  const names = ["mail.home.test", "*.home.test", "192.168.1.5", "fd00::5", "localhost"];
  const server = issue(root, names, now);

  test("makes what openssl accepts, for every name and no other", async () => {
    await Bun.write(join(scratch, "root.pem"), root.chain);
    await Bun.write(join(scratch, "server.pem"), server.chain);
    const verify = (more: string) =>
      openssl(`verify -x509_strict -purpose sslserver -CAfile root.pem ${more} server.pem`);
    expect((await verify("")).output).toContain("server.pem: OK");
    for (const good of ["mail.home.test", "other.home.test", "localhost"]) {
      expect((await verify(`-verify_hostname ${good}`)).ok).toBe(true);
    }
    expect((await verify("-verify_ip 192.168.1.5")).ok).toBe(true);
    expect((await verify("-verify_ip fd00::5")).ok).toBe(true);
    expect((await verify("-verify_hostname mail.away.test")).ok).toBe(false);
    expect((await verify("-verify_ip 192.168.1.6")).ok).toBe(false);
  });

  test("says in its certificates what RFC 5280 asks for", async () => {
    const rootText = (await openssl("x509 -noout -text", root.chain)).output;
    expect(rootText).toContain("CA:TRUE, pathlen:0");
    expect(rootText).toContain("Certificate Sign, CRL Sign");
    expect(rootText).toContain("O = Gatepost, CN = Gatepost root for home.test");
    const serverText = (await openssl("x509 -noout -text", server.chain)).output;
    expect(serverText).toContain("CA:FALSE");
    expect(serverText).toContain("TLS Web Server Authentication");
    expect(serverText).toContain("Version: 3");
    expect(serverText).toContain("ecdsa-with-SHA256");
    expect(serverText).toContain(
      "DNS:mail.home.test, DNS:*.home.test, IP Address:192.168.1.5, IP Address:FD00:0:0:0:0:0:0:5",
    );
    expect((await openssl("asn1parse", server.chain)).ok).toBe(true);
  });

  test("limits the life of a certificate, and counts for clocks that run behind", () => {
    const facts = factsOf(server.chain);
    expect(facts.notAfter - now).toBeLessThanOrEqual(397 * DAY);
    expect(facts.notBefore).toBeLessThan(now - DAY / 2);
    expect(facts.names).toEqual(names);
    expect(facts.issuer).toBe("Gatepost root for home.test");
    const late = issue(root, ["a.test"], now + 19.9 * 365 * DAY);
    expect(factsOf(late.chain).notAfter).toBe(factsOf(root.chain).notAfter);
  });

  test("gives every certificate its own serial number and key", () => {
    const other = issue(root, names, now);
    expect(new X509Certificate(other.chain).serialNumber).not.toBe(new X509Certificate(server.chain).serialNumber);
    expect(other.key).not.toBe(server.key);
  });

  test("writes times before and after 2050, numbers and lengths as DER wants them", () => {
    const hex = (octets: Uint8Array) => Buffer.from(octets).toString("hex");
    expect(Buffer.from(der.time(Date.UTC(2049, 11, 31, 23, 59, 59))).toString("latin1")).toBe("\x17\x0d491231235959Z");
    expect(Buffer.from(der.time(Date.UTC(2050, 0, 1))).toString("latin1")).toBe("\x18\x0f20500101000000Z");
    expect(hex(der.integer(Uint8Array.of(0, 0, 0x80)))).toBe("02020080");
    expect(hex(der.integer(Uint8Array.of(0)))).toBe("020100");
    expect(hex(der.objectIdentifier("1.2.840.10045.4.3.2"))).toBe("06082a8648ce3d040302");
    expect(hex(der.octetString(new Uint8Array(128))).slice(0, 6)).toBe("048180");
    expect(hex(der.octetString(new Uint8Array(256))).slice(0, 8)).toBe("04820100");
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 5 }), (contents) => {
        const items = contents.map(der.octetString);
        expect(der.children(der.sequence(...items)).map(hex)).toEqual(items.map(hex));
      }),
    );
  });
});

describe("A certificate that somebody brings", () => {
  // Some are made in the course of the tests and valid from that second on.
  const now = Date.now() + 60_000;
  const root = makeRoot("their root", now);
  const refusal = (chain: string, key: string, at = now) => {
    try {
      readCertificateFiles(chain, key, at);
    } catch (error) {
      if (error instanceof Refusal) return error.sentence;
      throw error;
    }
    return "taken";
  };

  test("is taken with an RSA or an ECDSA key", async () => {
    for (const [name, key] of [
      ["rsa", "-newkey rsa:2048"],
      ["ec", EC],
      ["p384", "-newkey ec -pkeyopt ec_paramgen_curve:P-384"],
    ]) {
      const pem = await made(`${name}`, `${key} -days 5 -addext subjectAltName=DNS:${name}.test`);
      expect(refusal(pem.chain, pem.key)).toBe("taken");
      expect(factsOf(readCertificateFiles(pem.chain, pem.key, now).chain).names).toEqual([`${name}.test`]);
    }
  });

  test("is put in order, whatever the order and whatever else is in the file", async () => {
    await made("top", `${EC} -days 5`);
    await openssl(`req -new ${EC} -nodes -keyout mid.key -out mid.csr -subj /CN=mid`);
    await Bun.write(join(scratch, "ca.ext"), "basicConstraints=critical,CA:TRUE\n");
    await openssl("x509 -req -in mid.csr -CA top.crt -CAkey top.key -out mid.crt -days 5 -extfile ca.ext");
    await openssl(`req -new ${EC} -nodes -keyout leaf.key -out leaf.csr -subj /CN=leaf`);
    await Bun.write(join(scratch, "leaf.ext"), "subjectAltName=DNS:leaf.test\n");
    await openssl("x509 -req -in leaf.csr -CA mid.crt -CAkey mid.key -out leaf.crt -days 5 -extfile leaf.ext");
    const [top, mid, leaf, key] = await Promise.all(
      ["top.crt", "mid.crt", "leaf.crt", "leaf.key"].map((file) => Bun.file(join(scratch, file)).text()),
    );
    const { chain } = readCertificateFiles(`Bag Attributes\n${top}\r\n${mid}junk${key}${leaf}`, "", now);
    const subjects = chain
      .match(/-----BEGIN[\s\S]*?-----END CERTIFICATE-----/g)
      ?.map((pem) => new X509Certificate(pem).subject);
    expect(subjects).toEqual(["CN=leaf", "CN=mid"]);
  });

  test("is refused with a sentence that says what is wrong", async () => {
    const good = issue(root, ["a.test"], now);
    const other = issue(root, ["b.test"], now);
    const nameless = await made("nameless", `${EC} -days 5`);
    const weak = await made("weak", "-newkey rsa:1024 -days 5 -addext subjectAltName=DNS:w.test");
    const ed = await made("ed", "-newkey ed25519 -days 5 -addext subjectAltName=DNS:e.test");
    await Bun.write(join(scratch, "good.key"), good.key);
    const locked = (await openssl("pkcs8 -topk8 -in good.key -passout pass:secret")).output;
    const legacy = (await openssl("ec -in good.key -aes128 -passout pass:secret")).output;
    expect(refusal("", good.key)).toBe("There is no certificate in PEM form.");
    expect(refusal(good.chain, "")).toBe("There is no private key in PEM form.");
    expect(refusal(good.chain, other.key)).toBe("The private key does not belong to any of the certificates.");
    expect(refusal(good.chain, locked)).toContain("passphrase");
    expect(refusal(good.chain, legacy)).toContain("passphrase");
    const spoilt = (pem: string) => pem.replace(/\n[^-]{40}/, `\n${"x".repeat(40)}`);
    expect(refusal(good.chain, spoilt(good.key))).toBe("The private key cannot be read.");
    expect(refusal(spoilt(good.chain), good.key)).toBe("A certificate cannot be read.");
    expect(refusal(good.chain, good.key, now + 400 * DAY)).toMatch(/^The certificate expired on \d{4}-/);
    expect(refusal(good.chain, good.key, now - 5 * DAY)).toMatch(/^The certificate is not valid before \d{4}-/);
    expect(refusal(nameless.chain, nameless.key)).toBe("The certificate names no host that it is valid for.");
    expect(refusal(weak.chain, weak.key)).toContain("too short");
    expect(refusal(ed.chain, ed.key)).toContain("Only RSA and ECDSA");
    expect(refusal("x".repeat(300_000), good.key)).toContain("too much");
    expect(refusal(good.chain.repeat(11), good.key)).toContain("too many");
  });

  test("of any sort never ends in a fault", async () => {
    const good = issue(root, ["a.test"], now);
    const mutated = fc
      .tuple(fc.nat(good.chain.length - 1), fc.string({ maxLength: 5 }))
      .map(([at, change]) => good.chain.slice(0, at) + change + good.chain.slice(at + change.length));
    fc.assert(
      fc.property(mutated, (chain) => expect(refusal(chain, good.key)).toBeString()),
      { numRuns: 500 },
    );
  });
});

describe("Certificates", () => {
  let store: Store;
  let folder: string;
  let listener: Listener | undefined;
  let now = Date.now();
  const open = () => new Certificates(store, { names: () => ["nas.local", "bad name!", "127.0.0.1"], now: () => now });

  beforeEach(() => {
    now = Date.now();
    folder = mkdtempSync(join(scratch, "store-"));
    store = Store.open(folder);
  });
  afterEach(async () => {
    await listener?.stop({ graceMs: 0 });
    listener = undefined;
    store.close();
  });

  /** The subject a client meets that asks for a name. */
  async function met(certificates: Certificates, servername: string): Promise<string | undefined> {
    listener ??= serve(async (connection) => await connection.write("220 hi\r\n"), {
      tls: "implicit",
      contextFor: certificates.contextFor,
    });
    const peer = await Peer.connectTls(listener.port, { servername });
    const { subject } = peer.tls.getPeerCertificate();
    peer.close();
    return `${subject.CN}`;
  }

  test("are there at the first start and stay the same", () => {
    const first = open();
    expect(first.list()).toMatchObject([{ own: true, inUse: true, names: ["nas.local", "127.0.0.1", "localhost"] }]);
    const again = open();
    expect(again.list()).toEqual(first.list());
    expect(again.root()).toEqual(first.root());
    expect(again.serving()).toEqual(first.serving());
    expect(first.root().pem).toStartWith("-----BEGIN CERTIFICATE-----\n");
    expect(new X509Certificate(first.root().der).fingerprint256).toBe(first.root().fingerprint);
  });

  test("satisfy a client that has installed the root, by name and by address", async () => {
    const certificates = open();
    const ca = certificates.root().pem;
    await met(certificates, "nas.local");
    for (const servername of ["nas.local", ""]) {
      const socket = tls.connect({ host: "127.0.0.1", port: listener?.port ?? 0, servername, ca });
      await new Promise<void>((resolve, reject) => {
        socket.once("secureConnect", resolve);
        socket.once("error", reject);
      });
      expect(socket.authorized).toBe(true);
      socket.destroy();
    }
  });

  test("change under a running listener", async () => {
    const certificates = open();
    let told = 0;
    const forget = certificates.onChange(() => told++);
    expect(await met(certificates, "nas.local")).toBe("nas.local");
    await certificates.issue(["mail.home.test", "bücher.test"]);
    expect(certificates.list().map(({ names }) => names)).toEqual([["mail.home.test", "xn--bcher-kva.test"]]);
    expect(await met(certificates, "nas.local")).toBe("mail.home.test");
    const bought = issue(makeRoot("elsewhere", now), ["shop.test", "*.shop.test"], now);
    await certificates.upload(bought.chain, bought.key);
    expect(certificates.list()).toMatchObject([
      { own: false, standard: true, servedFor: ["shop.test", "*.shop.test"], inUse: true },
      { own: true, standard: false, servedFor: ["mail.home.test", "xn--bcher-kva.test"], inUse: true },
    ]);
    expect(await met(certificates, "www.shop.test")).toBe("shop.test");
    expect(await met(certificates, "a.b.shop.test")).toBe("shop.test");
    expect(await met(certificates, "mail.home.test")).toBe("mail.home.test");
    expect(told).toBe(2);
    forget();
    await certificates.remove(certificates.list()[0]?.id ?? "");
    expect(await met(certificates, "www.shop.test")).toBe("mail.home.test");
    expect(told).toBe(2);
  });

  test("are in use as long as clients get them for a name", async () => {
    const certificates = open();
    const authority = makeRoot("elsewhere", now);
    const upload = async (...names: string[]) => {
      const { chain, key } = issue(authority, names, now);
      await certificates.upload(chain, key);
    };
    await certificates.issue(["mail.home.test", "127.0.0.1"]);
    await upload("old.test", "shop.test", "192.0.2.1");
    await upload("shop.test", "mail.home.test", "192.0.2.1");
    expect(certificates.list()).toMatchObject([
      { own: false, standard: true, servedFor: ["shop.test", "mail.home.test"], inUse: true },
      { own: false, standard: false, servedFor: ["old.test"], inUse: true },
      { own: true, standard: false, servedFor: [], inUse: false },
    ]);
    expect(await met(certificates, "old.test")).toBe("old.test");
    await upload("old.test");
    expect(certificates.list().map(({ inUse }) => inUse)).toEqual([true, true, false, false]);
  });

  test("of the own authority are renewed in time; what has expired comes last", async () => {
    const certificates = open();
    const [before] = certificates.list();
    expect(await certificates.renew()).toBe(false);
    const bought = issue(makeRoot("elsewhere", now), ["shop.test"], now);
    await certificates.upload(bought.chain, bought.key);
    now += 340 * DAY;
    expect(await certificates.renew()).toBe(true);
    const own = certificates.list().find((each) => each.own);
    expect(own?.notAfter).toBeGreaterThan(now + 390 * DAY);
    expect(own?.names).toEqual(before?.names as string[]);
    expect(certificates.list()[0]?.own).toBe(false);
    now += 60 * DAY;
    expect(await certificates.renew()).toBe(true);
    expect(certificates.list()[0]?.own).toBe(true);
    expect(await certificates.renew()).toBe(false);
  });

  test("made by another process appear after a reload", async () => {
    const [server, command] = [open(), open()];
    server.list();
    await command.issue(["new.test"]);
    server.reload();
    expect(server.list()[0]?.names).toEqual(["new.test"]);
  });

  test("refuse what cannot be", async () => {
    const certificates = open();
    const kind = (promise: Promise<void>) =>
      promise.then(
        () => "done",
        (error) => (error as Refusal).kind,
      );
    for (const names of [
      [],
      [""],
      ["a b"],
      ["-a.test"],
      ["a..test"],
      ["*.*.test"],
      [`${"a".repeat(64)}.test`],
      ["1.2.3.4.5/8"],
    ]) {
      expect(await kind(certificates.issue(names))).toBe("invalid");
    }
    expect(await kind(certificates.issue(new Array(101).fill(0).map((_, i) => `h${i}.test`)))).toBe("invalid");
    expect(await kind(certificates.upload("x", "y"))).toBe("invalid");
    expect(await kind(certificates.remove("12345"))).toBe("notFound");
    expect(await kind(certificates.remove(certificates.list()[0]?.id ?? ""))).toBe("inUse");
    expect(certificates.list()).toHaveLength(1);
  });
});
