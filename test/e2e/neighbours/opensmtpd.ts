/** Debian's OpenSMTPD as a server next door. */
import { Jail } from "./jail.ts";
import { MOST_OCTETS, type Neighbour, type Street } from "./neighbour.ts";

export async function startOpenSmtpd({ address, port, identity, ways }: Street): Promise<Neighbour> {
  const jail = await Jail.make(["opensmtpd", "opensmtpq"]);
  jail.folder("var/lib/opensmtpd/empty");
  jail.folder("var/run");
  jail.folder("var/spool/smtpd", { mode: 0o711 });
  // As its installation leaves it: only then it lets itself be told things.
  jail.hand("usr/sbin/smtpctl", "opensmtpq", 0o2755);
  jail.write("etc/mailname", "opensmtpd.test\n");
  jail.write("etc/certificate.pem", identity.certificate);
  jail.write("etc/key.pem", identity.key, 0o600);
  const list = Object.entries(ways);
  const actions = list.map(([, way], at) => {
    const host = `smtp+${way.tls ? "tls" : "notls"}://127.0.0.1:${way.port}`;
    return `action "way${at}" relay host ${host}${way.tls ? " tls no-verify" : ""}\n`;
  });
  const matches = list.map(([domain], at) => `match from any for domain "${domain}" action "way${at}"\n`);
  jail.write(
    "etc/smtpd.conf",
    `pki next cert "/etc/certificate.pem"
pki next key "/etc/key.pem"
smtp max-message-size "${MOST_OCTETS}"
listen on ${address} port ${port} tls pki next
${actions.join("")}${matches.join("")}`,
    0o600,
  );
  await jail.start(["/usr/sbin/smtpd", "-d"], address, port);
  return {
    log: () => jail.read("said"),
    retry: async () => await jail.command("/usr/sbin/smtpctl", "schedule", "all"),
    stop: async () => await jail.end(),
  };
}
