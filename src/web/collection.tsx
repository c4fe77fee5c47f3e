/** The pages of mail from elsewhere as the administration and the options of webmail have them: what their forms take, and what is shown. */
import type { Hono } from "hono";
import { z } from "zod";
import { CollectionList, type CollectionPart } from "../../views/parts/collection.tsx";
import { t } from "../../views/words/words.ts";
import {
  addCollection,
  type CollectionView,
  listCollection,
  lookCollection,
  removeCollection,
  setCollection,
  testCollection,
} from "../administration/mail/collection.ts";
import { Refusal } from "../refusal.ts";
import { accountSchema, PROVIDERS } from "../transport/collect/account.ts";
import type { WebContext, WebEnv } from "./context.ts";
import { asked, type Errors, errorsFrom, type Fields, lines, posted, ticked } from "./form.ts";
import { perform } from "./performing.ts";
import type { Front } from "./site.ts";

const count = (what: string) =>
  z
    .string()
    .trim()
    .regex(/^\d{0,5}$/, `${what} is a number, or nothing.`)
    .transform((text) => (text === "" ? null : Number(text)));

const owners = {
  provider: z.string().max(50).default(""),
  protocol: z.enum(["imap", "pop3"]).default("imap"),
  host: z.string().trim().default(""),
  tls: z.enum(["implicit", "starttls", "none"]).default("implicit"),
  port: count("A port").default(null),
  login: z.string().trim(),
  secret: z.string().default(""),
  folders: lines.default(["INBOX"]),
  keepDays: count("The time").default(null),
  minutes: count("The time").default(10),
  idle: ticked,
  existing: ticked,
  name: z.string().default(""),
  enabled: ticked,
};
const managers = {
  routing: z.enum(["mailbox", "headers"]).default("mailbox"),
  recipientFields: lines,
  auth: z.enum(["password", "oauth2"]).default("password"),
  tokenUrl: z.string(),
  clientId: z.string(),
  clientSecret: z.string(),
  trustedHops: count("The number of steps"),
  verify: ticked,
  local: ticked,
};
const ownersForm = z.strictObject(owners);
const managersForm = z.strictObject({ ...owners, ...z.object(managers).partial().shape });
const accountQuery = z.object({
  account: z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .catch(0),
});

type Form = z.output<typeof managersForm>;

/** Where the pages stand: whose mailbox they are about, and how they are answered. */
export interface CollectionRoom {
  readonly front: Front;
  /** The page's path for the router. */
  readonly path: string;
  /** Whoever asks looks after the owner. */
  readonly manager: boolean;
  /** The mailbox of a request, and the page's address. @throws Refusal where whoever asks has no business here */
  place(c: WebContext): Promise<{ readonly id: number; readonly at: string }>;
  show(c: WebContext, part: CollectionPart, errors: Errors): Response | Promise<Response>;
  done(c: WebContext, text: string, to: string): Response;
}

export function collectionPages(app: Hono<WebEnv>, room: CollectionRoom): void {
  const { front, path } = room;
  const one = `${path}/:account{\\d+}`;
  const accountOf = async (c: WebContext) => ({ ...(await room.place(c)), account: Number(c.req.param("account")) });

  app.get(path, asked(accountQuery), async (c) => {
    const { id, at } = await room.place(c);
    return await show(room, c, { id, at, account: c.req.valid("query").account });
  });

  app.get(`${path}/status`, async (c) => {
    const { id, at } = await room.place(c);
    return c.html(<CollectionList part={await partOf(room, c, { id, at })} />);
  });

  app.post(path, posted(room.manager ? managersForm : ownersForm), async (c) => {
    const { id, at } = await room.place(c);
    const form = c.req.valid("form");
    const shown = { id, at, fields: form.fields };
    if (!form.ok) return await show(room, c, { ...shown, errors: form.errors });
    try {
      const { existing } = form.value;
      const made = await perform(front, c, addCollection, { ...inputFrom(form.value), existing, id });
      return room.done(c, t("Mail is collected from {label}.", { label: made.label }), at);
    } catch (thrown) {
      return await show(room, c, { ...shown, errors: errorsOf(thrown) });
    }
  });

  app.post(one, posted(room.manager ? managersForm : ownersForm), async (c) => {
    const { id, at, account } = await accountOf(c);
    const form = c.req.valid("form");
    const shown = { id, at, account, fields: form.fields };
    if (!form.ok) return await show(room, c, { ...shown, errors: form.errors });
    try {
      const after = await perform(front, c, setCollection, { ...inputFrom(form.value), id, account });
      return room.done(c, t("{label} is changed.", { label: after.label }), at);
    } catch (thrown) {
      return await show(room, c, { ...shown, errors: errorsOf(thrown) });
    }
  });

  app.post(`${one}/look`, async (c) => {
    const { id, at, account } = await accountOf(c);
    await perform(front, c, lookCollection, { id, account, wait: false });
    return room.done(c, t("Mail is being collected."), at);
  });

  app.post(`${one}/test`, async (c) => {
    const { id, at, account } = await accountOf(c);
    const tried = await perform(front, c, testCollection, { id, account });
    return await show(room, c, { id, at, tried });
  });

  app.post(`${one}/remove`, async (c) => {
    const { id, at, account } = await accountOf(c);
    await perform(front, c, removeCollection, { id, account });
    return room.done(c, t("No more mail is collected from there. What was collected stays."), at);
  });
}

/** What a form says, as the operations take it; what was left empty stays as it is. */
function inputFrom({ provider, secret, minutes, existing: _, clientSecret, trustedHops, ...form }: Form) {
  const known = PROVIDERS.find(({ key }) => key === provider);
  const usual = known === undefined ? "" : ((form.protocol === "pop3" ? known.pop3 : known.imap) ?? "");
  return {
    ...form,
    host: form.host === "" ? usual : form.host,
    minutes: minutes ?? 10,
    ...(secret !== "" && { secret }),
    ...(clientSecret !== undefined && clientSecret !== "" && { clientSecret }),
    ...(trustedHops !== undefined && { trustedHops: trustedHops ?? 0 }),
  };
}

function errorsOf(thrown: unknown): Errors {
  if (!(thrown instanceof Refusal) || thrown.kind === "notFound" || thrown.kind === "notPermitted") throw thrown;
  return errorsFrom(thrown);
}

interface Shown {
  readonly id: number;
  readonly at: string;
  readonly account?: number;
  readonly fields?: Fields;
  readonly errors?: Errors;
  readonly tried?: CollectionPart["tried"];
}

async function show(room: CollectionRoom, c: WebContext, shown: Shown): Promise<Response> {
  return await room.show(c, await partOf(room, c, shown), shown.errors ?? {});
}

async function partOf(room: CollectionRoom, c: WebContext, shown: Shown): Promise<CollectionPart> {
  const { id, at, account = 0, fields, errors = {}, tried } = shown;
  const { accounts } = await perform(room.front, c, listCollection, { id });
  const changed = accounts.find((one) => one.id === account);
  const values = changed ?? { ...accountSchema.parse({ host: "none", login: "none" }), host: "", login: "" };
  return {
    ...{ at, csrf: c.get("csrf"), now: room.front.deps.now(), manager: room.manager, errors, tried },
    accounts: accounts.map(rowOf),
    providers: PROVIDERS,
    account: changed?.id ?? 0,
    hasSecret: changed?.hasSecret === true,
    fields: fields ?? fieldsOf(values),
  };
}

function rowOf({ protocol, host, lastRunAt, ...one }: CollectionView): CollectionPart["accounts"][number] {
  const where = `${host}, ${protocol.toUpperCase()}`;
  return { ...one, where, lastRunAt: lastRunAt === null ? null : Date.parse(lastRunAt) };
}

/** The values of an account as a form has them. */
function fieldsOf(values: z.output<typeof accountSchema>): Fields {
  return Object.fromEntries(
    Object.keys(accountSchema.shape).flatMap((name) => {
      const value = values[name as keyof typeof values];
      if (value === false) return [];
      return [[name, Array.isArray(value) ? value.join("\n") : value === true ? "on" : String(value ?? "")]];
    }),
  );
}
