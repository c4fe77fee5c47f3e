/** `gatepost route`: which outgoing mail goes through which servers. */
import {
  addRoute,
  listRoutes,
  moveRoute,
  type RouteView,
  removeRoute,
  setRoute,
  showRoute,
  tryRoute,
} from "../administration/mail/routes.ts";
import { Refusal } from "../refusal.ts";
import { type Command, type Context, passwordFrom, printOne, printRows, textOf } from "./command.ts";
import { assignments, patchFrom, propertiesOf } from "./properties.ts";

const properties = setRoute.input.omit({ id: true, password: true });
const PASSWORD = { "password-stdin": { type: "boolean" } } as const;
const COLUMNS = ["position", "id", "name", "enabled", "ruled", "from", "users", "groups", "to", "hosts", "otherwise"];

/** A route by its name or id. @throws Refusal "notFound" */
async function routeNamed(context: Context, named = ""): Promise<RouteView> {
  const { routes } = await context.perform(listRoutes, {});
  const found =
    routes.find(({ name }) => name.toLowerCase() === named.toLowerCase()) ??
    routes.find(({ id }) => String(id) === named);
  if (found === undefined) throw new Refusal("notFound", `There is no route “${named}”.`);
  return found;
}

async function secretOf(context: Context): Promise<{ password?: string }> {
  return context.values["password-stdin"] === true ? { password: await passwordFrom(context) } : {};
}

export const route = {
  name: "route",
  summary: "The routes of outgoing mail: by recipient, sender, user or mail group.",
  actions: {
    list: {
      usage: "",
      summary: "Lists the routes in their order; the first that fits is the way.",
      arity: [0, 0],
      performs: [listRoutes],
      run: async (context) => {
        const { routes } = await context.perform(listRoutes, {});
        printRows(context, routes, COLUMNS);
      },
    },
    show: {
      usage: "ROUTE",
      summary: "Shows a route, but no password. It is named by its name or its id.",
      arity: [1, 1],
      performs: [showRoute, listRoutes],
      run: async (context) => {
        const { id } = await routeNamed(context, context.args[0]);
        printOne(context, await context.perform(showRoute, { id }));
      },
    },
    try: {
      usage: "TO [--from ADDRESS] [--user LOGIN]",
      summary: "Says which way a message to an address would take. Nothing is sent.",
      options: { from: { type: "string" }, user: { type: "string" } },
      arity: [1, 1],
      performs: [tryRoute],
      run: async (context) => {
        const [to = ""] = context.args;
        const [from = "", user = ""] = [textOf(context.values, "from"), textOf(context.values, "user")];
        const way = await context.perform(tryRoute, { to, from, user });
        if (context.json) printOne(context, way);
        else context.out(way.sentence);
      },
    },
    add: {
      usage: "NAME [PROPERTY=VALUE…] [--position N] [--password-stdin]",
      summary: "Adds a route. The password on standard input is that for its login.",
      options: { ...PASSWORD, position: { type: "string" } },
      properties: propertiesOf(properties),
      arity: [1, 14],
      performs: [addRoute],
      run: async (context) => {
        const [name = "", ...words] = context.args;
        const position = textOf(context.values, "position");
        const made = await context.perform(addRoute, {
          ...patchFrom(properties, assignments(words)),
          ...(await secretOf(context)),
          ...{ name, ...(position !== undefined && { position }) },
        });
        if (context.json) printOne(context, made);
        else context.out(`Added the route ${made.name}.`);
      },
    },
    set: {
      usage: "ROUTE [PROPERTY=VALUE…] [--password-stdin]",
      summary: "Changes a route; what waits follows. Other servers ask for the password again.",
      options: PASSWORD,
      properties: propertiesOf(properties),
      arity: [1, 14],
      performs: [setRoute, listRoutes],
      run: async (context) => {
        const [named = "", ...words] = context.args;
        const { id } = await routeNamed(context, named);
        const change = { ...patchFrom(properties, assignments(words)), ...(await secretOf(context)) };
        const after = await context.perform(setRoute, { ...change, id });
        if (context.json) printOne(context, after);
      },
    },
    move: {
      usage: "ROUTE POSITION",
      summary: "Moves a route to a position, from 1.",
      arity: [2, 2],
      performs: [moveRoute, listRoutes],
      run: async (context) => {
        const [named = "", position = ""] = context.args;
        const { id } = await routeNamed(context, named);
        const { routes } = await context.perform(moveRoute, { id, position });
        printRows(context, routes, COLUMNS);
      },
    },
    remove: {
      usage: "ROUTE",
      summary: "Removes a route; its mail takes the next that fits.",
      arity: [1, 1],
      performs: [removeRoute, listRoutes],
      run: async (context) => {
        const { id, name } = await routeNamed(context, context.args[0]);
        await context.perform(removeRoute, { id });
        if (!context.json) context.out(`Removed the route ${name}.`);
      },
    },
  },
} satisfies Command;
