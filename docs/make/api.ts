/** What docs/api.md says of the HTTP API: its operations, scopes and errors, made from the tables that the server works with. */
import { SCOPES } from "../../src/administration/actor.ts";
import { httpOf, type Operation } from "../../src/administration/operation.ts";
import { OPERATIONS } from "../../src/administration/operations.ts";
import { allCommands } from "../../src/cli/commands.ts";
import { OTHER_KINDS } from "../../src/web/api/problem.ts";
import { STATUS } from "../../src/web/status.ts";
import { code, type Makers, table } from "./regions.ts";

const COMMANDS = await allCommands();

const WHO = { administrator: "administrators", manager: "administrators, also of some domains", user: "everybody" };

/** The makers of the regions of docs/api.md. */
export const apiMakers: Makers = new Map([
  ["api.scopes", scopeTable],
  ["api.operations", operationTables],
  ["api.withoutToken", withoutToken],
  ["api.kinds", kindTable],
]);

function scopeTable(): string {
  return table(
    ["scope", "what a token with it may do"],
    Object.entries(SCOPES).map(([name, about]) => [code(name), about]),
  );
}

/** A table for each family, in the order of the operations. */
function operationTables(): string {
  const families = Map.groupBy(
    OPERATIONS.filter(({ notByToken }) => notByToken === undefined),
    ({ name }) => name.split(".")[0] ?? name,
  );
  return [...families].map(([family, operations]) => `### ${family}\n\n${operationTable(operations)}`).join("\n\n");
}

function operationTable(operations: readonly Operation[]): string {
  const rows = operations.map((operation) => {
    const { method, path } = httpOf(operation);
    return [
      code(`${method} ${path}`),
      operation.summary,
      code(operation.scope),
      WHO[operation.who],
      commandsOf(operation),
    ];
  });
  return table(["method and path", "what it does", "scope", "for", "command"], rows);
}

function withoutToken(): string {
  const operations = OPERATIONS.filter(({ notByToken }) => notByToken !== undefined);
  return table(
    ["operation", "what it does", "why not by token", "command"],
    operations.map((operation) => [
      ...[code(operation.name), operation.summary, operation.notByToken ?? ""],
      commandsOf(operation),
    ]),
  );
}

/** The commands that do the same. */
function commandsOf(operation: Operation): string {
  const words = COMMANDS.flatMap((command) =>
    Object.entries(command.actions)
      .filter(([, { performs = [] }]) => performs.includes(operation))
      .map(([word]) => code(`gatepost ${command.name} ${word}`.trim())),
  );
  return words.join(", ");
}

function kindTable(): string {
  const kinds = { ...STATUS, ...OTHER_KINDS };
  const byStatus = Map.groupBy(Object.entries(kinds), ([, status]) => status);
  return table(
    ["status", "`kind`"],
    [...byStatus]
      .sort(([left], [right]) => left - right)
      .map(([status, entries]) => [String(status), entries.map(([kind]) => code(kind)).join(", ")]),
  );
}
