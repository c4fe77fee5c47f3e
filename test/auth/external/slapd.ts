/** A directory server for tests: Debian's slapd on loopback ports, with its own folder, its own authority, people and groups. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { issue, makeRoot } from "../../../src/net/authority.ts";
import { freePort } from "../../ports.ts";

export const SUFFIX = "dc=example,dc=test";
export const BIND_DN = `cn=reader,${SUFFIX}`;
export const BIND_PASSWORD = "reader's secret";
export const ROOT_DN = `cn=root,${SUFFIX}`;
export const ROOT_PASSWORD = "root's secret";
export const PEOPLE = `ou=people,${SUFFIX}`;
export const GROUPS = `ou=groups,${SUFFIX}`;

/** What the entries look like: inetOrgPerson, or with the attributes of Active Directory. */
export type Flavour = "openldap" | "activeDirectory";

export interface Slapd {
  /** ldap://127.0.0.1:port */
  readonly plain: string;
  /** ldaps://127.0.0.1:port */
  readonly tls: string;
  /** The authority that made its certificate, PEM. */
  readonly authority: string;
  /** SHA-256 of its certificate. */
  readonly fingerprint: string;
  /** Adds, changes or removes entries, as LDIF. */
  modify(ldif: string): Promise<void>;
  /** What it logged up to now: one line an operation. */
  log(): Promise<string>;
  stop(): Promise<void>;
  /** Starts again on the same ports with the same entries. */
  start(): Promise<void>;
  /** Keeps the connections and answers nothing any more, until thawed. */
  freeze(): Promise<void>;
  thaw(): void;
  /** Stops and removes everything. */
  close(): Promise<void>;
}

export interface SlapdOptions {
  readonly flavour?: Flavour;
  /** Further lines of the configuration, before and inside of the database. */
  readonly global?: string;
  readonly database?: string;
  /** Entries to begin with, beside the tree itself. */
  readonly entries?: string;
}

const root = makeRoot("the tests' directory", Date.now());

/** Starts a server. */
export async function startSlapd(options: SlapdOptions = {}): Promise<Slapd> {
  const folder = mkdtempSync(join(tmpdir(), "gatepost-slapd-"));
  const [port, tlsPort] = [freePort(), freePort()];
  const certificate = issue(root, ["localhost", "127.0.0.1"], Date.now());
  mkdirSync(join(folder, "db"));
  writeFileSync(join(folder, "cert.pem"), certificate.chain);
  writeFileSync(join(folder, "key.pem"), certificate.key, { mode: 0o600 });
  writeFileSync(join(folder, "slapd.conf"), configuration(folder, options));
  writeFileSync(join(folder, "begin.ldif"), `${TREE}\n${options.entries ?? ""}`);
  run(["slapadd", "-q", "-f", join(folder, "slapd.conf"), "-l", join(folder, "begin.ldif")]);
  const plain = `ldap://127.0.0.1:${port}`;
  const tls = `ldaps://127.0.0.1:${tlsPort}`;
  let process: Bun.Subprocess<"ignore", "pipe", "pipe"> | undefined;
  let logged = "";

  const start = async () => {
    const args = ["-d", "256", "-f", join(folder, "slapd.conf"), "-h", `${plain}/ ${tls}/`];
    const child = Bun.spawn(["slapd", ...args], { stdin: "ignore", stdout: "pipe", stderr: "pipe", env: PATHS });
    process = child;
    const follow = async () => {
      for await (const piece of child.stderr.pipeThrough(new TextDecoderStream())) logged += piece;
    };
    void follow();
    const until = Date.now() + 10_000;
    while (!(await answers(port))) {
      if (child.exitCode !== null || Date.now() > until) throw new Error(`slapd did not start: ${logged}`);
    }
  };
  const stop = async () => {
    process?.kill("SIGCONT");
    process?.kill("SIGKILL");
    await process?.exited;
  };
  await start();
  return {
    ...{ plain, tls, authority: root.chain, fingerprint: fingerprintOf(certificate.chain), start, stop },
    async log() {
      // The log comes through a pipe. A connection of our own, made now, marks where now is.
      const mark = `IP=127.0.0.1:${await knock(port)} `;
      while (!logged.includes(mark)) await new Promise((resolve) => setImmediate(resolve));
      return logged;
    },
    async modify(ldif) {
      const tool = Bun.spawn(["ldapmodify", "-x", "-a", "-H", plain, "-D", ROOT_DN, "-w", ROOT_PASSWORD], {
        ...{ stdin: new Blob([ldif]), stdout: "ignore", stderr: "pipe", env: PATHS },
      });
      const problem = await new Response(tool.stderr).text();
      if ((await tool.exited) !== 0) throw new Error(problem);
    },
    async freeze() {
      process?.kill("SIGSTOP");
      // All of its threads stop a moment later.
      const tasks = `/proc/${process?.pid}/task`;
      const stopped = (task: string) => /^\d+ \(.*\) T /.test(readFileSync(`${tasks}/${task}/stat`, "utf8"));
      while (!readdirSync(tasks).every(stopped)) await new Promise((resolve) => setImmediate(resolve));
    },
    thaw: () => process?.kill("SIGCONT"),
    async close() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Another authority, that made no certificate here. */
export function otherAuthority(): string {
  return makeRoot("somebody else", Date.now()).chain;
}

/** An entry of a person, as LDIF. Attributes in `more` come as they are. */
export function person(uid: string, password: string, more = ""): string {
  const name = uid.charAt(0).toUpperCase() + uid.slice(1);
  return `dn: uid=${uid},${PEOPLE}
objectClass: inetOrgPerson
uid: ${uid}
cn: ${name} Example
sn: Example
givenName: ${name}
mail: ${uid}@example.test
userPassword: ${password}
${more}
`;
}

/** A person as Active Directory describes one. */
export function adPerson(name: string, password: string, more = "", control = 512): string {
  const guid = Buffer.from(new Bun.CryptoHasher("md5").update(name).digest()).toString("base64");
  return `dn: cn=${name},${PEOPLE}
objectClass: user
objectCategory: person
cn: ${name}
sn: Example
sAMAccountName: ${name}
userPrincipalName: ${name}@ad.example.test
userAccountControl: ${control}
objectGUID:: ${guid}
userPassword: ${password}
${more}
`;
}

/** An entry of a group. */
export function group(cn: string, members: readonly string[]): string {
  return `dn: cn=${cn},${GROUPS}
objectClass: groupOfNames
cn: ${cn}
${members.map((uid) => `member: ${uid.includes("=") ? uid : `uid=${uid},${PEOPLE}`}`).join("\n")}

`;
}

/** As much of Active Directory's schema as is read; the standard ones for OpenLDAP know no comparisons. */
const AD_SCHEMA = `${[
  ["sAMAccountName", "caseIgnoreMatch", "15"],
  ["userPrincipalName", "caseIgnoreMatch", "15"],
  ["objectCategory", "caseIgnoreMatch", "15"],
  ["proxyAddresses", "caseIgnoreMatch", "15"],
  ["userAccountControl", "integerMatch", "27"],
  ["objectGUID", "octetStringMatch", "40"],
]
  .map(
    ([name, rule, syntax], at) =>
      `attributetype ( 1.3.6.1.4.1.99999.1.${at} NAME '${name}' EQUALITY ${rule} SYNTAX 1.3.6.1.4.1.1466.115.121.1.${syntax} )`,
  )
  .join("\n")}
objectclass ( 1.3.6.1.4.1.99999.2.1 NAME 'user' SUP inetOrgPerson STRUCTURAL MAY ( sAMAccountName $ userPrincipalName $ objectCategory $ proxyAddresses $ userAccountControl $ objectGUID ) )`;

const PATHS = { ...process.env, PATH: `${process.env.PATH ?? ""}:/usr/sbin:/usr/bin` };

const TREE = `dn: ${SUFFIX}
objectClass: dcObject
objectClass: organization
o: Example
dc: example

dn: ${BIND_DN}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: reader
userPassword: ${BIND_PASSWORD}

dn: ${PEOPLE}
objectClass: organizationalUnit
ou: people

dn: ${GROUPS}
objectClass: organizationalUnit
ou: groups
`;

function configuration(folder: string, { flavour = "openldap", global = "", database = "" }: SlapdOptions): string {
  const schemas = ["core", "cosine", "inetorgperson"];
  return `${schemas.map((name) => `include /etc/ldap/schema/${name}.schema`).join("\n")}
${flavour === "activeDirectory" ? AD_SCHEMA : ""}
pidfile ${folder}/slapd.pid
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
TLSCertificateFile ${folder}/cert.pem
TLSCertificateKeyFile ${folder}/key.pem
TLSCACertificateFile ${folder}/cert.pem
${global}
database mdb
suffix "${SUFFIX}"
rootdn "${ROOT_DN}"
rootpw "${ROOT_PASSWORD}"
directory ${folder}/db
dbnosync
maxsize 104857600
index objectClass,uid,mail,entryUUID,member eq
limits dn.exact="${BIND_DN}" size.prtotal=unlimited
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="${BIND_DN}" read by anonymous auth by * none
${database}
overlay memberof
`;
}

function run(command: string[]): void {
  const { exitCode, stderr } = Bun.spawnSync(command, { env: PATHS });
  if (exitCode !== 0) throw new Error(`${command[0]}: ${stderr.toString()}`);
}

/** Connects and goes away; gives the port it came from. */
async function knock(port: number): Promise<number> {
  const socket = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } });
  const { localPort } = socket;
  socket.end();
  return localPort;
}

async function answers(port: number): Promise<boolean> {
  try {
    await knock(port);
    return true;
  } catch {
    await new Promise((resolve) => setImmediate(resolve));
    return false;
  }
}

function fingerprintOf(pem: string): string {
  const leaf = /-----BEGIN CERTIFICATE-----([^-]+)/.exec(pem)?.[1] ?? "";
  const digest = new Bun.CryptoHasher("sha256").update(Buffer.from(leaf, "base64")).digest("hex");
  return digest.toUpperCase().replaceAll(/(..)(?=.)/g, "$1:");
}
