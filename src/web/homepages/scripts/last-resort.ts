/**
 * What ends a process that runs pages where the server cannot: the server kills it when a page takes too long, but the server may have
 * been killed itself, and a page that loops inside the engine would go on for ever. So the kernel is asked to end it with its parent
 * (prctl(2), PR_SET_PDEATHSIG) and, should that not be, some time after its limit (alarm(2)).
 */
import { dlopen } from "bun:ffi";

const PR_SET_PDEATHSIG = 1;
const PR_SET_NO_NEW_PRIVS = 38;
const SIGKILL = 9;
/** Seconds that a page may wait for the server beyond its own time. */
const GRACE_SECONDS = 30;
/** The C library, by its names with glibc and musl. */
const LIBRARIES = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1", "libc.so"];

/** Sets the process up to end with its parent; gives a function that sets the clock (milliseconds that a page has; 0 stops it). */
export function endWithServer(): (milliseconds: number) => void {
  for (const name of LIBRARIES) {
    try {
      const { symbols } = dlopen(name, {
        prctl: { args: ["int", "u64", "u64", "u64", "u64"], returns: "int" },
        alarm: { args: ["u32"], returns: "u32" },
      });
      symbols.prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
      symbols.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
      return (milliseconds) => {
        symbols.alarm(milliseconds === 0 ? 0 : Math.ceil(milliseconds / 1_000) + GRACE_SECONDS);
      };
    } catch {
      // Another name, or a library without them: the next one.
    }
  }
  return () => undefined;
}
