/**
 * Who may what, walked through the table of operations: whoever is not meant is refused, with the same words whether or not a thing
 * exists; and nobody is shown what is secret.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { z } from "zod";
import { isAtLeast, type Role, roleFor, SCOPE_NAMES } from "../../src/administration/actor.ts";
import { changes, httpOf, type Operation } from "../../src/administration/operation.ts";
import { OPERATIONS } from "../../src/administration/operations.ts";
import { names } from "../../src/web/api/routes.ts";
import { inputFor, namedIn, SAMPLES } from "./samples.ts";
import { type Login, World } from "./world.ts";

const BY_TOKEN = OPERATIONS.filter(({ notByToken }) => notByToken === undefined);

/** Somebody of each role, and whose things he asks about. */
const ASKERS: readonly { login: Login; role: Role; subject: Login }[] = [
  { login: "ann", role: "user", subject: "ann" },
  { login: "dora", role: "manager", subject: "mia" },
  { login: "admin", role: "administrator", subject: "foreigner" },
];

const RANK: Readonly<Record<Role, number>> = { user: 0, manager: 1, administrator: 2 };

/** A mailbox can be shared with everybody who is here, so whoever shares hears whether somebody is. */
const KNOWN_BY_NAME = new Set([
  ...["mailbox.share:login", "mailbox.unshare:login"],
  ...["mailbox.shareFolder:name", "mailbox.unshareFolder:name"],
]);

let world: World;

beforeAll(async () => {
  world = await World.create();
});

afterAll(async () => {
  expect(world.faults).toEqual([]);
  await world.close();
});

/** What is in the house that belongs to the one whom nobody but the administrator reaches. */
function foreignThings(): string {
  const { client } = world.store;
  const { id } = world.user("foreigner");
  const rows = [
    client.query("SELECT * FROM users WHERE id = ?").all(id),
    client.query("SELECT * FROM mailboxes WHERE owner_id = ?").all(id),
    client.query("SELECT id, name, scopes FROM api_tokens WHERE user = ?").all(id),
    client.query("SELECT * FROM addresses ORDER BY id").all(),
    client.query("SELECT * FROM domains WHERE name = 'foreign.example'").all(),
    client.query("SELECT * FROM contacts WHERE owner_id = ?").all(id),
    client.query("SELECT * FROM mailbox_shares").all(),
    client.query("SELECT * FROM folder_grants").all(),
  ];
  return JSON.stringify(rows);
}

/** Of an input what must be given. */
function leastOf({ input }: Operation, sample: Record<string, unknown>): Record<string, unknown> {
  const needed = ([field]: [string, unknown]) => !input.shape[field]?.safeParse(undefined).success;
  return Object.fromEntries(Object.entries(sample).filter(needed));
}

describe("the samples", () => {
  test("are inputs that the operations take", () => {
    const wrong = OPERATIONS.flatMap((operation) => {
      const { success, error } = operation.input.safeParse(inputFor(world, operation, "ann"));
      return success ? [] : [`${operation.name}: ${error.issues[0]?.path} ${error.issues[0]?.message}`];
    });
    expect(wrong).toEqual([]);
    const known = new Set(OPERATIONS.map(({ name }) => name));
    expect(Object.keys(SAMPLES).filter((name) => !known.has(name))).toEqual([]);
  });
});

describe("nobody", () => {
  test.each(BY_TOKEN.map((one) => [one.name, one] as const))("does %s without a token", async (_name, operation) => {
    expect((await world.ask(operation, inputFor(world, operation, "ann"))).status).toBe(401);
  });

  test("asks as the guest, or as a template", async () => {
    await world.directory.users.create({ login: "model", kind: "template", permissions: ["web.administrator"] });
    for (const login of ["guest", "model"]) {
      const token = await world.token(login);
      for (const operation of BY_TOKEN)
        expect((await world.ask(operation, inputFor(world, operation, "ann"), token)).status).toBe(401);
    }
  });
});

describe.each(ASKERS)("somebody who is $role", ({ login, role, subject }) => {
  const beyond = BY_TOKEN.filter(({ who }) => RANK[who] > RANK[role]);
  const within = BY_TOKEN.filter(({ who }) => RANK[who] <= RANK[role]);

  test("does nothing that is for more than him, and hears the same of what is there and what is not", async () => {
    const token = await world.token(login);
    const before = foreignThings();
    for (const operation of beyond) {
      const heard = new Set<string>();
      for (const whose of [subject, "foreigner", "nobody"] as const) {
        const others = Object.fromEntries(namedIn(operation).map(([field]) => [field, whose]));
        const { status, text } = await world.ask(operation, inputFor(world, operation, subject, others), token);
        expect({ operation: operation.name, status }).toEqual({ operation: operation.name, status: 403 });
        heard.add(text);
      }
      expect(heard.size).toBe(1);
    }
    expect(foreignThings()).toBe(before);
  });

  test("does nothing with a token that lacks its scope", async () => {
    for (const operation of within) {
      const token = await world.token(
        login,
        SCOPE_NAMES.filter((scope) => scope !== operation.scope),
      );
      const answer = await world.ask(operation, inputFor(world, operation, subject), token);
      expect({ operation: operation.name, status: answer.status }).toEqual({ operation: operation.name, status: 403 });
      expect(answer.headers.get("www-authenticate")).toContain(`scope="${operation.scope}"`);
    }
  });
});

describe.each(ASKERS.filter(({ role }) => role !== "administrator"))("$login", ({ login, role, subject }) => {
  const within = BY_TOKEN.filter(({ who }) => RANK[who] <= RANK[role]);

  /** With a thing of the foreigner, and with none, in one field; what was sent does not count. */
  const bothWays = async (operation: Operation, field: string, token: string) => {
    const answers = [];
    for (const whose of ["foreigner", "nobody"] as const) {
      const input = inputFor(world, operation, subject, { [field]: whose });
      const { status, text } = await world.ask(operation, input, token);
      answers.push({
        operation: operation.name,
        field,
        status,
        text: text.replaceAll(String([input[field]].flat()[0]), "…"),
      });
    }
    return answers;
  };

  test("learns nothing of what is foreign, and changes none of it", async () => {
    const token = await world.token(login);
    const before = foreignThings();
    for (const operation of within) {
      const inPath = names(httpOf(operation).path.split("/"));
      for (const [field] of namedIn(operation)) {
        if (KNOWN_BY_NAME.has(`${operation.name}:${field}`)) continue;
        const [foreign, missing] = await bothWays(operation, field, token);
        expect(foreign).toEqual(missing);
        if (field === inPath[0]) expect(foreign).toMatchObject({ status: 403 });
      }
    }
    expect(foreignThings()).toBe(before);
  });

  test("sees nothing foreign in lists", async () => {
    const token = await world.token(login);
    for (const operation of within.filter((one) => !changes(one))) {
      if (names(httpOf(operation).path.split("/")).length > 0) continue;
      const required = leastOf(operation, inputFor(world, operation, subject));
      const { status, text } = await world.ask(operation, required, token);
      expect({ operation: operation.name, status }).toEqual({ operation: operation.name, status: 200 });
      expect({ operation: operation.name, foreign: /foreign/i.test(text) }).toEqual({
        operation: operation.name,
        foreign: false,
      });
    }
  });
});

describe("nobody raises himself", () => {
  const set = OPERATIONS.find(({ name }) => name === "user.set") as Operation;
  const add = OPERATIONS.find(({ name }) => name === "user.add") as Operation;
  const bulk = OPERATIONS.find(({ name }) => name === "user.bulk") as Operation;

  const attempts: readonly (readonly [string, Operation, Record<string, unknown>])[] = [
    ["an administrator of mia", set, { login: "mia", grant: ["web.administrator"] }],
    ["an administrator of mia, by the whole list", set, { login: "mia", permissions: ["web.administrator"] }],
    ["permissions he has not himself", set, { login: "mia", grant: ["http.proxy"] }],
    ["himself an administrator of everything", set, { login: "dora", administers: null }],
    ["mia an administrator of domains", set, { login: "mia", administers: ["home.example"] }],
    ["changes to the administrator", set, { login: "admin", fullName: "Changed" }],
    ["changes to himself", set, { login: "dora", grant: ["http.proxy"] }],
    ["an address elsewhere", add, { login: "evil", addresses: ["evil@foreign.example"] }],
    ["a user without any address", add, { login: "evil" }],
    ["a copy of the administrator", add, { login: "evil", addresses: ["evil@home.example"], template: "admin" }],
    ["a new administrator", add, { login: "evil", addresses: ["evil@home.example"], grant: ["web.administrator"] }],
    ["a template", add, { login: "evil", kind: "template" }],
    ["folders of others", set, { login: "mia", homePageFolder: "admin" }],
    ["a user database", set, { login: "mia", external: { directory: "evil", id: "mia" } }],
  ];

  test.each(attempts)("who administrates a domain makes %s", async (_what, operation, input) => {
    const users = () => JSON.stringify(world.store.client.query("SELECT * FROM users ORDER BY id").all());
    const before = users();
    const { status } = await world.ask(operation, input, await world.token("dora"));
    expect([400, 403]).toContain(status);
    expect(users()).toBe(before);
  });

  test("who administrates a domain changes only his own among many", async () => {
    const input = { logins: ["foreigner", "admin", "nobody", "dora"], action: "disable" };
    const { text } = await world.ask(bulk, input, await world.token("dora"));
    const { results } = JSON.parse(text) as { results: { login: string; done: boolean; problem: string }[] };
    expect(results.map(({ done }) => done)).toEqual([false, false, false, false]);
    expect(new Set(results.slice(0, 3).map(({ problem }) => problem)).size).toBe(1);
    for (const login of ["foreigner", "admin", "dora"]) expect(world.user(login).enabled).toBe(true);
  });
});

describe("secrets", () => {
  const SECRET = /password|secret|hash|scram|storedkey|serverkey|^key$|keypem|token$/i;
  /** Names that only sound like it, and the one thing that is shown once to whoever makes it. */
  const HARMLESS = new Set([
    ...["hasBindPassword", "hasSecret", "hasClientSecret"],
    ...["hasPassword", "mustChangePassword", "passwordChangedAt", "passwordScore", "passwordChosen", "passwordChange"],
    ...["appPassword.list:appPasswords", "appPassword.add:appPassword", "password.report:appPasswords"],
    ...[
      "user.list:noPassword",
      "token.add:secret",
      "token.add:token",
      "audit.list:token",
      "self.show:password",
      "mailbox.show:password",
    ],
  ]);

  function* namesIn(node: unknown): Generator<string> {
    if (typeof node !== "object" || node === null) return;
    const { properties } = node as { properties?: Record<string, unknown> };
    if (properties !== undefined) yield* Object.keys(properties);
    for (const inner of Object.values(node)) yield* namesIn(inner);
  }

  test("stand in no output's schema", () => {
    const found = OPERATIONS.flatMap(({ name, output }) => {
      const schema = z.toJSONSchema(output, { io: "output", unrepresentable: "any" });
      const suspicious = [...new Set(namesIn(schema))].filter((field) => SECRET.test(field));
      return suspicious.map((field) => (HARMLESS.has(field) ? field : `${name}:${field}`));
    });
    expect(found.filter((one) => !HARMLESS.has(one))).toEqual([]);
  });

  test("stand in no answer, in no problem, and not in the audit log", async () => {
    const token = await world.token("admin");
    const ordered = [...BY_TOKEN].sort((left, right) => order(left) - order(right));
    const stored = world.store.client.query(
      "SELECT password_hash AS hash, scram FROM users WHERE password_hash IS NOT NULL",
    );
    const secrets = (stored.all() as { hash: string; scram: string }[]).flatMap(({ hash, scram }) => [
      hash,
      (JSON.parse(scram) as { storedKey: string }).storedKey,
    ]);
    expect(secrets.length).toBeGreaterThan(4);
    for (const [operation, input] of ordered.flatMap((one) => inputs(one).map((input) => [one, input] as const))) {
      const { status, text } = await world.ask(operation, input, token);
      const heard = [200, 400, 403, 404, 409].includes(status) ? "an answer" : `${status} ${text}`;
      expect({ operation: operation.name, heard }).toEqual({ operation: operation.name, heard: "an answer" });
      for (const secret of [...secrets, token]) expect(text).not.toContain(secret);
      expect(text).not.toMatch(/argon2|PRIVATE KEY|gpt_/);
    }
    const audit = JSON.stringify(world.store.client.query("SELECT * FROM audit").all());
    for (const secret of [...secrets, token]) expect(audit).not.toContain(secret);
    expect(audit).not.toMatch(/argon2|PRIVATE KEY|gpt_/);
  });

  /** All that there is to ask, and the least. */
  const inputs = (operation: Operation): Record<string, unknown>[] => {
    const all = inputFor(world, operation, "mia");
    return [leastOf(operation, all), all];
  };

  /** What removes comes last. */
  const order = (one: Operation): number => (httpOf(one).method === "DELETE" ? 2 : changes(one) ? 1 : 0);
});

describe("scopes", () => {
  test("are offered to those for whom something is open with them", () => {
    for (const scope of SCOPE_NAMES) {
      const open = OPERATIONS.filter((operation) => operation.scope === scope).map(({ who }) => RANK[who]);
      if (open.length > 0) expect({ scope, role: RANK[roleFor(scope)] }).toEqual({ scope, role: Math.min(...open) });
    }
  });

  test("for reading open nothing that changes something", () => {
    for (const one of OPERATIONS) expect(one.scope.endsWith(":write")).toBe(changes(one));
  });

  test("are of an actor who is what the test says", () => {
    for (const { login, role } of ASKERS)
      expect(isAtLeast({ kind: "user", user: world.user(login), via: "api" }, role)).toBe(true);
  });
});
