/**
 * The pump: passes octets between descriptors inside the kernel, on a thread of its own, so that whatever else the process does is not
 * held up by it, and it by nothing. thread.ts runs it; pump.ts gives it jobs through shared memory (layout.ts).
 *
 * What holds here:
 * - Nothing is allocated while octets pass: all state lies in typed arrays, by the number of an end or of a direction.
 * - End e of a job in slot s is 2s or 2s+1; direction d has the number of the end it takes from, and gives to d^1.
 * - A direction takes only what fits into its pipe, only while the other end takes something, and only once its pipe is empty. So an idle
 *   tunnel has no pipe, and a slow one holds at most one pipe's worth.
 * - What is little goes through memory: that takes fewer calls than a pipe, and a read that is short says that there is no more (epoll(7)). A
 *   splice that is short does not, for its pipe may be full of small pieces.
 * - Each direction that can go on gets its turn of at most TURN octets, then the next: a busy one never starves others.
 * - epoll is edge-triggered and told about a descriptor once; readiness is remembered here. See splice(2), sendfile(2), epoll(7).
 */
import { type Pointer, ptr } from "bun:ffi";
import { microseconds, portionOf, spendFrom, waitOf } from "../bucket.ts";
import * as L from "./layout.ts";
import { Pipes } from "./pipes.ts";
import * as sys from "./system.ts";

/** Octets that a direction may pass in one turn. */
const TURN = 1 << 20;
/** Events that are taken at a time. */
const EVENTS = 512;
/** The number that stands for the bell in an event. */
const BELL = 0xffffffff | 0;
/** Silent jobs are looked for at most this often (milliseconds). */
const LOOK_MS = 250;
/** Where pipes have run out, a job that has held one for this long without passing an octet is ended (milliseconds). */
const STUCK_MS = 5_000;
/** A direction that could get no pipe tries again after this time (microseconds). */
const WITHOUT_PIPE = 10_000;

/** Bits of an end. */
const READABLE = 1;
const WRITABLE = 2;
/** Nothing more will be read from it. */
const DRY = 4;
/** It stands for a file, which is always ready. */
const IS_FILE = 8;
/** Its peer will send no more than what is here: no other event will say so. */
const ENDING = 16;

/** Bits of a direction. */
const QUEUED = 1;
const PARKED = 2;
/** It has passed all it will. */
const OVER = 4;
/** What it takes is thrown away: the other end broke. */
const DRAINS = 8;
/** The last that was taken was little. */
const TRICKLES = 16;
/** So much is little (octets): what any pipe holds, even where the system grants a single page. */
const LITTLE = 4_096;
/** How long such an end may go on sending before it is closed, in milliseconds; closed at once, it would lose what is on its way to it. */
const DRAIN_MS = 2_000;
/** Octets thrown away at a time. */
const DRAIN = 1 << 30;

export class Loop {
  readonly #memory: L.Shared;
  readonly #pipes: Pipes;
  readonly #epoll: number;
  readonly #events = new Int32Array(EVENTS * sys.EVENT_WORDS);
  readonly #eventsAt = ptr(this.#events);
  readonly #event = new Int32Array(4);
  readonly #eventAt = ptr(this.#event);
  readonly #rung = new BigUint64Array(1);
  readonly #rungAt = ptr(this.#rung);
  readonly #unsent = new Int32Array(2);
  readonly #unsentAt = ptr(this.#unsent);
  readonly #little = new Uint8Array(LITTLE);
  readonly #littleAt = ptr(this.#little);
  /** A position in a file, as two words. */
  readonly #position = new Uint32Array(2);
  readonly #positionAt = ptr(this.#position);

  /** What is under way in each slot; the shared word may already be that of a job whose command has not been read. */
  readonly #kinds = new Uint8Array(L.SLOTS);
  readonly #ends = new Uint8Array(2 * L.SLOTS);
  readonly #directions = new Uint8Array(2 * L.SLOTS);
  readonly #pipe = new Int32Array(2 * L.SLOTS).fill(-1);
  readonly #held = new Int32Array(2 * L.SLOTS);
  /** When something passed last, in milliseconds. */
  readonly #movedAt = new Float64Array(L.SLOTS);
  /** Directions that can go on, as a ring. */
  readonly #queue = new Int32Array(2 * L.SLOTS);
  #queueFrom = 0;
  #queued = 0;
  /** Directions that wait for their bandwidth, in order, and when the first of them may go on. */
  readonly #parked = new Int32Array(2 * L.SLOTS);
  #parkeds = 0;
  #parkedUntil = 0;
  /** Slots below this have been used. */
  #slots = 0;
  #lookAt = Number.POSITIVE_INFINITY;
  #running = true;

  /**
   * @param bell the eventfd that is written when there are commands
   * @param tell tells the main thread that jobs have ended
   */
  constructor(
    private readonly calls: sys.System,
    buffer: SharedArrayBuffer,
    private readonly bell: number,
    private readonly tell: () => void,
  ) {
    this.#memory = L.shared(buffer);
    this.#pipes = new Pipes(calls);
    this.#epoll = calls.epoll_create1(sys.O_CLOEXEC);
    if (this.#epoll < 0) throw new Error(`epoll_create1: error ${calls.errno()}`);
    this.#watch(bell, sys.EPOLLIN, BELL);
  }

  /** Runs until it is told to quit. */
  run(): void {
    while (this.#running) {
      this.#await();
      this.#serveQueue();
      if (this.#parkeds > 0) this.#unpark();
      const now = performance.now();
      if (now >= this.#lookAt) this.#lookForSilent(now);
      this.#tellEnded();
    }
    for (let slot = 0; slot < this.#slots; slot++) if (this.#kind(slot) !== L.FREE) this.#end(slot, L.ENDED);
    this.#tellEnded();
    this.#pipes.close();
    this.calls.close(this.#epoll);
  }

  /** Sleeps until something can be done, and notes what. */
  #await(): void {
    const n = this.calls.epoll_wait(this.#epoll, this.#eventsAt, EVENTS, this.#queued > 0 ? 0 : this.#sleep());
    for (let i = 0, at = 0; i < n; i++, at += sys.EVENT_WORDS) {
      const end = this.#events[at + sys.EVENT_DATA] as number;
      if (end === BELL) this.#answerBell();
      else this.#happened(end, this.#events[at] as number);
    }
  }

  /** Milliseconds to sleep; -1 for as long as nothing happens. */
  #sleep(): number {
    let wait = this.#lookAt - performance.now();
    if (this.#parkeds > 0) wait = Math.min(wait, ((this.#parkedUntil - microseconds()) | 0) / 1000);
    return wait === Number.POSITIVE_INFINITY ? -1 : Math.max(0, Math.min(Math.ceil(wait), 0x7fffffff));
  }

  // Commands

  #answerBell(): void {
    const { control, commands } = this.#memory;
    this.calls.read(this.bell, this.#rungAt, 8);
    Atomics.store(control, L.RUNG, 0);
    let at = Atomics.load(control, L.COMMANDS_READ);
    for (const until = Atomics.load(control, L.COMMANDS_WRITTEN); at !== until; at = (at + 1) | 0) {
      const command = commands[at & (L.RING - 1)] as number;
      const slot = command >> 2;
      if ((command & 3) === L.BEGIN) this.#begin(slot);
      else if ((command & 3) === L.QUIT) this.#running = false;
      else if (this.#kind(slot) !== L.FREE) this.#end(slot, L.ENDED);
    }
    Atomics.store(control, L.COMMANDS_READ, at);
  }

  #begin(slot: number): void {
    const kind = this.#word(slot, L.KIND);
    const first = slot * 2;
    this.#kinds[slot] = kind;
    this.#slots = Math.max(this.#slots, slot + 1);
    this.#ends[first] = READABLE | WRITABLE | (kind === L.SEND ? IS_FILE : 0);
    this.#ends[first + 1] = READABLE | WRITABLE | (kind === L.RECEIVE ? IS_FILE : 0);
    this.#directions[first] = kind === L.TUNNEL ? TRICKLES : 0;
    this.#directions[first + 1] = kind === L.TUNNEL ? TRICKLES : OVER;
    const now = performance.now();
    this.#movedAt[slot] = now;
    this.#lookAt = Math.min(this.#lookAt, now + Math.max(this.#word(slot, L.IDLE_MS), LOOK_MS));
    const both = sys.EPOLLIN | sys.EPOLLOUT | sys.EPOLLRDHUP;
    const watched =
      (kind === L.SEND ||
        this.#watch(this.#fd(first), kind === L.TUNNEL ? both : sys.EPOLLIN | sys.EPOLLRDHUP, first)) &&
      (kind === L.RECEIVE || this.#watch(this.#fd(first + 1), kind === L.TUNNEL ? both : sys.EPOLLOUT, first + 1));
    if (!watched) {
      this.#end(slot, L.BROKEN, this.calls.errno());
      return;
    }
    this.#enqueue(first);
    this.#enqueue(first + 1);
  }

  /** Has the system tell about a descriptor, under a number. */
  #watch(fd: number, events: number, number: number): boolean {
    this.#event.fill(0);
    this.#event[0] = number === BELL ? events : events | sys.EPOLLET;
    this.#event[sys.EVENT_DATA] = number;
    return this.calls.epoll_ctl(this.#epoll, sys.EPOLL_CTL_ADD, fd, this.#eventAt) === 0;
  }

  /** The end of a job: nothing of it is left here when the main thread hears of it. */
  #end(slot: number, status: number, errno = 0): void {
    const { jobs, control, ended } = this.#memory;
    const job = slot * L.JOB_WORDS;
    for (let end = slot * 2; end < slot * 2 + 2; end++) {
      const fd = this.#fd(end);
      jobs[job + L.FIRST + (end & 1)] = -1;
      // Closing is not enough: what it stands for may be open in the main thread, too.
      this.calls.epoll_ctl(this.#epoll, sys.EPOLL_CTL_DEL, fd, this.#eventAt);
      this.calls.close(fd);
      this.#returnPipe(end);
      if (((this.#directions[end] as number) & PARKED) !== 0) this.#forgetParked(end);
      this.#directions[end] = (this.#directions[end] as number) | OVER;
    }
    this.#kinds[slot] = L.FREE;
    jobs[job + L.STATUS] = status;
    jobs[job + L.ERRNO] = errno;
    const at = control[L.ENDED_WRITTEN] as number;
    ended[at & (L.RING - 1)] = slot;
    Atomics.store(control, L.ENDED_WRITTEN, (at + 1) | 0);
  }

  #tellEnded(): void {
    const { control } = this.#memory;
    if (Atomics.load(control, L.ENDED_WRITTEN) === Atomics.load(control, L.ENDED_READ)) return;
    if (Atomics.exchange(control, L.TOLD, 1) === 0) this.tell();
  }

  // What can be done

  #happened(end: number, events: number): void {
    let bits = this.#ends[end] as number;
    const broken = (events & (sys.EPOLLERR | sys.EPOLLHUP)) !== 0;
    if (broken || (events & (sys.EPOLLIN | sys.EPOLLRDHUP)) !== 0) bits |= READABLE;
    if (broken || (events & sys.EPOLLRDHUP) !== 0) bits |= ENDING;
    if (broken || (events & sys.EPOLLOUT) !== 0) bits |= WRITABLE;
    this.#ends[end] = bits;
    // Both its directions are closed and not both were closed from here: it was reset after it had ended.
    if (broken && (bits & DRY) !== 0 && !this.#isOver(end ^ 1)) this.#broke(end, 0);
    this.#enqueue(end);
    this.#enqueue(end ^ 1);
  }

  #enqueue(direction: number): void {
    const bits = this.#directions[direction] as number;
    if ((bits & (QUEUED | PARKED | OVER)) !== 0 || this.#kind(direction >> 1) === L.FREE) return;
    this.#directions[direction] = bits | QUEUED;
    this.#queue[(this.#queueFrom + this.#queued++) & (2 * L.SLOTS - 1)] = direction;
  }

  /** A turn for each direction that was waiting for one. */
  #serveQueue(): void {
    for (let left = this.#queued; left > 0; left--) {
      const direction = this.#queue[this.#queueFrom] as number;
      this.#queueFrom = (this.#queueFrom + 1) & (2 * L.SLOTS - 1);
      this.#queued--;
      this.#directions[direction] = (this.#directions[direction] as number) & ~QUEUED;
      if (this.#isOver(direction) || this.#kind(direction >> 1) === L.FREE) continue;
      if (this.#kind(direction >> 1) === L.SEND) this.#sendFile(direction);
      else this.#pass(direction);
      if (this.#held[direction] === 0) this.#returnPipe(direction);
    }
  }

  #park(direction: number, until: number): void {
    this.#directions[direction] = (this.#directions[direction] as number) | PARKED;
    if (this.#parkeds === 0 || ((until - this.#parkedUntil) | 0) < 0) this.#parkedUntil = until;
    this.#parked[this.#parkeds++] = direction;
  }

  /** Lets those go on whose bandwidth has something left; whoever was first the last time is the last one now. */
  #unpark(): void {
    const now = microseconds();
    if (((this.#parkedUntil - now) | 0) > 0) return;
    const parked = this.#parkeds;
    const first = this.#parked[0] as number;
    this.#parkeds = 0;
    for (let i = 1; i < parked; i++) this.#goOn(this.#parked[i] as number, now);
    this.#goOn(first, now);
  }

  #goOn(direction: number, now: number): void {
    this.#directions[direction] = (this.#directions[direction] as number) & ~PARKED;
    if (this.#isOver(direction)) return;
    const wait = this.#wait(direction >> 1, now);
    if (wait > 0) this.#park(direction, (now + wait) | 0);
    else this.#enqueue(direction);
  }

  #forgetParked(direction: number): void {
    const at = this.#parked.indexOf(direction);
    this.#parked.copyWithin(at, at + 1, this.#parkeds--);
  }

  // Passing

  /** One turn of a direction: from its end into a pipe, from the pipe to the other end. */
  #pass(direction: number): void {
    for (let left = TURN; ; ) {
      if ((this.#held[direction] as number) > 0) {
        if (!this.#give(direction)) return;
        continue;
      }
      if (this.#isAtEnd(direction)) {
        this.#over(direction);
        return;
      }
      if (((this.#ends[direction] as number) & READABLE) === 0) return;
      if (((this.#directions[direction] as number) & DRAINS) !== 0) {
        this.#drain(direction);
        if (this.#isOver(direction)) return;
        continue;
      }
      if (((this.#ends[direction ^ 1] as number) & WRITABLE) === 0) return;
      if (left <= 0) {
        this.#enqueue(direction);
        return;
      }
      const taken = this.#take(direction);
      if (taken < 0) return;
      left -= taken;
    }
  }

  /** Nothing more is to come from where a direction takes. */
  #isAtEnd(direction: number): boolean {
    if (((this.#ends[direction] as number) & DRY) !== 0) return true;
    return this.#kind(direction >> 1) !== L.TUNNEL && this.#missing(direction >> 1) === 0;
  }

  /** Takes octets into the pipe; negative when there is nothing to be had now. */
  #take(direction: number): number {
    const slot = direction >> 1;
    const wait = this.#wait(slot, microseconds());
    let pipe = this.#pipe[direction] as number;
    if (wait === 0 && pipe < 0) {
      pipe = this.#pipes.borrow();
      this.#pipe[direction] = pipe;
    }
    if (wait > 0 || pipe < 0) {
      if (pipe < 0 && wait === 0) this.#shed();
      // It may have lost its own job there: what is over is not parked, or the next job in this slot would find it among the parked.
      if (this.#isOver(direction)) return -1;
      this.#park(direction, (microseconds() + (wait || WITHOUT_PIPE)) | 0);
      return -1;
    }
    const most = this.#most(slot, this.#pipes.capacity[pipe] as number);
    if (((this.#directions[direction] as number) & TRICKLES) !== 0) return this.#takeLittle(direction, pipe, most);
    const flags = sys.SPLICE_F_MOVE | sys.SPLICE_F_NONBLOCK;
    const into = this.#pipes.writeEnd[pipe] as number;
    const n = this.calls.splice(this.#fd(direction), null, into, null, most, flags);
    if (n > 0) {
      this.#held[direction] = n;
      this.#moved(slot, n);
      if (n < LITTLE && this.#kind(slot) === L.TUNNEL) {
        this.#directions[direction] = (this.#directions[direction] as number) | TRICKLES;
      }
      return n;
    }
    return this.#tookNothing(direction, n);
  }

  /** Takes little and gives it at once; what is not taken at the other end goes into the pipe. */
  #takeLittle(direction: number, pipe: number, most: number): number {
    const limit = Math.min(most, LITTLE);
    const n = this.calls.recv(this.#fd(direction), this.#littleAt, limit, sys.MSG_DONTWAIT);
    if (n <= 0) return this.#tookNothing(direction, n);
    const slot = direction >> 1;
    const to = direction ^ 1;
    this.#moved(slot, n);
    const ending = ((this.#ends[direction] as number) & ENDING) !== 0;
    if (n === LITTLE) this.#directions[direction] = (this.#directions[direction] as number) & ~TRICKLES;
    else if (n < limit && !ending) this.#ends[direction] = (this.#ends[direction] as number) & ~READABLE;
    const sent = this.calls.send(this.#fd(to), this.#littleAt, n, sys.MSG_DONTWAIT | sys.MSG_NOSIGNAL);
    const errno = sent < 0 ? this.calls.errno() : 0;
    const given = Math.max(sent, 0);
    if (given > 0) this.#count(direction, given);
    // The pipe is empty, and has room for it.
    if (given < n) {
      const into = this.#pipes.writeEnd[pipe] as number;
      this.#held[direction] = this.calls.write(into, (this.#littleAt + given) as Pointer, n - given);
    }
    if (errno !== 0 && errno !== sys.EAGAIN && errno !== sys.EINTR) this.#broke(to, errno);
    return n;
  }

  /** Nothing came: not now, or never more. Zero where it may be tried on. */
  #tookNothing(direction: number, n: number): number {
    const errno = n < 0 ? this.calls.errno() : 0;
    if (errno === sys.EAGAIN) {
      this.#ends[direction] = (this.#ends[direction] as number) & ~READABLE;
      return -1;
    }
    if (errno === sys.EINTR) return 0;
    this.#ends[direction] = (this.#ends[direction] as number) | DRY;
    if (errno !== 0) this.#broke(direction, errno);
    return 0;
  }

  /** Pipes have run out: whoever has not moved for longest, while holding one, loses it. Peers that take nothing keep none from others. */
  #shed(): void {
    let longest = -1;
    let since = performance.now() - STUCK_MS;
    for (let direction = 0; direction < this.#slots * 2; direction++) {
      if ((this.#held[direction] as number) === 0 || (this.#movedAt[direction >> 1] as number) >= since) continue;
      longest = direction >> 1;
      since = this.#movedAt[longest] as number;
    }
    if (longest >= 0) this.#end(longest, L.IDLE);
  }

  /** Gives what the pipe holds; false when it goes no further now. */
  #give(direction: number): boolean {
    const slot = direction >> 1;
    const to = direction ^ 1;
    const held = this.#held[direction] as number;
    const file = ((this.#ends[to] as number) & IS_FILE) !== 0;
    if (((this.#ends[to] as number) & WRITABLE) === 0) return false;
    if (file) this.#seek(slot);
    const from = this.#pipes.readEnd[this.#pipe[direction] as number] as number;
    const flags = sys.SPLICE_F_MOVE | sys.SPLICE_F_NONBLOCK;
    const n = this.calls.splice(from, null, this.#fd(to), file ? this.#positionAt : null, held, flags);
    if (n > 0) {
      this.#held[direction] = held - n;
      this.#count(direction, n);
      this.#movedAt[slot] = performance.now();
      return true;
    }
    const errno = n < 0 ? this.calls.errno() : 0;
    if (errno === sys.EINTR) return true;
    if (errno === sys.EAGAIN) {
      this.#ends[to] = (this.#ends[to] as number) & ~WRITABLE;
      return false;
    }
    if (file) this.#end(slot, L.FILE, errno);
    else this.#broke(to, errno);
    return false;
  }

  /** One turn of sending a file. */
  #sendFile(direction: number): void {
    const slot = direction >> 1;
    const to = direction ^ 1;
    for (let left = TURN; left > 0; ) {
      const missing = this.#missing(slot);
      if (missing === 0) {
        this.#end(slot, L.DONE);
        return;
      }
      if (((this.#ends[to] as number) & WRITABLE) === 0) return;
      const wait = this.#wait(slot, microseconds());
      if (wait > 0) {
        this.#park(direction, (microseconds() + wait) | 0);
        return;
      }
      this.#seek(slot);
      const n = this.calls.sendfile(this.#fd(to), this.#fd(direction), this.#positionAt, this.#most(slot, 262_144));
      const errno = n < 0 ? this.calls.errno() : 0;
      if (n > 0) {
        left -= n;
        this.#count(direction, n);
        this.#moved(slot, n);
      } else if (errno === sys.EAGAIN) {
        this.#ends[to] = (this.#ends[to] as number) & ~WRITABLE;
        return;
      } else if (errno !== sys.EINTR) {
        // EPIPE and ECONNRESET are the connection's; 0 is the end of the file.
        if (errno === 0) this.#end(slot, L.DONE);
        else this.#end(slot, errno === sys.EPIPE || errno === sys.ECONNRESET ? L.BROKEN : L.FILE, errno);
        return;
      }
    }
    this.#enqueue(direction);
  }

  /** A direction has passed all it will: the other end hears so (RFC 9293 §3.6). */
  #over(direction: number): void {
    const slot = direction >> 1;
    if (this.#isOver(direction)) return;
    this.#returnPipe(direction);
    this.#directions[direction] = (this.#directions[direction] as number) | OVER;
    if (this.#kind(slot) !== L.TUNNEL || this.#isOver(direction ^ 1)) this.#end(slot, L.DONE);
    else {
      this.calls.shutdown(this.#fd(direction ^ 1), sys.SHUT_WR);
      this.#endDrained(direction ^ 1);
    }
  }

  /** An end broke: what goes to it is dropped; what came from it before is still passed on (RFC 9110 §9.3.6). */
  #broke(end: number, errno: number): void {
    const slot = end >> 1;
    if (this.#kind(slot) !== L.TUNNEL) {
      this.#end(slot, L.BROKEN, errno);
      return;
    }
    const other = end ^ 1;
    this.#ends[end] = (this.#ends[end] as number) | READABLE;
    this.#returnPipe(other);
    this.#directions[other] = (this.#directions[other] as number) | DRAINS;
    this.#memory.jobs[slot * L.JOB_WORDS + L.IDLE_MS] = Math.min(this.#word(slot, L.IDLE_MS), DRAIN_MS);
    this.#lookAt = Math.min(this.#lookAt, performance.now() + DRAIN_MS);
    this.#enqueue(end);
    this.#enqueue(other);
  }

  /** Throws away what has come. */
  #drain(direction: number): void {
    const n = this.calls.recv(this.#fd(direction), null, DRAIN, sys.MSG_TRUNC | sys.MSG_DONTWAIT);
    if (n > 0) return;
    const errno = n < 0 ? this.calls.errno() : 0;
    if (errno === sys.EINTR) return;
    const gone = errno === sys.EAGAIN ? 0 : DRY;
    this.#ends[direction] = ((this.#ends[direction] as number) & ~READABLE) | gone;
    this.#endDrained(direction);
  }

  /** Ends a job of which one end broke, once the other has got all that came from there. */
  #endDrained(direction: number): void {
    if (((this.#directions[direction] as number) & DRAINS) === 0 || !this.#isOver(direction ^ 1)) return;
    this.calls.ioctl(this.#fd(direction), sys.SIOCOUTQ, this.#unsentAt);
    if (this.#unsent[0] === 0) this.#end(direction >> 1, L.BROKEN);
  }

  /** Ends the jobs in which nothing has passed for too long. */
  #lookForSilent(now: number): void {
    this.#lookAt = Number.POSITIVE_INFINITY;
    for (let slot = 0; slot < this.#slots; slot++) {
      if (this.#kind(slot) === L.FREE) continue;
      const due = (this.#movedAt[slot] as number) + this.#word(slot, L.IDLE_MS);
      if (due <= now) this.#end(slot, L.IDLE);
      else this.#lookAt = Math.min(this.#lookAt, Math.max(due, now + LOOK_MS));
    }
  }

  // State

  #word(slot: number, word: number): number {
    return this.#memory.jobs[slot * L.JOB_WORDS + word] as number;
  }

  #kind(slot: number): number {
    return this.#kinds[slot] as number;
  }

  #fd(end: number): number {
    return this.#word(end >> 1, L.FIRST + (end & 1));
  }

  #isOver(direction: number): boolean {
    return ((this.#directions[direction] as number) & OVER) !== 0;
  }

  #returnPipe(direction: number): void {
    const pipe = this.#pipe[direction] as number;
    if (pipe < 0) return;
    this.#pipe[direction] = -1;
    this.#pipes.giveBack(pipe, this.#held[direction] as number);
    this.#held[direction] = 0;
  }

  /** Octets that have passed. */
  #count(direction: number, n: number): void {
    const at = (direction >> 1) * L.COUNT_WORDS + (direction & 1);
    this.#memory.counts[at] = (this.#memory.counts[at] as number) + n;
  }

  /** Octets still to be taken. */
  #missing(slot: number): number {
    const { counts } = this.#memory;
    const at = slot * L.COUNT_WORDS;
    return (counts[at + L.LIMIT] as number) - (counts[at + L.FORTH] as number);
  }

  /** Sets the position to where the file is to be read or written next. */
  #seek(slot: number): void {
    const { counts } = this.#memory;
    const at = slot * L.COUNT_WORDS;
    const position = (counts[at + L.OFFSET] as number) + (counts[at + L.FORTH] as number);
    this.#position[0] = position % 0x100000000;
    this.#position[1] = Math.floor(position / 0x100000000);
  }

  /** Octets to take at a time. */
  #most(slot: number, capacity: number): number {
    const bucket = this.#word(slot, L.BUCKET);
    const most = bucket < 0 ? capacity : Math.min(capacity, portionOf(this.#memory.buckets, bucket));
    return this.#kind(slot) === L.TUNNEL ? most : Math.min(most, this.#missing(slot));
  }

  #wait(slot: number, now: number): number {
    const bucket = this.#word(slot, L.BUCKET);
    return bucket < 0 ? 0 : waitOf(this.#memory.buckets, bucket, now);
  }

  /** Octets have been taken: something happens here, and the bandwidth has less left. */
  #moved(slot: number, n: number): void {
    this.#movedAt[slot] = performance.now();
    const bucket = this.#word(slot, L.BUCKET);
    if (bucket >= 0) spendFrom(this.#memory.buckets, bucket, n, microseconds());
  }
}
