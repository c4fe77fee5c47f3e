/** The API's description, as programs that read OpenAPI documents take it apart. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { z } from "zod";
import { SCOPE_NAMES } from "../../src/administration/actor.ts";
import { httpOf } from "../../src/administration/operation.ts";
import { OPERATIONS } from "../../src/administration/operations.ts";
import { openApi } from "../../src/web/api/openapi.ts";
import { names, Routes } from "../../src/web/api/routes.ts";
import { House } from "./house.ts";

const anything = z.record(z.string(), z.unknown());
const bodySchema = z.object({
  type: z.literal("object"),
  properties: anything,
  required: z.array(z.string()).default([]),
  additionalProperties: z.literal(false),
});
const parameter = z.object({
  name: z.string(),
  in: z.enum(["path", "query"]),
  required: z.boolean(),
  schema: anything,
});
const reference = z.object({ $ref: z.string() });

/** What an operation is in a document of OpenAPI 3.1, as far as ours go. */
const describedOperation = z.object({
  operationId: z.string(),
  summary: z.string().regex(/^[A-Z].*\.$/),
  security: z.tuple([z.object({ token: z.tuple([z.enum(SCOPE_NAMES)]) })]),
  parameters: z.array(parameter).default([]),
  requestBody: z.object({ content: z.object({ "application/json": z.object({ schema: bodySchema }) }) }).optional(),
  responses: z
    .object({ 200: z.object({ content: z.object({ "application/json": z.object({ schema: anything }) }) }) })
    .catchall(reference),
});

const documentSchema = z.object({
  openapi: z.literal("3.1.0"),
  info: z.object({ title: z.literal("Gatepost"), version: z.literal("1") }),
  servers: z.tuple([z.object({ url: z.literal("/api/v1") })]),
  paths: z.record(
    z.string().startsWith("/"),
    z.partialRecord(z.enum(["get", "post", "patch", "put", "delete"]), describedOperation),
  ),
  components: z.object({
    securitySchemes: z.object({
      token: z.object({ type: z.literal("http"), scheme: z.literal("bearer"), description: z.string() }),
    }),
    responses: z.record(z.string(), z.object({ content: z.object({ "application/problem+json": anything }) })),
    schemas: z.record(z.string(), anything),
  }),
});

let house: House;
let text: string;
let document: z.output<typeof documentSchema>;

beforeAll(async () => {
  house = await House.build();
  const request = new Request("https://mail.home.example/api/openapi.json");
  const response = await house.web.fetch(request, { address: "192.168.1.20", secure: true });
  text = await response.text();
  document = documentSchema.parse(JSON.parse(text));
});

afterAll(() => house.close());

const isObject = (node: unknown): node is Record<string, unknown> => typeof node === "object" && node !== null;

/** Every object of a document, with the path to it. */
function* objects(node: unknown, path = "#"): Generator<[string, Record<string, unknown>]> {
  if (!isObject(node)) return;
  yield [path, node];
  for (const [name, inner] of Object.entries(node))
    yield* objects(inner, `${path}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`);
}

/** What a reference within the document leads to. */
function referred(to: string): unknown {
  const steps = to.slice(2).split("/");
  const into = (node: unknown, step: string) => (isObject(node) ? node[step.replaceAll("~1", "/")] : undefined);
  return steps.reduce(into, document as unknown);
}

const described = () =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).flatMap(([method, operation]) => (operation ? [{ path, method, operation }] : [])),
  );

describe("the document", () => {
  test("is OpenAPI 3.1 and says where the operations stand", () => {
    const { description } = document.components.securitySchemes.token;
    for (const scope of SCOPE_NAMES) expect(description).toContain(scope);
  });

  test("has every operation that a token may do, once, and no other", () => {
    const byToken = OPERATIONS.filter(({ notByToken }) => notByToken === undefined);
    const wanted = byToken.map((one) => `${one.name} ${httpOf(one).method.toLowerCase()} ${httpOf(one).path}`);
    const found = described().map(({ path, method, operation }) => `${operation.operationId} ${method} ${path}`);
    expect(found.sort()).toEqual(wanted.sort());
    expect(new Set(found.map((line) => line.split(" ")[0])).size).toBe(found.length);
  });

  test("leads nowhere wrong", () => {
    for (const [path, node] of objects(JSON.parse(text))) {
      const to = node.$ref;
      if (typeof to !== "string") continue;
      expect({ path, to, there: referred(to) !== undefined }).toEqual({ path, to, there: true });
    }
    expect(text).not.toMatch(/\$defs|__shared|__schema/);
  });

  test("has the parameters that paths name, and scopes that there are", () => {
    for (const { path, method, operation } of described()) {
      const inPath = operation.parameters.filter((one) => one.in === "path");
      expect(inPath.map(({ name }) => name)).toEqual(names(path.split("/")));
      expect(inPath.every(({ required }) => required)).toBe(true);
      const [{ token }] = operation.security;
      expect({ path, method, writes: token[0].endsWith(":write") }).toEqual({ path, method, writes: method !== "get" });
    }
  });

  test("asks in the query or in a body, never in both", () => {
    for (const { path, method, operation } of described()) {
      const inQuery = operation.parameters.some((one) => one.in === "query");
      const { requestBody } = operation;
      const asks = ["get", "delete"].includes(method);
      expect({ path, method, wrong: asks ? requestBody !== undefined : inQuery }).toEqual({
        path,
        method,
        wrong: false,
      });
      if (requestBody === undefined) continue;
      const { required, properties } = requestBody.content["application/json"].schema;
      for (const name of required) expect(Object.keys(properties)).toContain(name);
      for (const name of names(path.split("/"))) expect(Object.keys(properties)).not.toContain(name);
    }
  });

  test("says what every answer is", () => {
    for (const { operation } of described())
      for (const status of ["400", "401", "403", "404", "409", "429", "default"])
        expect(referred(operation.responses[status]?.$ref ?? "")).toHaveProperty([
          "content",
          "application/problem+json",
        ]);
  });

  test("has only schemas that JSON Schema knows", () => {
    const types = ["string", "number", "integer", "boolean", "array", "object", "null"];
    for (const [path, node] of objects(document.components.schemas)) {
      if (/\/(?:properties|default|examples?)$/.test(path)) continue;
      if (typeof node.type !== "string") continue;
      expect({ path, known: types.includes(node.type) }).toEqual({ path, known: true });
    }
    expect(Object.keys(document.components.schemas)).toContain("User");
  });

  test("does not hold the event loop while it is made", async () => {
    const turns = { waits: 0, over: true, next: async () => void turns.waits++ };
    await openApi(new Routes(OPERATIONS).all, turns);
    expect(turns.waits).toBeGreaterThan(OPERATIONS.length);
  });
});

describe("operations", () => {
  test("have names and places of their own", () => {
    const of = (list: readonly string[]) => list.filter((one, at) => list.indexOf(one) !== at);
    expect(of(OPERATIONS.map(({ name }) => name))).toEqual([]);
    expect(of(OPERATIONS.map(({ http }) => http.replace(/\{\w+\}/g, "{}")))).toEqual([]);
  });

  test("take nothing that they do not know, and have what their paths name", () => {
    for (const { name, http, input } of OPERATIONS) {
      expect({ name, strict: input.safeParse({ "no such field": 1 }).success }).toEqual({ name, strict: false });
      for (const parameter of names(http.split("/"))) expect(Object.keys(input.shape)).toContain(parameter);
    }
  });

  test("that ask in a query take what texts can be", () => {
    const routes = new Routes(OPERATIONS).all.filter(({ asksInQuery }) => asksInQuery);
    for (const { operation, fields } of routes)
      for (const [field, { kinds, items }] of fields())
        expect({ operation: operation.name, field, kinds: [...kinds, ...items].includes("object") }).toEqual({
          ...{ operation: operation.name, field, kinds: false },
        });
  });
});
