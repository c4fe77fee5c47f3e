/** Debian's Postfix as a server next door, with a folder of its own. Needs root. */
import { chmodSync, chownSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { accountOf } from "../../../src/appliance/privileges.ts";
import { succeed, temporaryFolder } from "../../harness.ts";
import { MOST_OCTETS, type Neighbour, type Street } from "./neighbour.ts";

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
smtps unix - - n - - smtp -o smtp_tls_security_level=encrypt
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`;

export async function startPostfix({ address, port, identity, ways }: Street): Promise<Neighbour> {
  const folder = temporaryFolder("gatepost-postfix");
  chmodSync(folder, 0o755);
  const postfix = accountOf("postfix");
  if (postfix === undefined) throw new Error("this system lacks the account postfix");
  const at = (name: string) => join(folder, name);
  for (const name of ["etc", "queue", "state"]) mkdirSync(at(name));
  chownSync(at("state"), postfix.uid, postfix.gid);
  const maps = Object.entries(ways).map(
    ([domain, way]) => `{ ${domain} = ${way.tls ? "smtps" : "smtp"}:[127.0.0.1]:${way.port} }`,
  );
  writeFileSync(at("etc/identity.pem"), identity.key + identity.certificate, { mode: 0o600 });
  writeFileSync(
    at("etc/main.cf"),
    `compatibility_level = 3.6
queue_directory = ${at("queue")}
data_directory = ${at("state")}
myhostname = postfix.test
mydestination =
mynetworks =
relay_domains = ${Object.keys(ways).join(", ")}
parent_domain_matches_subdomains =
smtpd_relay_restrictions = reject_unauth_destination
message_size_limit = ${MOST_OCTETS}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
transport_maps = inline:{ ${maps.join(", ")} }
smtp_host_lookup = native
smtp_tls_security_level = none
smtpd_tls_security_level = may
smtpd_tls_chain_files = ${at("etc/identity.pem")}
maillog_file = ${at("maillog")}
maillog_file_prefixes = ${folder}
`,
  );
  writeFileSync(at("etc/master.cf"), `${address}:${port} inet n - n - - smtpd\n${SERVICES}`);
  // It stays behind with whatever output it was given: that must not be a pipe which is read to its end.
  const control = (what: string) => succeed(["sh", "-c", `postfix -c ${at("etc")} ${what} >> ${at("said")} 2>&1`]);
  await control("start");
  return {
    log: () => readFileSync(at("maillog"), "utf8"),
    retry: async () => void (await control("flush")),
    stop: async () => {
      await control("stop");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
