/** Debian's rspamd, in a folder of its own; what it would ask elsewhere is off. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder, until } from "../harness.ts";
import { listens } from "../ports.ts";

/** What differs from its defaults, by the file under `local.d`. */
const ALONE = {
  "rbl.conf": "enabled = false;\n",
  "surbl.conf": "enabled = false;\n",
  "fuzzy_check.conf": "enabled = false;\n",
  "asn.conf": "enabled = false;\n",
};

/**
 * Starts one, and gives the function that ends it.
 * @param port where it listens when it is ready
 * @param differences what else differs from its defaults, by the file under `local.d`
 */
export async function startRspamd(
  port: number,
  differences: Readonly<Record<string, string>>,
): Promise<() => Promise<void>> {
  const folder = temporaryFolder("rspamd");
  for (const name of ["local.d", "override.d", "db", "log"]) mkdirSync(join(folder, name));
  for (const [file, text] of Object.entries({ ...ALONE, ...differences })) {
    writeFileSync(join(folder, "local.d", file), text);
  }
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
    await until(() => child.exitCode !== null || listens(port), "rspamd", 120);
    if (child.exitCode !== null) throw new Error(`rspamd ended with ${child.exitCode}`);
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}
