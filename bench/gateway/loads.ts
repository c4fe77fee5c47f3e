/** What the servers are given to do, by the same clients for all: curl for octets, wrk for requests, and a small one for tunnels. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { run, succeed, temporaryFolder } from "../../test/harness.ts";

/** How a client goes through a proxy, as curl says it; none goes directly. */
export type Way = readonly string[];
export const direct: Way = [];
export const byConnect = (port: number): Way => ["-p", "-x", `http://127.0.0.1:${port}`];
export const byHttp = (port: number): Way => ["-x", `http://127.0.0.1:${port}`];
export const bySocks = (port: number): Way => ["--socks5", `127.0.0.1:${port}`];

/** Octets a second that curl fetches over so many connections at once, each fetching `url` once. */
export async function fetchAll(url: string, streams: number, octets: number, way: Way): Promise<number> {
  const many = streams === 1 ? [] : ["-Z", "--parallel-immediate", "--parallel-max", String(streams)];
  const urls = Array.from({ length: streams }, () => ["-o", "/dev/null", url]).flat();
  const began = performance.now();
  await succeed(["curl", "-sS", "--fail", "--noproxy", "", ...many, ...way, ...urls], { seconds: 120 });
  return (octets * streams) / ((performance.now() - began) / 1_000);
}

/** Requests a second over keep-alive connections; through a proxy the whole address is the target. */
export async function requests(
  server: number,
  target: string,
  { connections, seconds }: { connections: number; seconds: number },
): Promise<number> {
  const script = join(temporaryFolder("wrk"), "target.lua");
  writeFileSync(
    script,
    `wrk.path = ${JSON.stringify(target)}\nrequest = function() return wrk.format("GET", wrk.path) end\n`,
  );
  const options = ["-t1", `-c${connections}`, `-d${seconds}s`, "-s", script];
  const said = await succeed(["wrk", ...options, `http://127.0.0.1:${server}`], { seconds: 60 });
  if (/Non-2xx/.test(said)) throw new Error(said);
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(said)?.[1]);
}

const SOCKS_HELLO = Uint8Array.of(5, 1, 0);

/** How a tunnel is asked for. */
export type Asking = "connect" | "socks";

/** Opens a tunnel to a port of loopback; resolves when it is there. */
export function openTunnel(proxy: number, asking: Asking, target: number): Promise<{ end(): void }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ end(): void }>();
  let step = 0;
  const ask = Uint8Array.of(5, 1, 0, 1, 127, 0, 0, 1, target >> 8, target & 255);
  Bun.connect({
    ...{ hostname: "127.0.0.1", port: proxy },
    socket: {
      open: (socket) => {
        if (asking === "socks") socket.write(SOCKS_HELLO);
        else socket.write(`CONNECT 127.0.0.1:${target} HTTP/1.1\r\nHost: 127.0.0.1:${target}\r\n\r\n`);
      },
      data: (socket, octets) => {
        step++;
        if (asking === "connect" ? !/^HTTP\/1\.\d 200/.test(octets.toString("latin1")) : octets[1] !== 0) {
          if (step === 1 || asking === "socks") reject(new Error(octets.toString("latin1").slice(0, 60)));
        } else if (asking === "socks" && step === 1) socket.write(ask);
        else resolve({ end: () => void socket.terminate() });
      },
      close: () => reject(new Error("closed")),
      connectError: (_socket, error) => reject(error),
    },
  }).catch(reject);
  return promise;
}

/** Tunnels opened and closed again in a second, so many at a time. */
export async function tunnelsPerSecond(
  proxy: number,
  asking: Asking,
  target: number,
  seconds: number,
): Promise<number> {
  let opened = 0;
  const end = performance.now() + seconds * 1_000;
  await Promise.all(
    Array.from({ length: 50 }, async () => {
      while (performance.now() < end) {
        (await openTunnel(proxy, asking, target)).end();
        opened++;
      }
    }),
  );
  return opened / seconds;
}

/** Something to connect to, which says nothing. */
export function silent(): { readonly port: number; stop(): void } {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  return { port: listener.port, stop: () => listener.stop(true) };
}

/** Seconds that a command of a client takes. */
export async function secondsOf(command: readonly string[]): Promise<number> {
  const began = performance.now();
  const said = await run(command, { seconds: 300 });
  if (said.code !== 0) throw new Error(`${command[0]}: ${said.error.slice(-300)}`);
  return (performance.now() - began) / 1_000;
}
