/** `gatepost serve`: runs the appliance until it is told to stop. */
import { isIP } from "node:net";
import { parseArgs } from "node:util";
import type { ControlReply, ControlRequest } from "../appliance/control.ts";
import { listenForCommands } from "../appliance/control-server.ts";
import { PORTS } from "../appliance/ports.ts";
import { accountFor, become } from "../appliance/privileges.ts";
import { Appliance } from "../appliance.ts";
import { Refusal } from "../refusal.ts";
import type { Event } from "../store/events.ts";
import { UsageError } from "./command.ts";
import { defaultFolder, type Terminal } from "./terminal.ts";

/** Tried in order where no offset is given: the standard ports, then ones that anybody may bind. */
const OFFSETS = [0, 10_000, 20_000, 30_000];

const MOST_OFFSET = 65_535 - Math.max(...PORTS.map(({ standardPort }) => standardPort));

/** How long a log line may wait for others, in milliseconds. */
const LOG_MS = 50;

interface ServeOptions {
  readonly folder: string;
  readonly address: string | undefined;
  readonly offset: number | undefined;
  readonly user: string | undefined;
  readonly json: boolean;
}

function optionsOf(args: string[]): ServeOptions {
  try {
    const { values } = parseArgs({
      args,
      options: {
        data: { type: "string" },
        listen: { type: "string" },
        "port-offset": { type: "string" },
        user: { type: "string" },
        log: { type: "string" },
      },
    });
    const offset = values["port-offset"];
    if (offset !== undefined && (!/^\d{1,5}$/.test(offset) || Number(offset) > MOST_OFFSET)) {
      throw new UsageError(`A port offset is a number up to ${MOST_OFFSET}.`);
    }
    if (values.listen !== undefined && isIP(values.listen) === 0) {
      throw new UsageError(`“${values.listen}” is no address to listen on.`);
    }
    if (values.log !== undefined && values.log !== "json" && values.log !== "text") {
      throw new UsageError("The log is written as “text” or “json”.");
    }
    return {
      folder: values.data ?? defaultFolder(),
      address: values.listen,
      offset: offset === undefined ? undefined : Number(offset),
      user: values.user,
      json: values.log === "json",
    };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** Runs until SIGINT or SIGTERM. `answer` runs the commands that come over the control socket. */
export async function serve(
  args: string[],
  terminal: Terminal,
  answer: (appliance: Appliance, request: ControlRequest) => Promise<ControlReply>,
): Promise<number> {
  const options = optionsOf(args);
  let appliance: Appliance | undefined;
  const control = await listenForCommands(options.folder, async (request) => {
    if (appliance !== undefined) return await answer(appliance, request);
    return { code: 1, out: "", error: "The server is starting; try again in a moment.\n" };
  });
  try {
    appliance = Appliance.open(options.folder);
    const log = new Log(terminal);
    appliance.store.events.subscribe((event) => {
      if (event.level !== "debug") log.write(options.json ? JSON.stringify(event) : lineOf(event));
    });
    const offset = await listen(appliance, options, terminal);
    dropRoot(appliance, options, terminal);
    terminal.error(tableOf(appliance));
    terminal.error(invitation(appliance));
    terminal.error(`Gatepost is ready${offset === 0 ? "" : ` (ports are the standard ones + ${offset})`}.\n`);
    const signal = await stopSignal();
    terminal.error(`${signal}: finishing what was begun.\n`);
  } finally {
    await appliance?.close();
    await control.stop();
  }
  return 0;
}

/** Log lines leave a few at a time: a system call for each would be felt under load. */
class Log {
  #lines: string[] = [];

  constructor(private readonly terminal: Terminal) {}

  write(line: string): void {
    if (this.#lines.push(line) > 1) return;
    setTimeout(() => {
      this.terminal.error(`${this.#lines.join("\n")}\n`);
      this.#lines = [];
    }, LOG_MS);
  }
}

async function listen(appliance: Appliance, options: ServeOptions, terminal: Terminal): Promise<number> {
  const offsets = options.offset === undefined ? OFFSETS : [options.offset];
  for (const [index, offset] of offsets.entries()) {
    const problems = await appliance.start({ address: options.address, offset });
    if (problems.length === 0) return offset;
    const next = offsets[index + 1];
    if (next === undefined) {
      for (const problem of problems) terminal.error(`${problem}\n`);
      if (appliance.services().every(({ state }) => state !== "listening")) {
        throw new Refusal("inUse", "No port could be opened.");
      }
      return offset;
    }
    terminal.error(`${problems[0]} Trying the standard ports + ${next}.\n`);
    await appliance.stopListening();
  }
  return 0;
}

function dropRoot(appliance: Appliance, options: ServeOptions, terminal: Terminal): void {
  const account = accountFor(options.folder, options.user);
  if (account === undefined) return;
  const problem = become(account, appliance.store.folder);
  if (problem === undefined) terminal.error(`Running as ${account.name} from here on.\n`);
  else terminal.error(`Still running as root: ${problem}. Give the data folder to another account to change that.\n`);
}

function tableOf(appliance: Appliance): string {
  const rows = appliance
    .services()
    .map(({ service, address, port, tls, access, state }) => [
      service,
      `${address.includes(":") ? `[${address}]` : address}:${port}`,
      tls,
      typeof access === "string" ? access : access.join(","),
      state,
    ]);
  const widths = [0, 1, 2, 3, 4].map((at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return `${rows.map((row) => `  ${row.map((text, at) => text.padEnd(widths[at] ?? 0)).join("  ")}`.trimEnd()).join("\n")}\n`;
}

function invitation(appliance: Appliance): string {
  const links = appliance.links();
  if (appliance.isSetUp) return `Webmail and administration: ${links.join("  ")}\n`;
  const [first = "", ...others] = links;
  const elsewhere =
    others.length === 0 ? "" : `From another machine (its browser will warn once): ${others.join("  or  ")}\n`;
  return `To set this server up, open ${first}\n${elsewhere}`;
}

function lineOf(event: Event): string {
  const about = [event.user, event.remote, event.trace].filter((part) => part !== undefined).join(" ");
  const stack = typeof event.data?.stack === "string" ? `\n${event.data.stack}` : "";
  const at = new Date(event.at).toISOString();
  return `${at} ${event.level.padEnd(5)} ${event.room} ${event.name}${event.text ? `: ${event.text}` : ""}${about && ` (${about})`}${stack}`;
}

async function stopSignal(): Promise<string> {
  return await new Promise((resolve) => {
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, () => resolve(name));
  });
}
