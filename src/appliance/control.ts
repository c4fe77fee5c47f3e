/**
 * The control socket: how a command reaches the running server. It is a Unix socket in the data folder, which only its owner
 * may enter. A command's words and its standard input go in; lines and an exit code come back. The one who holds the socket
 * holds the data folder: a second server finds it answered and does not start.
 *
 * A command that a server runs loads no more than this file.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";

export interface ControlRequest {
  readonly argv: readonly string[];
  /** What the standard input holds; not given until the server says that the command reads it. */
  readonly stdin?: string | undefined;
}

/** What the command wrote and how it ended; or that it is to be sent again with the standard input. */
export type ControlReply = { readonly code: number; readonly out: string; readonly error: string } | "wantsInput";

/** Where the socket of a data folder lies. */
export function socketOf(folder: string): string {
  return join(folder, "control.sock");
}

/** Sends a command to the server that runs on this folder; undefined if none does. */
export async function callServer(folder: string, request: ControlRequest): Promise<ControlReply | undefined> {
  const unix = socketOf(folder);
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
  if (!response.ok) throw new Error(`The server that runs on ${folder} does not understand this command.`);
  return (await response.json()) as ControlReply;
}
