/** The help that the executable prints about itself; made from the command table. */
import { type Command, type Described, usageOf } from "./command.ts";

/** The command that is no command of the table, because it is what the others work in. */
export const SERVE: Described = {
  name: "serve",
  summary: "Starts the server.",
  actions: {
    "": {
      usage: "[--data DIR] [--listen ADDR] [--port-offset N] [--user NAME] [--log text|json]",
      summary: "Serves until SIGTERM, SIGINT or SIGHUP; prints what listens where.",
    },
  },
};

/** What `gatepost help` prints. */
export function overview(commands: readonly Command[]): string {
  const rows = [
    ...[SERVE, ...commands].map(({ name, summary }) => [name, summary]),
    ["help [COMMAND]", "Shows what a command takes."],
    ["version", "Prints the version."],
  ];
  return [
    "Gatepost: a mail server and LAN gateway in one file.",
    "",
    `Usage: gatepost ${Object.values(SERVE.actions).map((action) => usageOf(SERVE, action))}`,
    "       gatepost COMMAND …",
    "",
    ...rows.map(([name = "", summary]) => `  ${name.padEnd(16)}${summary}`),
    "",
    "Every command takes --data DIR (the data folder; default $GATEPOST_DATA) and every listing --json.",
    "With --as LOGIN a command has no more rights than that user has.",
    "Commands work with the server running or stopped.",
  ].join("\n");
}

/** What `gatepost help COMMAND` prints. */
export function commandHelp(command: Described): string {
  return [
    command.summary,
    "",
    ...Object.values(command.actions).flatMap((action) => [
      `  gatepost ${usageOf(command, action)}`,
      `      ${action.summary}`,
      ...(action.properties ? [`      PROPERTY is one of: ${action.properties.join(", ")}`] : []),
    ]),
  ].join("\n");
}
