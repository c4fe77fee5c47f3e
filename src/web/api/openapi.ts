/**
 * The API's description for programs (OpenAPI 3.1), made from the same schemas that check what comes in and what goes out. Pure. What
 * several operations give stands once among the components. Called by api.ts and by the tests.
 */
import { z } from "zod";
import { SCOPES } from "../../administration/actor.ts";
import type { Turns } from "../../turns.ts";
import { resultNames } from "./results.ts";
import { names, type Route } from "./routes.ts";

type Json = Record<string, unknown>;

const SCHEMAS = "#/components/schemas/";

const INTRODUCTION = [
  "Everything that can be seen and changed in this server, as its pages and its command line do it.",
  "Programs prove themselves with a token, which speaks for one user and has never more rights than that user.",
  "Times are ISO 8601; domains are named by name, users by login name, mailboxes by number.",
].join(" ");

/** What parameters of paths look like. */
const EXAMPLES: Readonly<Record<string, unknown>> = {
  login: "anna",
  id: 1,
  domain: "example.com",
  name: "example.com",
};

type OpenTurns = Pick<Turns, "over" | "next">;

/** The whole document. It takes its time, in turns with others. */
export async function openApi(routes: readonly Route[], turns: OpenTurns): Promise<Json> {
  const results = resultNames(routes.map(({ operation }) => operation));
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    if (turns.over) await turns.next();
    const path = `/${route.parts.join("/")}`;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route, results) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Gatepost",
      version: "1",
      summary: "The administration of a Gatepost server.",
      description: INTRODUCTION,
    },
    servers: [{ url: "/api/v1" }],
    security: [{ token: [] }],
    tags: [...new Set(routes.map(familyOf))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: { token: tokenScheme() },
      responses: problemResponses(),
      schemas: { Problem: PROBLEM, ...(await resultSchemas(results, turns)) },
    },
  };
}

function operationOf(route: Route, results: ReadonlyMap<z.ZodType, string>): Json {
  const { operation, parts, asksInQuery } = route;
  const { properties = {}, required = [], ...rest } = inputSchema(operation.input);
  const inPath = names(parts);
  const own = Object.keys(properties).filter((name) => !inPath.includes(name));
  const parameter = (name: string, place: "path" | "query") => ({
    ...{ name, in: place, required: place === "path" || required.includes(name), schema: properties[name] ?? {} },
    ...(place === "path" && Object.hasOwn(EXAMPLES, name) && { example: EXAMPLES[name] }),
  });
  const parameters = [
    ...inPath.map((name) => parameter(name, "path")),
    ...(asksInQuery ? own.map((name) => parameter(name, "query")) : []),
  ];
  const needed = own.filter((name) => required.includes(name));
  const body = { ...rest, properties: pick(properties, own), ...(needed.length > 0 && { required: needed }) };
  return {
    operationId: operation.name,
    summary: operation.summary,
    description: `For ${WHO[operation.who]}. Scope: ${operation.scope}.`,
    tags: [familyOf(route)],
    security: [{ token: [operation.scope] }],
    ...(parameters.length > 0 && { parameters }),
    ...(!asksInQuery &&
      own.length > 0 && {
        requestBody: { required: needed.length > 0, content: { "application/json": { schema: body } } },
      }),
    responses: {
      "200": { description: "Done.", content: { "application/json": { schema: resultOf(operation.output, results) } } },
      ...Object.fromEntries(Object.entries(PROBLEMS).map(([status, { name }]) => [status, { $ref: refOf(name) }])),
      default: { $ref: refOf("Failed") },
    },
  };
}

const WHO = {
  administrator: "administrators of the whole server",
  manager: "administrators, also of some domains only",
  user: "everybody, as far as the account's permissions go",
} as const;

const PROBLEMS: Readonly<Record<string, { name: string; description: string; headers?: Json }>> = {
  "400": { name: "Invalid", description: "A property is wrong, missing or not known; `field` names it." },
  "401": {
    name: "Unauthenticated",
    description: "The token is missing, unknown, expired, or not for this network.",
    headers: { "WWW-Authenticate": { schema: { type: "string" } } },
  },
  "403": {
    name: "Forbidden",
    description: "The user or the token may not do this; what is foreign looks like what is not there.",
  },
  "404": { name: "NotFound", description: "There is no such thing." },
  "409": { name: "Conflict", description: "A thing of that name is there already, or is in use." },
  "429": {
    name: "TooMany",
    description: "There is too much of it already, or the address is barred.",
    headers: { "Retry-After": { schema: { type: "integer" } } },
  },
};

const PROBLEM = {
  type: "object",
  description: "Problem details (RFC 9457).",
  properties: {
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string", description: "One sentence for a person." },
    kind: { type: "string", description: "What was refused, in a word that stays.", examples: ["notPermitted"] },
    field: { type: "string", description: "The property that is wrong." },
    trace: { type: "string", description: "Under which the server's log has it." },
  },
  required: ["title", "status", "detail", "kind"],
} as const;

function problemResponses(): Json {
  const content = { "application/problem+json": { schema: { $ref: `${SCHEMAS}Problem` } } };
  const failed = { name: "Failed", description: "It did not go; `kind` and `detail` say why." };
  const all: { name: string; description: string; headers?: Json }[] = [...Object.values(PROBLEMS), failed];
  return Object.fromEntries(all.map(({ name, ...rest }) => [name, { ...rest, content }]));
}

function tokenScheme(): Json {
  const scopes = Object.entries(SCOPES).map(([name, text]) => `- \`${name}\`: ${text}`);
  const about = "A token of a user: `gpt_` and 43 characters. It has one or more of these scopes:";
  return { type: "http", scheme: "bearer", description: [about, "", ...scopes].join("\n") };
}

/** Each schema by itself, because all at once would take long; what stands under another name is referred to. */
async function resultSchemas(results: ReadonlyMap<z.ZodType, string>, turns: OpenTurns): Promise<Json> {
  const metadata = z.registry<{ id: string }>();
  for (const [schema, id] of results) metadata.add(schema, { id });
  const made: Json = {};
  for (const [schema, id] of results) {
    if (turns.over) await turns.next();
    const options = { io: "output", unrepresentable: "any", override: simplified, metadata } as const;
    const { $schema: _, $defs: _d, id: _i, ...own } = z.toJSONSchema(schema, options);
    made[id] = JSON.parse(JSON.stringify(own).replaceAll('"#/$defs/', `"${SCHEMAS}`));
  }
  return made;
}

function resultOf(output: z.ZodType, results: ReadonlyMap<z.ZodType, string>): Json {
  const name = results.get(output);
  return name === undefined ? { type: "object" } : { $ref: SCHEMAS + name };
}

function inputSchema(input: z.ZodObject): z.core.JSONSchema.BaseSchema {
  const { $schema: _, ...schema } = z.toJSONSchema(input, {
    io: "input",
    unrepresentable: "any",
    override: simplified,
  });
  return schema;
}

/** A pattern that knows leap years tells nobody anything that “a date or a time in ISO 8601” does not. */
function simplified({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.pattern?.startsWith("^(?:(?:\\d\\d[2468]")) delete jsonSchema.pattern;
}

function refOf(response: string): string {
  return `#/components/responses/${response}`;
}

function familyOf({ operation }: Route): string {
  return operation.name.split(".")[0] ?? operation.name;
}

function pick(from: Json, wanted: readonly string[]): Json {
  return Object.fromEntries(wanted.map((name) => [name, from[name]]));
}
