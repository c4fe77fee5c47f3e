/**
 * The memory that the main thread and the pump share. Jobs stand in slots: the main thread fills one and rings; the pump counts in it and
 * says at the end what came of it. A slot belongs to the pump from `BEGIN` until its number comes back in the ring of ended jobs.
 */

/** Jobs at the same time; what comes on top is passed in JavaScript. */
export const SLOTS = 16_384;
/** Bandwidths in use at the same time. */
export const BUCKETS = 4_096;
/** Entries of each ring. Every slot has at most one of each command under way, so that a ring is never full. */
export const RING = SLOTS * 4;

/** What a job is. */
export const FREE = 0;
/** Two sockets, both ways. */
export const TUNNEL = 1;
/** So many octets from the first socket to the second. */
export const SOME = 2;
/** So many octets from a file to a socket. */
export const SEND = 3;
/** From a socket to a file. */
export const RECEIVE = 4;

/** What came of a job. */
export const DONE = 0;
/** Nothing passed for too long. */
export const IDLE = 1;
/** A connection broke. */
export const BROKEN = 2;
/** It was told to end. */
export const ENDED = 3;
/** The file could not be read or written. */
export const FILE = 4;

/** Commands to the pump: a slot times four, and one of these. */
export const BEGIN = 0;
export const END = 1;
export const QUIT = 2;

/** Words of `control`. */
export const RUNG = 0;
export const COMMANDS_WRITTEN = 1;
export const COMMANDS_READ = 2;
export const TOLD = 3;
export const ENDED_WRITTEN = 4;
export const ENDED_READ = 5;

/** Words of a slot in `jobs`. */
export const JOB_WORDS = 8;
export const KIND = 0;
export const IDLE_MS = 1;
/** The first cell of its bandwidth in `buckets`; -1 for none. */
export const BUCKET = 2;
export const STATUS = 3;
export const ERRNO = 4;
/** The descriptors; -1 once they are closed. Whoever closes one takes it out first. */
export const FIRST = 5;
export const SECOND = 6;

/** Words of a slot in `counts`. */
export const COUNT_WORDS = 4;
/** Octets that have passed from the first to the second, and back. */
export const FORTH = 0;
export const BACK = 1;
/** Octets that are to pass. */
export const LIMIT = 2;
/** Where in the file it begins. */
export const OFFSET = 3;

/** All of it, as views of one buffer. Pages that no job has used take no memory. */
export interface Shared {
  readonly buffer: SharedArrayBuffer;
  readonly control: Int32Array;
  readonly commands: Int32Array;
  readonly ended: Int32Array;
  readonly jobs: Int32Array;
  readonly buckets: Int32Array;
  readonly counts: Float64Array;
}

const CONTROL_WORDS = 16;

/** Lays the views over a buffer; makes the buffer where there is none. */
export function shared(
  buffer = new SharedArrayBuffer(
    4 * (CONTROL_WORDS + 2 * RING + SLOTS * JOB_WORDS + 2 * BUCKETS) + 8 * SLOTS * COUNT_WORDS,
  ),
): Shared {
  let at = 0;
  const words = (length: number): Int32Array => {
    const view = new Int32Array(buffer, at, length);
    at += 4 * length;
    return view;
  };
  return {
    buffer,
    control: words(CONTROL_WORDS),
    commands: words(RING),
    ended: words(RING),
    jobs: words(SLOTS * JOB_WORDS),
    buckets: words(2 * BUCKETS),
    counts: new Float64Array(buffer, at, SLOTS * COUNT_WORDS),
  };
}
