/** Debian's rspamd as a milter, in a folder of its own. It asks the name server it is given; what asks services elsewhere is off. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { temporaryFolder, until } from "../test/harness.ts";

/** Below those that the system gives to outgoing connections. */
const MILTER = 22_332;

/** What differs from its defaults, by the file under `local.d`. */
function differences(dns: string): Record<string, string> {
  return {
    // Mail from loopback is not checked unless told: here it plays the world.
    "options.inc": `dns { nameserver = ["${dns}:10"]; timeout = 2s; }\nlocal_addrs = ["192.0.2.0/24"];\ncheck_local = true;\n`,
    "worker-proxy.inc": `bind_socket = "127.0.0.1:${MILTER}";\nmilter = yes;\ncount = 2;\nupstream "local" { default = yes; self_scan = yes; }\n`,
    "worker-normal.inc": "enabled = false;\n",
    "worker-controller.inc": "enabled = false;\n",
    "rbl.conf": "enabled = false;\n",
    "surbl.conf": "enabled = false;\n",
    "fuzzy_check.conf": "enabled = false;\n",
    "asn.conf": "enabled = false;\n",
    "dkim.conf": "check_local = true;\n",
    "spf.conf": "check_local = true;\n",
    "dmarc.conf": 'actions { quarantine = "add_header"; reject = "reject"; }\n',
    "arc.conf": "check_local = true;\n",
    "milter_headers.conf": 'use = ["authentication-results", "spam-header"];\nskip_local = false;\n',
  };
}

export interface Rspamd {
  /** For Postfix: `inet:127.0.0.1:port`. */
  readonly milter: string;
  readonly stop: () => Promise<void>;
}

/** @param dns a name server, `address:port` */
export async function startRspamd(dns: string): Promise<Rspamd> {
  const folder = temporaryFolder("rspamd");
  for (const name of ["local.d", "override.d", "db", "log"]) mkdirSync(join(folder, name));
  for (const [file, text] of Object.entries(differences(dns))) writeFileSync(join(folder, "local.d", file), text);
  const places = { LOCAL_CONFDIR: folder, DBDIR: join(folder, "db"), RUNDIR: folder, LOGDIR: join(folder, "log") };
  const child = Bun.spawn(
    [
      ...["rspamd", "--no-fork", "--insecure", "--config", "/etc/rspamd/rspamd.conf"],
      ...Object.entries(places).map(([name, place]) => `--var=${name}=${place}`),
    ],
    { stdout: "ignore", stderr: "ignore" },
  );
  const stop = async () => {
    child.kill();
    await child.exited;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    // It compiles its patterns first.
    await until(() => child.exitCode !== null || answers(MILTER), "rspamd", 120);
    if (child.exitCode !== null) throw new Error(`rspamd ended with ${child.exitCode}`);
  } catch (error) {
    await stop();
    throw error;
  }
  return { milter: `inet:127.0.0.1:${MILTER}`, stop };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
