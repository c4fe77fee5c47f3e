/** Debian's proxies, FTP servers and web server with configurations of their own, on loopback ports of their own. Needs root. */
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { accountOf } from "../../src/appliance/privileges.ts";
import { Gatepost, succeed, temporaryFolder, until } from "../../test/harness.ts";
import { LOGIN, PASSWORD, proportionalMemory } from "../server.ts";

/** A server under measurement. */
export interface Peer {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

/** One that keeps files, with the folder that they lie in. */
export interface FilePeer extends Peer {
  readonly folder: string;
  /** Name and password for FTP. */
  readonly login: string;
}

/** Below those that the system gives to outgoing connections, and others for each run. */
let next = 20_000 + (process.pid % 1_000) * 12;
const freePort = () => next++;

interface Program {
  readonly name: string;
  readonly port?: number;
  readonly command: (folder: string, port: number) => readonly string[];
  readonly configure?: (folder: string, port: number) => void;
}

/** Starts a program in a folder of its own and waits until it listens. */
export async function start(program: Program): Promise<FilePeer> {
  const folder = temporaryFolder(`peer-${program.name}`);
  chmodSync(folder, 0o755);
  const port = freePort();
  program.configure?.(folder, port);
  const child = Bun.spawn([...program.command(folder, port)], { stdout: "ignore", stderr: "ignore", cwd: folder });
  await until(() => listens(port), `${program.name} to listen`);
  return {
    ...{ name: program.name, port, pid: child.pid, folder: join(folder, "files"), login: `${LOGIN}:${PASSWORD}` },
    stop: async () => {
      child.kill("SIGTERM");
      const killed = setTimeout(() => child.kill("SIGKILL"), 3_000);
      await child.exited;
      clearTimeout(killed);
      await succeed(["pkill", "-KILL", "-f", folder]).catch(() => undefined);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function listens(port: number): Promise<boolean> {
  const socket = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } }).catch(() => undefined);
  socket?.end();
  return socket !== undefined;
}

function filesOf(folder: string, owner: string): void {
  const account = accountOf(owner);
  if (account === undefined) throw new Error(`this system lacks the account ${owner}`);
  mkdirSync(join(folder, "files"));
  chownSync(join(folder, "files"), account.uid, account.gid);
}

/** Squid as a plain forward proxy: everybody may everything, nothing is logged; `cache` lets it keep what it may in memory. */
export const squid = (cache = false): Promise<Peer> =>
  start({
    name: "squid",
    configure: (folder, port) => {
      const account = accountOf("proxy");
      if (account) chownSync(folder, account.uid, account.gid);
      const lines = [
        `http_port 127.0.0.1:${port}`,
        "http_access allow all",
        cache ? "cache allow all" : "cache deny all",
        "cache_mem 64 MB",
        "maximum_object_size_in_memory 2 MB",
        "access_log none",
        "cache_log /dev/null",
        "cache_store_log none",
        `pid_filename ${folder}/pid`,
        `coredump_dir ${folder}`,
        "shutdown_lifetime 0 seconds",
        "max_filedescriptors 20000",
        "pinger_enable off",
        "icp_port 0",
        "",
      ];
      writeFileSync(join(folder, "squid.conf"), lines.join("\n"));
    },
    command: (folder) => ["squid", "-N", "-f", join(folder, "squid.conf")],
  });

export const tinyproxy = (): Promise<Peer> =>
  start({
    name: "tinyproxy",
    configure: (folder, port) =>
      writeFileSync(
        join(folder, "tinyproxy.conf"),
        `Port ${port}\nListen 127.0.0.1\nTimeout 600\nMaxClients 6000\nAllow 127.0.0.1\nLogLevel Critical\n`,
      ),
    command: (folder) => ["tinyproxy", "-d", "-c", join(folder, "tinyproxy.conf")],
  });

export const dante = (): Promise<Peer> =>
  start({
    name: "dante",
    configure: (folder, port) => {
      const rule = "pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }";
      writeFileSync(
        join(folder, "danted.conf"),
        `errorlog: ${folder}/errors\ninternal: 127.0.0.1 port = ${port}\nexternal: lo\nsocksmethod: none\nclientmethod: none\nuser.privileged: root\nuser.unprivileged: nobody\nclient ${rule}\nsocks ${rule}\n`,
      );
    },
    command: (folder) => ["danted", "-f", join(folder, "danted.conf"), "-p", join(folder, "pid")],
  });

export const microsocks = (): Promise<Peer> =>
  start({ name: "microsocks", command: (_folder, port) => ["microsocks", "-i", "127.0.0.1", "-p", String(port)] });

export const nginx = (): Promise<FilePeer> =>
  start({
    name: "nginx",
    configure: (folder, port) => {
      filesOf(folder, "www-data");
      writeFileSync(
        join(folder, "nginx.conf"),
        `daemon off; user www-data; worker_processes auto; pid ${folder}/pid; error_log /dev/null;
events { worker_connections 20000; }
http { access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000; open_file_cache max=1000;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  server { listen 127.0.0.1:${port} backlog=4096; root ${folder}/files; location /keep/ { expires 1h; } } }
`,
      );
    },
    command: (folder) => ["nginx", "-c", join(folder, "nginx.conf"), "-p", folder],
  });

/** vsftpd lets its anonymous user do what ours may with a login. */
export const vsftpd = async (): Promise<FilePeer> => {
  const peer = await start({
    name: "vsftpd",
    configure: (folder, port) => {
      filesOf(folder, "root");
      mkdirSync(join(folder, "files", LOGIN));
      const ftp = accountOf("ftp");
      if (ftp) chownSync(join(folder, "files", LOGIN), ftp.uid, ftp.gid);
      mkdirSync(join(folder, "empty"));
      writeCertificate(folder);
      const lines = {
        ...{ listen: "YES", listen_address: "127.0.0.1", listen_port: port, background: "NO", local_enable: "NO" },
        ...{ anonymous_enable: "YES", no_anon_password: "YES", anon_root: `${folder}/files`, write_enable: "YES" },
        ...{ anon_upload_enable: "YES", anon_mkdir_write_enable: "YES", anon_other_write_enable: "YES" },
        ...{ anon_umask: "022", anon_world_readable_only: "NO", xferlog_enable: "NO", seccomp_sandbox: "NO" },
        ...{ secure_chroot_dir: `${folder}/empty`, ssl_enable: "YES", allow_anon_ssl: "YES" },
        ...{ force_local_data_ssl: "NO", force_local_logins_ssl: "NO", require_ssl_reuse: "NO", ssl_ciphers: "HIGH" },
        ...{ rsa_cert_file: `${folder}/cert.pem`, rsa_private_key_file: `${folder}/key.pem` },
      };
      const text = Object.entries(lines).map(([key, value]) => `${key}=${value}\n`);
      writeFileSync(join(folder, "vsftpd.conf"), text.join(""), { mode: 0o600 });
    },
    command: (folder) => ["vsftpd", join(folder, "vsftpd.conf")],
  });
  return { ...peer, folder: join(peer.folder, LOGIN), login: "anonymous:x" };
};

function writeCertificate(folder: string): void {
  const made = Bun.spawnSync([
    ...["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=peer.test"],
    ...["-keyout", join(folder, "key.pem"), "-out", join(folder, "cert.pem")],
  ]);
  if (made.exitCode !== 0) throw new Error("openssl made no certificate");
}

/** pure-ftpd may not be installed beside vsftpd: its package is unpacked. */
export const pureFtpd = (): Promise<FilePeer> =>
  start({
    name: "pure-ftpd",
    configure: (folder) => {
      filesOf(folder, "www-data");
      writeCertificate(folder);
      const pem = ["key.pem", "cert.pem"].map((name) => readFileSync(join(folder, name), "utf8"));
      writeFileSync(join(folder, "both.pem"), pem.join(""));
      for (const name of ["pure-ftpd", "pure-ftpd-common"]) unpack(name, folder);
      const account = accountOf("www-data");
      const tool = existsSync(join(folder, "usr/bin/pure-pw")) ? "usr/bin/pure-pw" : "usr/sbin/pure-pw";
      const made = Bun.spawnSync(
        [
          ...[join(folder, tool), "useradd", LOGIN, "-u", String(account?.uid), "-g", String(account?.gid)],
          ...["-d", join(folder, "files"), "-f", join(folder, "passwd"), "-F", join(folder, "users.pdb"), "-m"],
        ],
        { stdin: Buffer.from(`${PASSWORD}\n${PASSWORD}\n`) },
      );
      if (made.exitCode !== 0) throw new Error(`pure-pw: ${made.stderr.toString()}`);
    },
    command: (folder, port) => [
      ...[join(folder, "usr/sbin/pure-ftpd"), "-S", `127.0.0.1,${port}`, "-l", `puredb:${join(folder, "users.pdb")}`],
      ...["-u", "1", "-E", "-H", "-C", "200", "-c", "200", "-L", "100000:5", "-Y", "1", "-2", join(folder, "both.pem")],
    ],
  });

function unpack(name: string, folder: string): void {
  const fetched = Bun.spawnSync(["apt-get", "download", name], { cwd: folder, stderr: "ignore" });
  const [file] = [...new Bun.Glob(`${name}_*.deb`).scanSync(folder)];
  if (fetched.exitCode !== 0 || file === undefined) throw new Error(`the package ${name} cannot be fetched`);
  Bun.spawnSync(["dpkg", "-x", join(folder, file), folder]);
}

/** The executable with what all of these do: guests may use the proxies, loopback is reached, a user keeps files and a home page. */
export interface Ours {
  readonly server: Gatepost;
  readonly proxy: Peer;
  readonly socks: Peer;
  readonly ftp: FilePeer;
  readonly web: FilePeer;
  stop(): Promise<void>;
}

export async function gatepost(...settings: readonly string[]): Promise<Ours> {
  const server = await Gatepost.start({
    users: [LOGIN],
    settings: [
      "gateway.reachable=127.0.0.0/8",
      "gateway.tunnelPorts=any",
      "gateway.connectionsPerUser=0",
      "gateway.connectionsPerClient=0",
      "network.connectionsPerAddress=100000",
      "webproxy.connectionsPerAddress=100000",
      "web.requireTls=false",
      ...settings,
    ],
  });
  await server.command(["user", "set", "guest", "grant=http.proxy"]);
  await server.command(["user", "set", LOGIN, "grant=ftp.login,ftp.modify"]);
  const at = (port: number) => ({ name: "Gatepost", port: server.port(port), pid: server.pid, stop: async () => {} });
  const own = join(server.folder, "files", "people", LOGIN);
  const login = `${LOGIN}:${PASSWORD}`;
  return {
    server,
    proxy: at(3128),
    socks: at(1080),
    ftp: { ...at(21), folder: own, login },
    web: { ...at(80), folder: join(own, "www"), login },
    stop: () => server.remove(),
  };
}

/** Proportional memory of a process and its descendants, in octets. */
export async function familyMemory(pid: number): Promise<number> {
  const rows = (await succeed(["ps", "-eo", "pid=,ppid="]))
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  const family = new Set([pid]);
  for (let before = 0; before !== family.size; ) {
    before = family.size;
    for (const [child = 0, parent = 0] of rows) if (family.has(parent)) family.add(child);
  }
  const sizes = await Promise.all([...family].map(proportionalMemory));
  return sizes.reduce((sum, size) => sum + size, 0);
}
