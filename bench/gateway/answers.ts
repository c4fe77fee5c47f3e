/**
 * How long a client waits for each answer: one connection, one request after the other. wrk is not asked for this: it reckons with a
 * fixed pace, which it takes from its own mean, and adds answers that nobody waited for to whatever made a pause.
 */

/** Shares of the answers, in milliseconds. */
export interface Waits {
  readonly median: number;
  /** 99 % came within this. */
  readonly worst: number;
}

const END_OF_HEAD = Buffer.from("\r\n\r\n");

/**
 * Asks for `target` for some seconds, each time as soon as the answer before is there; over a new connection where the server has ended
 * the one before. @throws Error for any answer but 200
 */
export async function waits(port: number, target: string, seconds: number): Promise<Waits> {
  const request = Buffer.from(`GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const times: number[] = [];
  const end = performance.now() + seconds * 1_000;
  let asked = performance.now();
  /** What has come of an answer whose head is not whole, and octets still to come of one whose head is. */
  let begun: Buffer | undefined;
  let missing = 0;
  let last: Bun.Socket | undefined;
  const connect = (): Promise<unknown> =>
    Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        open: (socket) => {
          last = socket;
          socket.write(request);
        },
        data(socket, octets) {
          const come = begun ? Buffer.concat([begun, octets]) : octets;
          const length = missing > 0 ? missing : lengthOf(come);
          begun = length === undefined ? come : undefined;
          missing = (length ?? 0) - come.length;
          if (begun || missing > 0) return;
          const now = performance.now();
          times.push(now - asked);
          asked = now;
          if (now < end) socket.write(request);
          else resolve();
        },
        error: (_socket, error) => reject(error),
        close: () => {
          if (begun || missing > 0) reject(new Error("an answer was cut off"));
          else if (performance.now() < end) void connect().catch(reject);
          else resolve();
        },
      },
    });
  await connect();
  await promise.finally(() => last?.terminate());
  times.sort((a, b) => a - b);
  const share = (part: number) => times[Math.floor(times.length * part)] ?? Number.NaN;
  return { median: share(0.5), worst: share(0.99) };
}

/** Octets of an answer, head and content; undefined as long as its head is not whole. */
function lengthOf(octets: Buffer): number | undefined {
  const head = octets.indexOf(END_OF_HEAD);
  if (head < 0) return undefined;
  const text = octets.toString("latin1", 0, head);
  const length = /^content-length: *(\d+)\r?$/im.exec(text)?.[1];
  if (length === undefined || !/^HTTP\/1\.[01] 200 /.test(text)) throw new Error(text.slice(0, 60));
  return head + END_OF_HEAD.length + Number(length);
}
