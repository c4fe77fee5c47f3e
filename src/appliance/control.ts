/**
 * The control socket: how a command reaches the running server. It is a Unix socket in the data folder, which only its owner
 * may enter. A command's words and its standard input go in; lines and an exit code come back. The one who holds the socket
 * holds the data folder: a second server finds it answered and does not start.
 */
import { existsSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { Refusal } from "../refusal.ts";
import { inFolder, makeFolder } from "../store/open.ts";

const requestSchema = z.object({ argv: z.array(z.string()), stdin: z.string() });
export type ControlRequest = z.output<typeof requestSchema>;

const replySchema = z.object({ code: z.number().int(), out: z.string(), error: z.string() });
export type ControlReply = z.output<typeof replySchema>;

/** The largest request, in octets: a password or a list of addresses. */
const MOST_OCTETS = 16_777_216;
/** The longest path a Unix socket may have. */
const LONGEST_PATH = 100;

function pathOf(folder: string): string {
  return join(folder, "control.sock");
}

/** Sends a command to the server that runs on this folder; undefined if none does. */
export async function callServer(folder: string, request: ControlRequest): Promise<ControlReply | undefined> {
  const unix = pathOf(folder);
  if (!existsSync(unix)) return undefined;
  let response: Response;
  try {
    response = await fetch("http://gatepost/run", {
      unix,
      method: "POST",
      body: JSON.stringify(request),
      headers: { "content-type": "application/json" },
    });
  } catch {
    return undefined;
  }
  return replySchema.parse(await response.json());
}

/** Answers commands until it is stopped. @throws Refusal "inUse" if another server runs on this folder */
export async function listenForCommands(
  folder: string,
  run: (request: ControlRequest) => Promise<ControlReply>,
): Promise<{ stop: () => Promise<void> }> {
  const unix = pathOf(folder);
  if (unix.length > LONGEST_PATH) {
    throw new Refusal("invalid", `The path of the data folder is too long: ${folder}`);
  }
  makeFolder(folder);
  if (existsSync(unix)) {
    const answered = await fetch("http://gatepost/", { unix }).then(
      () => true,
      () => false,
    );
    if (answered) throw new Refusal("inUse", `A Gatepost is already running on ${folder}.`);
    unlinkSync(unix);
  }
  const server = inFolder(folder, () =>
    Bun.serve({
      unix,
      maxRequestBodySize: MOST_OCTETS,
      async fetch(request) {
        if (request.method !== "POST") return new Response("gatepost");
        const parsed = requestSchema.safeParse(await request.json().catch(() => undefined));
        if (!parsed.success) return new Response("bad request", { status: 400 });
        return Response.json(await run(parsed.data));
      },
    }),
  );
  return {
    stop: async () => {
      await server.stop();
      if (existsSync(unix)) unlinkSync(unix);
    },
  };
}
