/** Which operation a method and a path mean. Made from the table of operations; paths are compared part by part, as they were sent. */
import { z } from "zod";
import { httpOf, type Operation } from "../../administration/operation.ts";
import { Refusal } from "../../refusal.ts";

/** JSON Schema's words for what a value may be. */
type Kind = "string" | "integer" | "number" | "boolean" | "array" | "object" | "null";

/** What a field takes: from text in a path or a query it becomes that. */
export interface FieldKinds {
  readonly kinds: ReadonlySet<Kind>;
  /** Of a list's items. */
  readonly items: ReadonlySet<Kind>;
}

/** One operation at its place. */
export interface Route {
  readonly operation: Operation;
  readonly method: string;
  /** Names of parameters stand in braces. */
  readonly parts: readonly string[];
  /** What the fields of the input take. */
  readonly fields: () => ReadonlyMap<string, FieldKinds>;
  /** The input stands in the query: nothing in a body means anything. */
  readonly asksInQuery: boolean;
}

export interface Match {
  readonly route: Route;
  /** Parameters of the path, by their names. */
  readonly parameters: ReadonlyMap<string, string>;
}

export class Routes {
  readonly all: readonly Route[];

  constructor(operations: readonly Operation[]) {
    // What programs may not do has no place: what is there can be done.
    this.all = operations.filter(({ notByToken }) => notByToken === undefined).map(routeOf);
  }

  /** The methods that a path takes; none where there is nothing. */
  methods(path: string): string[] {
    const parts = partsOf(path);
    const found = new Set(this.all.filter((route) => fits(route.parts, parts)).map(({ method }) => method));
    if (found.size === 0) return [];
    return [...found, ...(found.has("GET") ? ["HEAD"] : []), "OPTIONS"];
  }

  /** The operation of a method and a path; words go before parameters. @throws Refusal "invalid" for a path that cannot be read */
  find(method: string, path: string): Match | undefined {
    const parts = partsOf(path);
    const wanted = method === "HEAD" ? "GET" : method;
    const fitting = this.all.filter((route) => route.method === wanted && fits(route.parts, parts));
    const [route] = fitting.sort((left, right) => names(left.parts).length - names(right.parts).length);
    if (route === undefined) return undefined;
    const parameters = new Map<string, string>();
    for (const [at, part] of route.parts.entries())
      if (isName(part)) parameters.set(part.slice(1, -1), decoded(parts[at] ?? ""));
    return { route, parameters };
  }
}

/** The names in braces. */
export function names(parts: readonly string[]): string[] {
  return parts.filter(isName).map((part) => part.slice(1, -1));
}

/** What each field of an input takes. */
export function fieldsOf(input: z.ZodObject): Map<string, FieldKinds> {
  const { properties = {} } = z.toJSONSchema(input, { io: "input", unrepresentable: "any" });
  return new Map(
    Object.entries(properties).map(([name, schema]) => {
      const alternatives = typeof schema === "boolean" ? [] : alternativesOf(schema);
      const lists = alternatives.map(({ items }) => items).filter((items) => isSchema(items));
      return [name, { kinds: kindsOf(alternatives), items: kindsOf(lists.flatMap(alternativesOf)) }];
    }),
  );
}

type JsonSchema = z.core.JSONSchema.JSONSchema;

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function alternativesOf(schema: JsonSchema): JsonSchema[] {
  const others = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  return [schema, ...others.filter(isSchema).flatMap(alternativesOf)];
}

function kindsOf(schemas: readonly JsonSchema[]): Set<Kind> {
  return new Set(schemas.flatMap(({ type }) => (type === undefined ? [] : [type].flat())) as Kind[]);
}

function routeOf(operation: Operation): Route {
  const { method, path } = httpOf(operation);
  const asksInQuery = method === "GET" || method === "DELETE";
  // Found when somebody first asks: for all operations at once it would take long.
  let known: ReadonlyMap<string, FieldKinds> | undefined;
  const fields = () => {
    known ??= fieldsOf(operation.input);
    return known;
  };
  return { operation, method, parts: partsOf(path), fields, asksInQuery };
}

function partsOf(path: string): string[] {
  return path.split("/").slice(1);
}

function fits(pattern: readonly string[], parts: readonly string[]): boolean {
  return (
    pattern.length === parts.length &&
    pattern.every((part, at) => (isName(part) ? parts[at] !== "" : part === parts[at]))
  );
}

function isName(part: string): boolean {
  return part.startsWith("{");
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new Refusal("invalid", "The address has a percent sign that stands for nothing.");
  }
}
