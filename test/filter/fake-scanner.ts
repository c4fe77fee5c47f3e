/** A scanner that listens on loopback and answers what it is told, or does what scanners should not. */
import { createServer, type Socket } from "node:net";

export interface FakeScanner {
  /** As the settings name it. */
  readonly place: string;
  /** What each connection sent, in the order in which they came. */
  readonly asked: Buffer[];
  close(): void;
}

/** @param answer called with each piece and all that came of a question until now; it writes to the socket and ends it */
export async function fakeScanner(answer: (socket: Socket, asked: Buffer) => void): Promise<FakeScanner> {
  const asked: Buffer[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    const at = asked.push(Buffer.alloc(0)) - 1;
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    socket.on("data", (piece: Buffer) => {
      asked[at] = Buffer.concat([asked[at] ?? Buffer.alloc(0), piece]);
      answer(socket, asked[at]);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    place: `127.0.0.1:${address.port}`,
    asked,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Answers as clamd does: with a virus where the message holds a word. */
export function clamdFinding(word: string, name: string): (socket: Socket, asked: Buffer) => void {
  return (socket, asked) => {
    if (!asked.subarray(-4).equals(Buffer.alloc(4))) return;
    socket.end(asked.includes(word) ? `stream: ${name} FOUND\0` : "stream: OK\0");
  };
}
