/** Debian's rspamd as a milter. It asks the name server it is given. */
import { startRspamd as start } from "../test/filter/rspamd.ts";

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
  return { milter: `inet:127.0.0.1:${MILTER}`, stop: await start(MILTER, differences(dns)) };
}
