/** `gatepost mailbox`: addressable stores of mail, with every property they have. */

import { listFolderShares, shareFolder, unshareFolder } from "../administration/mail/folder-shares.ts";
import { mailboxChange } from "../administration/mail/mailbox-rules.ts";
import type { FolderShare, MailboxView } from "../administration/mail/mailbox-view.ts";
import {
  addMailbox,
  choosePrimaryAddress,
  findMailbox,
  listMailboxes,
  passwordOfMailbox,
  removeMailbox,
  setMailbox,
  showMailbox,
} from "../administration/mail/mailboxes.ts";
import { PRESET_NAMES } from "../administration/mail/rights.ts";
import { listShares, shareMailbox, unshareMailbox } from "../administration/mail/shares.ts";
import { mailboxArchive } from "./archive.ts";
import {
  type Command,
  type Context,
  everyPage,
  passwordFrom,
  printOne,
  printRows,
  textOf,
  textsOf,
  UsageError,
} from "./command.ts";
import { mailboxFolder } from "./folder.ts";
import { mailboxFiles } from "./mail-files.ts";
import { changeFrom, mailboxNamed, rulesText } from "./mailbox-words.ts";
import { propertiesOf, valueFor } from "./properties.ts";

const LIST_OPTIONS = {
  search: { type: "string" },
  owner: { type: "string" },
  group: { type: "string" },
  sort: { type: "string" },
  descending: { type: "boolean" },
} as const;

const FOLDER_OPTIONS = { folder: { type: "string" }, withhold: { type: "boolean" } } as const;

const PROPERTIES = [...propertiesOf(mailboxChange), "expiry.FOLDER"];

const found = (context: Context): Promise<number> => mailboxNamed(context, context.args[0] ?? "");

async function add(context: Context): Promise<void> {
  const [owner = "", ...words] = context.args;
  const description = textOf(context.values, "description");
  const properties = await changeFrom(mailboxChange.omit({ owner: true }), words, async () => []);
  const made = await context.perform(addMailbox, {
    ...properties,
    owner,
    addresses: textsOf(context.values, "address"),
    ...(description !== undefined && { description }),
  });
  if (context.json) printOne(context, made);
  else context.out(`Created mailbox ${made.id}${made.addresses.length > 0 ? `: ${made.label}` : ""}`);
}

async function set(context: Context): Promise<void> {
  const id = await found(context);
  const rules = async () => (await context.perform(showMailbox, { id })).expiry;
  const change = await changeFrom(mailboxChange, context.args.slice(1), rules);
  const after = await context.perform(setMailbox, { id, ...change });
  if (context.json) printOne(context, after);
}

async function list(context: Context): Promise<void> {
  const { shape } = listMailboxes.input;
  const wishes = Object.fromEntries(
    (["search", "owner", "group", "sort"] as const).flatMap((name) => {
      const text = textOf(context.values, name);
      return text === undefined ? [] : [[name, valueFor(shape[name], text)]];
    }),
  );
  const descending = context.values.descending === true;
  const rows = await everyPage(
    async (page) => (await context.perform(listMailboxes, { ...wishes, ...page, descending })).mailboxes,
  );
  printRows(context, context.json ? rows : rows.map(({ fill, ...row }) => ({ ...row, full: percent(fill) })), [
    "id",
    "owner",
    "description",
    "addresses",
    "messages",
    "size",
    "full",
  ]);
}

async function show(context: Context): Promise<void> {
  const view = await context.perform(showMailbox, { id: await found(context) });
  if (context.json) return printOne(context, view);
  printOne(context, flat(view));
  context.out("");
  printRows(context, view.folders, ["name", "messages", "unseen", "size", "specialUse"]);
}

/** A mailbox for a person's eyes: a line each property, named as `mailbox set` takes it. */
function flat(view: MailboxView): Record<string, unknown> {
  const { quota, forwarding, autoresponder, effectiveQuota, effectiveExpiry } = view;
  const within = (name: string, values: object) =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [`${name}.${key}`, value]));
  return {
    ...{ id: view.id, owner: view.owner, description: view.description, login: view.login },
    ...{ hasPassword: view.hasPassword, group: view.group },
    addresses: view.addresses.map(addressText),
    ...{ messages: view.messages, size: view.size, full: percent(view.fill) },
    ...within("quota", quota),
    ...(view.group === null ? {} : { "limits that hold": limitsText(effectiveQuota) }),
    ...within("forwarding", forwarding),
    ...within("autoresponder", autoresponder),
    expiry: rulesText(view.expiry),
    ...(view.group === null ? {} : { "expiry that holds": rulesText(effectiveExpiry) }),
    shares: view.shares.map(({ login, rights, preset }) => `${login} (${preset ?? rights})`),
    folderShares: view.folderShares.map(
      ({ folder, name, rights, preset }) => `${folder}: ${name} (${preset ?? rights})`,
    ),
    ownReadMarks: view.ownReadMarks,
  };
}

function addressText({ address, primary, expiresAt, ended }: MailboxView["addresses"][number]): string {
  const about = [
    primary ? "return address" : "",
    expiresAt === null ? "" : ended ? `ended ${expiresAt}` : `until ${expiresAt}`,
  ].filter(Boolean);
  return about.length === 0 ? address : `${address} (${about.join(", ")})`;
}

function limitsText({ messages, octets }: MailboxView["quota"]): string {
  const parts = [messages === null ? "" : `${messages} messages`, octets === null ? "" : `${octets} octets`];
  return parts.filter(Boolean).join(", ") || "none";
}

function percent(fill: number | null): string {
  return fill === null ? "" : `${Math.round(fill * 100)} %`;
}

async function password(context: Context): Promise<void> {
  const id = await found(context);
  const isTaken = context.values.none === true;
  await context.perform(passwordOfMailbox, { id, password: isTaken ? null : await passwordFrom(context) });
  if (!context.json) context.out(isTaken ? "The password is taken away." : "The password is set.");
}

export const mailbox = {
  name: "mailbox",
  summary: "Mailboxes and their folders. MAILBOX is a number, a user's login name or an address.",
  actions: {
    add: {
      usage: "OWNER [--address A]… [--description S] [PROPERTY=VALUE…]",
      summary: "Creates a further mailbox for a user.",
      options: { description: { type: "string" }, address: { type: "string", multiple: true } },
      arity: [1, 100],
      performs: [addMailbox],
      run: add,
    },
    set: {
      usage: "MAILBOX PROPERTY=VALUE…",
      summary: "Changes properties. Sizes take K, M and G; rules of expiry are written like INBOX:90:archive.",
      properties: PROPERTIES,
      arity: [2, 100],
      performs: [findMailbox, setMailbox],
      run: set,
    },
    list: {
      usage: "[--search TEXT] [--owner LOGIN] [--group NAME] [--sort COLUMN] [--descending]",
      summary: "Lists the mailboxes.",
      options: LIST_OPTIONS,
      arity: [0, 0],
      performs: [listMailboxes],
      run: list,
    },
    show: {
      usage: "MAILBOX",
      summary: "Shows every property of a mailbox, and its folders.",
      arity: [1, 1],
      performs: [findMailbox, showMailbox],
      run: show,
    },
    remove: {
      usage: "MAILBOX",
      summary: "Removes a further mailbox with all its mail.",
      arity: [1, 1],
      performs: [findMailbox, removeMailbox],
      run: async (context) => {
        const id = await found(context);
        await context.perform(removeMailbox, { id });
        if (!context.json) context.out(`Removed mailbox ${id}`);
      },
    },
    password: {
      usage: "MAILBOX --password-stdin | --none",
      summary: "Sets the password of a mailbox's own login name, or takes it away.",
      options: { "password-stdin": { type: "boolean" }, none: { type: "boolean" } },
      arity: [1, 1],
      performs: [findMailbox, passwordOfMailbox],
      run: password,
    },
    primary: {
      usage: "MAILBOX ADDRESS",
      summary: "Makes one of its addresses the return address.",
      arity: [2, 2],
      performs: [findMailbox, choosePrimaryAddress],
      run: async (context) => {
        const address = context.args[1] ?? "";
        await context.perform(choosePrimaryAddress, { id: await found(context), address });
      },
    },
    share: {
      usage: "MAILBOX LOGIN RIGHTS [--folder NAME [--withhold]]",
      summary: `Lets a user, or anyone, reach the mailbox or one folder, or withholds rights there. RIGHTS is ${PRESET_NAMES.join(", ")}, letters of RFC 4314, or for a folder none.`,
      options: FOLDER_OPTIONS,
      arity: [3, 3],
      performs: [findMailbox, shareMailbox, shareFolder],
      run: async (context) => {
        const [, login = "", rights = ""] = context.args;
        if (login === "") throw new UsageError("Name the user.");
        const id = await found(context);
        const folder = folderIn(context, login);
        if (folder === undefined) printShares(context, await context.perform(shareMailbox, { id, login, rights }));
        else printShares(context, await context.perform(shareFolder, { id, ...folder, rights }));
      },
    },
    shares: {
      usage: "MAILBOX",
      summary: "Lists who else reaches the mailbox or single folders of it, and with which rights.",
      arity: [1, 1],
      performs: [findMailbox, listShares, listFolderShares],
      run: async (context) => {
        const id = await found(context);
        const whole = await context.perform(listShares, { id });
        printShares(context, { ...whole, ...(await context.perform(listFolderShares, { id })) });
      },
    },
    archive: mailboxArchive,
    ...mailboxFiles,
    folder: mailboxFolder,
    unshare: {
      usage: "MAILBOX LOGIN [--folder NAME [--withhold]]",
      summary: "Takes a user's rights on the mailbox away, or lets them hold in a folder that had others.",
      options: FOLDER_OPTIONS,
      arity: [2, 2],
      performs: [findMailbox, unshareMailbox, unshareFolder],
      run: async (context) => {
        const login = context.args[1] ?? "";
        const id = await found(context);
        const folder = folderIn(context, login);
        if (folder === undefined) printShares(context, await context.perform(unshareMailbox, { id, login }));
        else printShares(context, await context.perform(unshareFolder, { id, ...folder }));
      },
    },
  },
} satisfies Command;

/** The folder that is meant, and whose rights in it; undefined for the whole mailbox. */
function folderIn({ values }: Context, login: string): { folder: string; name: string } | undefined {
  const folder = textOf(values, "folder");
  const withheld = values.withhold === true;
  if (folder !== undefined) return { folder, name: withheld ? `-${login}` : login };
  if (withheld) throw new UsageError("Rights are withheld in a folder: name it with --folder.");
  return undefined;
}

/** Who reaches the mailbox and single folders of it; a folder stands beside those who have rights on it alone. */
function printShares(context: Context, { shares = [], folderShares = [] }: Partial<MailboxView>): void {
  const rows = [...shares, ...folderShares.map(({ name, ...share }: FolderShare) => ({ login: name, ...share }))];
  if (context.json) context.out(JSON.stringify(rows));
  else printRows(context, rows, ["login", "rights", "preset", ...(folderShares.length > 0 ? ["folder"] : [])]);
}
