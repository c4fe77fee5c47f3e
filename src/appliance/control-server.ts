/** The server's end of the control socket: see control.ts. */
import { existsSync, unlinkSync } from "node:fs";
import { z } from "zod";
import { Refusal } from "../refusal.ts";
import { inFolder, makeFolder } from "../store/open.ts";
import { type ControlReply, type ControlRequest, socketOf } from "./control.ts";

const requestSchema = z.object({ argv: z.array(z.string()), stdin: z.string().optional() });

/** The largest request, in octets: a password or a list of addresses. */
const MOST_OCTETS = 16_777_216;
/** The longest path a Unix socket may have. */
const LONGEST_PATH = 100;

/** Answers commands until it is stopped. @throws Refusal "inUse" if another server runs on this folder */
export async function listenForCommands(
  folder: string,
  run: (request: ControlRequest) => Promise<ControlReply>,
): Promise<{ stop: () => Promise<void> }> {
  const unix = socketOf(folder);
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
