/** Debian's Exim as a server next door. */
import { Jail } from "./jail.ts";
import { MOST_OCTETS, type Neighbour, type Street } from "./neighbour.ts";

const ACCOUNT = "Debian-exim";
const PROGRAM = "/usr/sbin/exim4";

export async function startExim({ address, port, identity, ways }: Street): Promise<Neighbour> {
  const jail = await Jail.make([ACCOUNT]);
  for (const folder of ["var/spool/exim4", "var/log/exim4"]) jail.folder(folder, { owner: ACCOUNT });
  jail.write("etc/identity.pem", identity.certificate + identity.key);
  const list = Object.entries(ways);
  const routers = list.map(
    ([domain], at) => `way${at}:
  driver = manualroute
  domains = ${domain}
  route_list = * 127.0.0.1
  self = send
  transport = way${at}
`,
  );
  const transports = list.map(
    ([, way], at) => `way${at}:
  driver = smtp
  port = ${way.port}
  ${way.tls ? "hosts_require_tls = *" : "hosts_avoid_tls = *"}
  tls_try_verify_hosts = !*
`,
  );
  jail.write(
    "etc/exim4/exim4.conf",
    `primary_hostname = exim.test
keep_environment =
local_interfaces = ${address}
daemon_smtp_ports = ${port}
tls_advertise_hosts = *
tls_certificate = /etc/identity.pem
dsn_advertise_hosts = *
message_size_limit = ${MOST_OCTETS}
acl_smtp_rcpt = recipients
acl_smtp_data = everything
begin acl
recipients:
  accept domains = ${list.map(([domain]) => domain).join(" : ")}
  deny message = 5.7.1 Exim takes nothing for $domain
everything:
  accept
begin routers
${routers.join("")}
begin transports
${transports.join("")}
begin retry
* * F,1h,1s
`,
  );
  await jail.start([PROGRAM, "-bdf"], address, port);
  return {
    log: () => jail.read("var/log/exim4/mainlog"),
    retry: async () => await jail.command(PROGRAM, "-qff"),
    stop: async () => await jail.end(),
  };
}
