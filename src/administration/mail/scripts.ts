/**
 * Sieve scripts: of a mailbox by its owner or whoever looks after him, and of the house (mailbox 0) by its administrators. What sends
 * mail on or answers it needs in a script the permission that forwarding and the autoresponder need beside it.
 */
import { z } from "zod";
import type { User } from "../../directory/directory.ts";
import { Refusal } from "../../refusal.ts";
import type { Script } from "../../sieve/script.ts";
import { HOUSE, type ScriptLine } from "../../sieve/scripts.ts";
import { needsScope, type Standing } from "../may.ts";
import { type Context, operation } from "../operation.ts";
import { textOfTime, timeText } from "../values.ts";
import { reached } from "./mailbox-rules.ts";
import { subjectOfMailbox } from "./mailbox-view.ts";

const id = z.number().int().min(0).describe("The mailbox's number; 0 stands for the scripts of the house.");
const name = z.string().min(1, "A script has a name.").max(512).describe("The script's name.");
const text = z.string().max(4_194_304, "The script is too large.").describe("The script (RFC 5228).");

const line = z.object({
  name: z.string(),
  active: z.boolean().describe("It is run for arriving mail."),
  size: z.number().int().describe("Octets."),
  changedAt: timeText,
});

const warnings = z.array(z.string()).describe("What is allowed and hardly meant, each with its line.");

export const listScripts = operation({
  name: "script.list",
  summary: "Lists the Sieve scripts of a mailbox.",
  http: "GET /mailboxes/{id}/scripts",
  scope: "self:read",
  who: "user",
  input: z.strictObject({ id }),
  output: z.object({ scripts: z.array(line) }),
  run(context, { id }) {
    placeOf(context, id, "mail:read");
    return {
      scripts: context.transport.scripts.list(id).map((one) => ({ ...one, changedAt: textOfTime(one.changedAt) })),
    };
  },
});

export const showScript = operation({
  name: "script.show",
  summary: "Gives the text of a script.",
  http: "GET /mailboxes/{id}/scripts/{name}",
  scope: "self:read",
  who: "user",
  input: z.strictObject({ id, name }),
  output: line.extend({ text: z.string() }),
  run(context, { id, name }) {
    placeOf(context, id, "mail:read");
    const found = context.transport.scripts.require(id, name);
    return { ...found, changedAt: textOfTime(found.changedAt) };
  },
});

export const checkScript = operation({
  name: "script.check",
  summary: "Says what is wrong with a script for a mailbox, and stores nothing.",
  http: "POST /mailboxes/{id}/check-script",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ id, text }),
  output: z.object({ warnings }),
  async run(context, { id, text }) {
    return { warnings: await checked(context, placeOf(context, id, "mail:write"), text) };
  },
});

/** Characters of a message on which scripts are tried. */
const MOST_TRIED = 2_000_000;

export const tryScript = operation({
  name: "script.try",
  summary: "Says what a script, or those that run for a mailbox, would make of a message, and why; nothing is done.",
  http: "POST /mailboxes/{id}/try-script",
  scope: "self:write",
  who: "user",
  input: z.strictObject({
    id,
    text: text.optional().describe("A script; without it those that run for the mailbox."),
    message: z.string().max(MOST_TRIED, "The message is too long.").describe("A message as it is sent (RFC 5322)."),
    from: z.string().max(1_000).default("").describe("The sender of its envelope."),
  }),
  output: z.object({
    done: z.array(z.string()).describe("What would be done, a sentence each."),
    steps: z.array(
      z.object({
        kind: z.enum(["test", "action", "note", "error"]),
        script: z.string().describe("The script it stands in; empty for the one that was given."),
        line: z.number().int(),
        column: z.number().int(),
        what: z.string().describe("What the script says there."),
        held: z.boolean().optional().describe("Of a test."),
        why: z.string(),
      }),
    ),
    error: z.string().nullable().describe("Why a script failed; null where none did."),
  }),
  async run(context, { id, text, message, from }) {
    placeOf(context, id, "mail:write");
    const octets = Buffer.from(message.replace(/\r\n|\r|\n/g, "\r\n"));
    const { error, ...told } = await context.transport.explainSorting({ mailbox: id, text, octets, sender: from });
    return { done: [...told.done], steps: [...told.steps], error: error ?? null };
  },
});

export const putScript = operation({
  name: "script.put",
  summary: "Stores a script that was checked, new or in place of one of that name.",
  http: "PUT /mailboxes/{id}/scripts/{name}",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ id, name, text }),
  output: z.object({ warnings }),
  async run(context, { id, name, text }) {
    const { scripts } = context.transport;
    const place = placeOf(context, id, "mail:write");
    scripts.checkRoom(id, name, Buffer.byteLength(text));
    const found = await checked(context, place, text);
    await context.commit((tx, note) => {
      const { subject } = placeOf(context, id, "mail:write");
      const before = scripts.get(id, name);
      const after = scripts.putWithin(tx, id, name, text, context.now());
      note({ subject, ...(before && { before: recorded(before, before.text) }), after: recorded(after, text) });
    });
    return { warnings: found };
  },
});

export const activateScript = operation({
  name: "script.activate",
  summary: "Makes a script the one that is run for a mailbox's arriving mail; with an empty name none is.",
  http: "PUT /mailboxes/{id}/active-script",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ id, name: z.string().max(512).describe("The script's name; empty: none.") }),
  output: z.object({}),
  async run(context, { id, name }) {
    const { scripts } = context.transport;
    const { subject, owner } = placeOf(context, id, "mail:write");
    if (owner === undefined) {
      throw new Refusal(
        "invalid",
        "Of the scripts of the house, those called before and after run; none is made active.",
      );
    }
    await context.commit((tx, note) => {
      const before = scripts.active(id) ?? null;
      scripts.activateWithin(tx, id, name);
      note({ subject, before: { activeScript: before }, after: { activeScript: name || null } });
    });
    return {};
  },
});

export const renameScript = operation({
  name: "script.rename",
  summary: "Gives a script another name; the active one stays active.",
  http: "POST /mailboxes/{id}/scripts/{name}/rename",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ id, name, to: name }),
  output: z.object({}),
  async run(context, { id, name, to }) {
    await context.commit((tx, note) => {
      const { subject } = placeOf(context, id, "mail:write");
      context.transport.scripts.renameWithin(tx, id, name, to);
      note({ subject, before: { script: name }, after: { script: to } });
    });
    return {};
  },
});

export const removeScript = operation({
  name: "script.remove",
  summary: "Removes a script that is not the active one.",
  http: "DELETE /mailboxes/{id}/scripts/{name}",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ id, name }),
  output: z.object({}),
  async run(context, { id, name }) {
    const { scripts } = context.transport;
    await context.commit((tx, note) => {
      const { subject } = placeOf(context, id, "mail:write");
      const before = scripts.require(id, name);
      scripts.removeWithin(tx, id, name);
      note({ subject, before: recorded(before, before.text) });
    });
    return {};
  },
});

/** Whose scripts they are, for the rules and for the audit log. */
export interface Place {
  readonly subject: string;
  /** Undefined: those of the house. */
  readonly owner: User | undefined;
  readonly standing: Standing;
}

/** @throws Refusal "notFound", "notPermitted" */
export function placeOf(context: Context, id: number, scope: "mail:read" | "mail:write"): Place {
  if (id !== HOUSE) {
    const { mailbox, owner, standing } = reached(context, id, scope);
    return { subject: subjectOfMailbox(context, mailbox), owner, standing };
  }
  needsScope(context.actor, scope);
  if (context.reach !== "all") {
    throw new Refusal("notPermitted", "You do not administrate such a mailbox, and it is not yours.");
  }
  return { subject: "scripts of the house", owner: undefined, standing: "manager" };
}

/** Checks a script and who may have it; gives what is to be warned of. @throws SieveError, Refusal "notPermitted" */
export async function checked(context: Context, { owner, standing }: Place, text: string): Promise<string[]> {
  const { compileInTurns } = await import("../../sieve/sieve.ts");
  const script = await compileInTurns(text, context.store.turns);
  if (owner !== undefined && standing === "owner") mayUse(context, owner, script);
  return script.warnings.map(({ line, column, reason }) => `Line ${line}, column ${column}: ${reason}`);
}

/** Actions that need a permission, and what they do. */
const LIMITED = [
  ["redirect", "web.forwarding", "forward mail"],
  ["notify", "web.forwarding", "forward mail"],
  ["vacation", "web.autoresponder", "write automatic replies"],
] as const;

/** What an owner may not do beside a script, he may not do in one. @throws Refusal "notPermitted" */
function mayUse(context: Context, owner: User, { text, program }: Script): void {
  const does = new Set<string>();
  for (const one of program) {
    if (one.kind !== "act") continue;
    const { start, end } = one.source;
    does.add(/^\w+/.exec(text.slice(start, end))?.[0].toLowerCase() ?? "");
  }
  for (const [what, permission, words] of LIMITED) {
    if (!does.has(what) || context.directory.permits(owner, permission)) continue;
    throw new Refusal("notPermitted", `The script uses ${what}: your account may not ${words}. Ask the administrator.`);
  }
}

/** A script as it stands in the audit log: not what it says, but that it says something else. */
export function recorded({ name, size }: Pick<ScriptLine, "name" | "size">, text: string): object {
  return { script: name, size, sha256: new Bun.CryptoHasher("sha256").update(text).digest("hex").slice(0, 16) };
}

export const scriptOperations = [
  listScripts,
  showScript,
  checkScript,
  tryScript,
  putScript,
  activateScript,
  renameScript,
  removeScript,
] as const;
