/** One question to one name server: over UDP, and over TCP where the answer does not fit (RFC 1035 §4.2, RFC 7766). */
import { isIP } from "node:net";
import { type DnsMessage, decodeMessage, encodeQuery, RCODES } from "./dns-wire.ts";

export interface DnsServer {
  readonly address: string;
  readonly port: number;
}

/** Reads `address`, `address:port` or `[address]:port`; undefined if it is none of these. */
export function serverOf(text: string): DnsServer | undefined {
  if (isIP(text) !== 0) return { address: text, port: 53 };
  const match = /^\[?([^\]]+?)\]?:(\d{1,5})$/.exec(text);
  const address = match?.[1] ?? "";
  const port = Number(match?.[2]);
  return isIP(address) !== 0 && port > 0 && port < 65_536 ? { address, port } : undefined;
}

/**
 * Asks one server and gives its answer, whatever its code. Only an answer from that server with the question's own id,
 * name and type counts; each question has its own port, which is what makes forging one hard (RFC 5452).
 * @throws Error on a time-out, a refusal by the network, or an answer that cannot be read.
 */
export async function exchange(
  server: DnsServer,
  name: Uint8Array,
  text: string,
  type: number,
  timeoutMs: number,
): Promise<DnsMessage> {
  const deadline = performance.now() + timeoutMs;
  const left = () => Math.max(1, deadline - performance.now());
  const ask = (edns: boolean) => {
    const id = crypto.getRandomValues(new Uint16Array(1))[0] ?? 0;
    const query = encodeQuery(id, name, type, edns);
    const fits = (message: DnsMessage) =>
      message.response &&
      message.id === id &&
      (message.question === undefined || (message.question.type === type && message.question.name === text));
    return { query, fits };
  };
  let { query, fits } = ask(true);
  let answer = await overUdp(server, query, fits, left());
  if (answer.rcode === RCODES.formatError || answer.rcode === RCODES.notImplemented) {
    // An old server that does not know EDNS0 (RFC 6891 §7).
    ({ query, fits } = ask(false));
    answer = await overUdp(server, query, fits, left());
  }
  return answer.truncated ? await overTcp(server, query, fits, left()) : answer;
}

type Fits = (message: DnsMessage) => boolean;

/** Calls `start` with the two ways to end, and ends by time-out if neither is taken; `stop` runs in every case. */
function within<T>(
  timeoutMs: number,
  start: (resolve: (value: T) => void, reject: (error: Error) => void) => Promise<() => void>,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    let stop: (() => void) | undefined;
    let ended = false;
    const end = (how: () => void) => {
      if (ended) return;
      ended = true;
      clearTimeout(timer);
      stop?.();
      how();
    };
    const timer = setTimeout(() => end(() => reject(new Error("no answer in time"))), timeoutMs);
    start(
      (value) => end(() => resolve(value)),
      (error) => end(() => reject(error)),
    ).then(
      (ending) => {
        stop = ending;
        if (ended) ending();
      },
      (error) => end(() => reject(error instanceof Error ? error : new Error(String(error)))),
    );
  });
}

function overUdp(server: DnsServer, query: Uint8Array, fits: Fits, timeoutMs: number): Promise<DnsMessage> {
  return within(timeoutMs, async (resolve, reject) => {
    const socket = await Bun.udpSocket({
      connect: { hostname: server.address, port: server.port },
      socket: {
        data(_socket, bytes) {
          try {
            const message = decodeMessage(Uint8Array.from(bytes));
            if (fits(message)) resolve(message);
          } catch {
            // Not an answer to us; the true one may still come.
          }
        },
        error() {
          reject(new Error("not reachable"));
        },
      },
    });
    socket.send(query);
    return () => socket.close();
  });
}

function overTcp(server: DnsServer, query: Uint8Array, fits: Fits, timeoutMs: number): Promise<DnsMessage> {
  return within(timeoutMs, async (resolve, reject) => {
    let received = Buffer.alloc(0);
    const socket = await Bun.connect({
      hostname: server.address,
      port: server.port,
      socket: {
        open(connected) {
          const framed = new Uint8Array(query.length + 2);
          framed.set([query.length >> 8, query.length & 0xff]);
          framed.set(query, 2);
          connected.write(framed);
        },
        data(_socket, bytes) {
          // The length has two octets, so this never holds more than 64 KiB and one read.
          received = Buffer.concat([received, bytes]);
          if (received.length < 2 || received.length < received.readUInt16BE(0) + 2) return;
          try {
            const message = decodeMessage(Uint8Array.from(received.subarray(2, received.readUInt16BE(0) + 2)));
            if (fits(message)) resolve(message);
            else reject(new Error("answered another question"));
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)));
          }
        },
        close() {
          reject(new Error("closed without an answer"));
        },
        error(_socket, error) {
          reject(error);
        },
        connectError(_socket, error) {
          reject(error);
        },
      },
    });
    return () => socket.end();
  });
}
