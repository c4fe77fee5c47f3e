/** Data folders that get full soon, with and without being root. */
import { rmSync } from "node:fs";
import { run, succeed, temporaryFolder } from "../harness.ts";

const MEGABYTE = 1_048_576;

export interface Disk {
  readonly name: string;
  readonly folder: string;
  /** How the server is started, for `Gatepost.start`. */
  readonly through: readonly string[];
  /** Gives it room again, while the server with this process id runs. */
  enlarge(pid: number): Promise<void>;
  remove(): Promise<void>;
}

/** The kinds of small disks that this machine can have, each made when it is asked for. */
export async function disksHere(): Promise<{ name: string; make: () => Promise<Disk> }[]> {
  const limited = { name: "a limit on the size of files", make: limitedFiles };
  const probe = await tmpfs(1).catch(() => undefined);
  await probe?.remove();
  return probe === undefined ? [limited] : [{ name: probe.name, make: () => tmpfs(24) }, limited];
}

/** A file system of so many megabytes in memory. Only root may mount it, and not in every container. */
async function tmpfs(megabytes: number): Promise<Disk> {
  const folder = temporaryFolder("gatepost-full");
  const mounted = await run(["mount", "-t", "tmpfs", "-o", `size=${megabytes}m,mode=0700`, "tmpfs", folder]);
  if (mounted.code !== 0) {
    rmSync(folder, { recursive: true });
    throw new Error(mounted.error);
  }
  return {
    name: "a small file system",
    folder,
    through: [],
    enlarge: async () => {
      await succeed(["mount", "-o", "remount,size=256m", folder]);
    },
    remove: async () => {
      await succeed(["umount", folder]);
      rmSync(folder, { recursive: true });
    },
  };
}

/** Files of at most 8 MB for this one process: what it writes beyond that fails as on a full disk, with EFBIG for ENOSPC. */
async function limitedFiles(): Promise<Disk> {
  const folder = temporaryFolder("gatepost-full");
  // In units of 512 octets (POSIX).
  const blocks = (8 * MEGABYTE) / 512;
  return {
    name: "a limit on the size of files",
    folder,
    through: ["sh", "-c", `ulimit -S -f ${blocks} && exec "$@"`, "sh"],
    enlarge: async (pid) => {
      // Only the account that the server runs as may change its limits.
      const status = await Bun.file(`/proc/${pid}/status`).text();
      const [, uid = ""] = /^Uid:\s+(\d+)/m.exec(status) ?? [];
      const [, gid = ""] = /^Gid:\s+(\d+)/m.exec(status) ?? [];
      const as = process.getuid?.() === 0 ? ["setpriv", "--reuid", uid, "--regid", gid, "--clear-groups"] : [];
      await succeed([...as, "prlimit", "--pid", String(pid), "--fsize=unlimited:unlimited"]);
    },
    remove: async () => rmSync(folder, { recursive: true }),
  };
}
