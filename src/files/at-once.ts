/**
 * Opening and reading what the system has in memory, within the call: another thread's work on a small file is done sooner than it is asked
 * for. The kernel is told to give up rather than to wait for a disk (RESOLVE_CACHED of openat2(2), RWF_NOWAIT of preadv2(2)); then, and
 * where these calls are not to be had (Linux before 5.12, other systems, some sandboxes), the answer is undefined and the usual way is
 * gone. What the usual way sees to one by one is asked of the kernel for the whole path: nothing leads out of the folder, and no link is
 * followed.
 */
import { dlopen, ptr } from "bun:ffi";
import * as fs from "node:fs";
import { drop, O_PATH } from "./handles.ts";
import type { Octets } from "./names.ts";

/** The C library's file: glibc, then musl for each machine. */
const LIBRARIES = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"];

const SYMBOLS = {
  syscall: { args: ["i64", "i64", "ptr", "ptr", "i64"], returns: "i64" },
  preadv2: { args: ["i32", "ptr", "i32", "i64", "i32"], returns: "i64" },
} as const;

/** openat2(2) has this number on all machines. */
const OPENAT2 = 437;
const O_CLOEXEC = 0o2000000;
const RESOLVE_NO_MAGICLINKS = 0x02;
const RESOLVE_NO_SYMLINKS = 0x04;
const RESOLVE_BENEATH = 0x08;
const RESOLVE_CACHED = 0x20;
const RWF_NOWAIT = 0x08;

function load() {
  for (const library of LIBRARIES) {
    try {
      return dlopen(library, SYMBOLS).symbols;
    } catch {}
  }
  return undefined;
}

export class AtOnce {
  /** struct open_how: flags, mode, resolve. */
  readonly #how = BigUint64Array.of(
    BigInt(O_PATH | fs.constants.O_NOFOLLOW | O_CLOEXEC),
    0n,
    BigInt(RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH | RESOLVE_CACHED),
  );
  /** struct iovec: where, how much. */
  readonly #place = new BigUint64Array(2);

  private constructor(private readonly calls: NonNullable<ReturnType<typeof load>>) {}

  /** Undefined where the system has no such calls. */
  static create(): AtOnce | undefined {
    const calls = process.platform === "linux" ? load() : undefined;
    return calls && new AtOnce(calls);
  }

  /** What lies at the end of the names, as lstat(2) has it; undefined where that cannot be told at once. */
  look(from: number, names: readonly Octets[]): fs.Stats | undefined {
    const fd = this.#reach(from, names);
    if (fd === undefined) return undefined;
    try {
      return fs.fstatSync(fd);
    } finally {
      drop(fd);
    }
  }

  /** Opens a regular file for reading; undefined where that cannot be done at once, and for everything else. */
  open(from: number, names: readonly Octets[]): { readonly fd: number; readonly stats: fs.Stats } | undefined {
    const reached = this.#reach(from, names);
    if (reached === undefined) return undefined;
    try {
      // Nothing is opened yet: a device or a pipe may act on that. What is opened then is what was looked at, by its handle.
      const stats = fs.fstatSync(reached);
      if (!stats.isFile()) return undefined;
      return { fd: fs.openSync(`/proc/self/fd/${reached}`, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK), stats };
    } catch {
      return undefined;
    } finally {
      drop(reached);
    }
  }

  /** Fills a buffer from a position on, as far as the octets are in memory; undefined where the first is not. */
  read(fd: number, buffer: Uint8Array, position: number): number | undefined {
    if (buffer.length === 0) return undefined;
    this.#place[0] = BigInt(ptr(buffer));
    this.#place[1] = BigInt(buffer.length);
    const octets = Number(this.calls.preadv2(fd, ptr(this.#place), 1, position, RWF_NOWAIT));
    return octets < 0 ? undefined : octets;
  }

  #reach(from: number, names: readonly Octets[]): number | undefined {
    const path = Buffer.from(`${names.length === 0 ? "." : names.join("/")}\0`, "latin1");
    const fd = Number(this.calls.syscall(OPENAT2, from, ptr(path), ptr(this.#how), this.#how.byteLength));
    return fd < 0 ? undefined : fd;
  }
}
