/** Debian's Postfix as a server next door: on a loopback port of its own, with a folder of its own. Needs root. */
import { chmodSync, chownSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { accountOf } from "../../src/appliance/privileges.ts";
import { succeed, temporaryFolder } from "../harness.ts";

export interface Postfix {
  readonly port: number;
  /** What it wrote into its log. */
  log(): string;
  stop(): Promise<void>;
}

/** Its parts, as its own master.cf has them; the port is set in front. */
const SERVICES = `pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`;

/** Starts one that takes all mail, and sends that of each domain to a port on loopback. */
export async function startPostfix(ways: Readonly<Record<string, number>>): Promise<Postfix> {
  const folder = temporaryFolder("gatepost-postfix");
  chmodSync(folder, 0o755);
  const postfix = accountOf("postfix");
  if (postfix === undefined) throw new Error("this system lacks the account postfix");
  const at = (name: string) => join(folder, name);
  for (const name of ["etc", "queue", "state"]) mkdirSync(at(name));
  chownSync(at("state"), postfix.uid, postfix.gid);
  const holder = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = holder;
  holder.stop(true);
  const maps = Object.entries(ways).map(([domain, to]) => `{ ${domain} = smtp:[127.0.0.1]:${to} }`);
  writeFileSync(
    at("etc/main.cf"),
    `compatibility_level = 3.6
queue_directory = ${at("queue")}
data_directory = ${at("state")}
myhostname = next.test
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
transport_maps = inline:{ ${maps.join(", ")} }
smtp_host_lookup = native
smtp_tls_security_level = none
maillog_file = ${at("maillog")}
maillog_file_prefixes = ${folder}
`,
  );
  writeFileSync(at("etc/master.cf"), `127.0.0.1:${port} inet n - n - - smtpd\n${SERVICES}`);
  // It stays behind with whatever output it was given: that must not be a pipe which is read to its end.
  const control = (what: string) => succeed(["sh", "-c", `postfix -c ${at("etc")} ${what} >> ${at("said")} 2>&1`]);
  await control("start");
  return {
    port,
    log: () => readFileSync(at("maillog"), "utf8"),
    stop: async () => {
      await control("stop");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
