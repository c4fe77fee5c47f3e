/**
 * The system calls of the pump, by their C library: Linux only. Both threads load them: the main one for descriptors and waking,
 * the pump for all the rest. Numbers are the kernel's own (they are the same on x86-64 and arm64 unless said otherwise).
 */
import { dlopen, type Pointer, ptr, read } from "bun:ffi";

/** The C library's file: glibc, then musl for each machine. */
const LIBRARIES = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"];

const SYMBOLS = {
  close: { args: ["i32"], returns: "i32" },
  epoll_create1: { args: ["i32"], returns: "i32" },
  epoll_ctl: { args: ["i32", "i32", "i32", "ptr"], returns: "i32" },
  epoll_wait: { args: ["i32", "ptr", "i32", "i32"], returns: "i32" },
  eventfd: { args: ["u32", "i32"], returns: "i32" },
  fcntl: { args: ["i32", "i32", "i32"], returns: "i32" },
  ioctl: { args: ["i32", "u64", "ptr"], returns: "i32" },
  pipe2: { args: ["ptr", "i32"], returns: "i32" },
  read: { args: ["i32", "ptr", "u64"], returns: "i32" },
  recv: { args: ["i32", "ptr", "u64", "i32"], returns: "i32" },
  send: { args: ["i32", "ptr", "u64", "i32"], returns: "i32" },
  sendfile: { args: ["i32", "i32", "ptr", "u64"], returns: "i32" },
  shutdown: { args: ["i32", "i32"], returns: "i32" },
  splice: { args: ["i32", "ptr", "i32", "ptr", "u64", "u32"], returns: "i32" },
  write: { args: ["i32", "ptr", "u64"], returns: "i32" },
  __errno_location: { args: [], returns: "ptr" },
} as const;

function load() {
  for (const library of LIBRARIES) {
    try {
      return dlopen(library, SYMBOLS).symbols;
    } catch {}
  }
  throw new Error(`none of ${LIBRARIES.join(", ")} can be loaded`);
}

/** The calls by name. None sets errors but in `errno`, which belongs to the calling thread and is to be read at once. */
export type System = ReturnType<typeof load> & { errno(): number };

/** Loads the calls. @throws Error where there is no such C library */
export function system(): System {
  const calls = load();
  const at = calls.__errno_location() as Pointer;
  // Asked after a call that failed; where something else has wiped it out since, the call is simply made again.
  return { ...calls, errno: () => read.i32(at, 0) || EINTR };
}

/** Whether octets can be moved between descriptors here: sandboxes may leave that out. */
export function canSplice(calls: System): boolean {
  const ends = new Int32Array(4);
  const octet = new Uint8Array(8);
  const made =
    calls.pipe2(ptr(ends), O_CLOEXEC | O_NONBLOCK) === 0 && calls.pipe2(ptr(ends, 8), O_CLOEXEC | O_NONBLOCK) === 0;
  const [from = 0, into = 0, onward = 0, out = 0] = ends;
  const moved =
    made && calls.write(into, ptr(octet), 1) === 1 && calls.splice(from, null, out, null, 1, SPLICE_F_NONBLOCK) === 1;
  for (const end of [from, into, onward, out]) if (end > 0) calls.close(end);
  return moved;
}

export const EINTR = 4;
export const EAGAIN = 11;
export const EPIPE = 32;
export const ECONNRESET = 104;

export const F_DUPFD_CLOEXEC = 1030;
export const F_SETPIPE_SZ = 1031;

export const O_NONBLOCK = 0o4000;
export const O_CLOEXEC = 0o2000000;

export const EPOLL_CTL_ADD = 1;
export const EPOLL_CTL_DEL = 2;
export const EPOLLIN = 1;
export const EPOLLOUT = 4;
export const EPOLLERR = 8;
export const EPOLLHUP = 16;
export const EPOLLRDHUP = 0x2000;
export const EPOLLET = 0x80000000 | 0;

export const SPLICE_F_MOVE = 1;
export const SPLICE_F_NONBLOCK = 2;

export const SHUT_WR = 1;

/** Octets that a socket's peer has not yet acknowledged, as one 32-bit word. */
export const SIOCOUTQ = 0x5411;

export const MSG_TRUNC = 0x20;
export const MSG_DONTWAIT = 0x40;
export const MSG_NOSIGNAL = 0x4000;

/** 32-bit words of a struct epoll_event, and of them its data: it is packed on x86-64 alone. */
export const EVENT_WORDS = process.arch === "x64" ? 3 : 4;
export const EVENT_DATA = process.arch === "x64" ? 1 : 2;
