/** The pages of Sieve scripts as the administration and the options of webmail have them: what their forms take, and what is shown. */
import type { Hono } from "hono";
import { z } from "zod";
import type { ScriptsPart } from "../../views/parts/scripts.tsx";
import { t } from "../../views/words/words.ts";
import {
  activateScript,
  checkScript,
  listScripts,
  putScript,
  removeScript,
  renameScript,
  showScript,
  tryScript,
} from "../administration/mail/scripts.ts";
import { Refusal } from "../refusal.ts";
import { SieveError } from "../sieve/error.ts";
import { HOUSE } from "../sieve/scripts.ts";
import type { WebContext, WebEnv } from "./context.ts";
import { asked, type Errors, errorsFrom, posted, ticked, whole } from "./form.ts";
import { perform } from "./performing.ts";
import type { Front } from "./site.ts";

const scriptQuery = z.object({ name: z.string().max(512).default("") });
const scriptForm = z.strictObject({
  before: z.string().max(512).default(""),
  name: z.string().trim().min(1, "A script has a name.").max(128, "A name has at most 128 characters."),
  // Browsers send CRLF, as Sieve has it.
  text: z.string(),
  activate: ticked,
  message: z.string().max(2_000_000, "The message is too long.").default(""),
  do: z.enum(["save", "check", "try"]).default("save"),
});
const nameForm = z.strictObject({ name: z.string().max(512) });

type Form = z.output<typeof scriptForm>;

/** Where the pages stand: whose scripts they are about, and how they are answered. */
export interface ScriptRoom {
  readonly front: Front;
  /** The page's path for the router; "" where it is the room's first. */
  readonly path: string;
  /** The mailbox of a request, and the page's address. @throws Refusal where whoever asks has no business here */
  place(c: WebContext): Promise<{ readonly id: number; readonly at: string }>;
  show(c: WebContext, part: ScriptsPart, errors: Errors): Response | Promise<Response>;
  done(c: WebContext, text: string, to: string): Response;
}

export function scriptPages(app: Hono<WebEnv>, room: ScriptRoom): void {
  const { front, path } = room;
  const page = path === "" ? "/" : path;

  app.get(page, asked(scriptQuery), async (c) => {
    const { id, at } = await room.place(c);
    const { name } = c.req.valid("query");
    if (name === "") return await show(room, c, { id, at });
    const { text, active } = await perform(front, c, showScript, { id, name });
    return await show(room, c, { id, at, writing: { ...NEW, before: name, name, text, activate: active } });
  });

  app.post(page, posted(scriptForm), async (c) => {
    const { id, at } = await room.place(c);
    const form = c.req.valid("form");
    const { name = "", text = "", before = "", message = "", activate } = form.fields;
    const writing = { before, name, text, message, activate: activate !== undefined };
    if (!form.ok) return await show(room, c, { id, at, writing, errors: form.errors });
    try {
      if (form.value.do === "save") return room.done(c, await save(room, c, id, form.value), at);
      if (form.value.do === "try") {
        return await show(room, c, {
          id,
          at,
          writing,
          tried: await perform(front, c, tryScript, { id, text, message }),
        });
      }
      const { warnings } = await perform(front, c, checkScript, { id, text });
      return await show(room, c, { id, at, writing, checked: warnings });
    } catch (thrown) {
      return await show(room, c, { id, at, writing, errors: errorsOf(thrown) });
    }
  });

  app.post(`${path}/activate`, posted(nameForm), async (c) => {
    const { id, at } = await room.place(c);
    const { name } = whole(c.req.valid("form"));
    await perform(front, c, activateScript, { id, name });
    return room.done(
      c,
      name === "" ? t("No script sorts the mail now.") : t("{name} sorts the mail now.", { name }),
      at,
    );
  });

  app.post(`${path}/remove`, posted(nameForm), async (c) => {
    const { id, at } = await room.place(c);
    const { name } = whole(c.req.valid("form"));
    await perform(front, c, removeScript, { id, name });
    return room.done(c, t("{name} is removed.", { name }), at);
  });
}

/** Stores what was written, under a new name where it was given one. */
async function save({ front }: ScriptRoom, c: WebContext, id: number, form: Form): Promise<string> {
  const { name, text, before, activate } = form;
  if (before === "" || before === name) await perform(front, c, putScript, { id, name, text });
  else {
    await perform(front, c, checkScript, { id, text });
    await perform(front, c, renameScript, { id, name: before, to: name });
    await perform(front, c, putScript, { id, name, text });
  }
  if (activate && id !== HOUSE) {
    await perform(front, c, activateScript, { id, name });
    return t("{name} is saved and sorts the mail.", { name });
  }
  return t("{name} is saved.", { name });
}

/** What is wrong with a script stands beside it. A fault goes on. */
function errorsOf(thrown: unknown): Errors {
  if (thrown instanceof SieveError) return { text: thrown.sentence };
  if (!(thrown instanceof Refusal)) throw thrown;
  return errorsFrom(thrown);
}

interface Shown {
  readonly id: number;
  readonly at: string;
  readonly writing?: ScriptsPart["writing"];
  readonly errors?: Errors;
  readonly checked?: readonly string[];
  readonly tried?: ScriptsPart["tried"];
}

const NEW: ScriptsPart["writing"] = { before: "", name: "", text: "", activate: false, message: "" };

async function show(room: ScriptRoom, c: WebContext, shown: Shown): Promise<Response> {
  const { id, at, writing, errors = {}, checked, tried } = shown;
  const { scripts } = await perform(room.front, c, listScripts, { id });
  const part: ScriptsPart = {
    ...{ at, csrf: c.get("csrf"), now: room.front.deps.now(), house: id === HOUSE, errors, checked },
    scripts: scripts.map(({ changedAt, ...row }) => ({ ...row, changedAt: Date.parse(changedAt) })),
    writing: writing ?? NEW,
    tried,
  };
  return await room.show(c, part, errors);
}
