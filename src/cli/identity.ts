/** `gatepost identity`: as whom somebody writes from webmail. */
import { listIdentities, removeIdentity, setIdentity } from "../administration/users/identities.ts";
import { type Command, printOne, printRows, textOf, UsageError } from "./command.ts";

const ABOUT = {
  name: { type: "string" },
  "reply-to": { type: "string" },
  organisation: { type: "string" },
  signature: { type: "string" },
  "signature-html": { type: "string" },
  default: { type: "boolean" },
} as const;

const FIELDS = {
  name: "name",
  "reply-to": "replyTo",
  organisation: "organisation",
  signature: "signature",
  "signature-html": "signatureHtml",
} as const;

export const identity = {
  name: "identity",
  summary: "As whom somebody writes from webmail: the addresses of his, with name, reply address and signatures.",
  actions: {
    list: {
      usage: "LOGIN",
      summary: "Lists as whom a user may write, the default first.",
      arity: [1, 1],
      performs: [listIdentities],
      run: async (context) => {
        const { identities } = await context.perform(listIdentities, { login: context.args[0] ?? "" });
        printRows(context, identities, ["address", "name", "isDefault", "replyTo", "organisation"]);
      },
    },
    set: {
      usage:
        "LOGIN ADDRESS [--name S] [--reply-to ADDRESS] [--organisation S] [--signature TEXT] [--signature-html HTML] [--default]",
      summary: "Changes what is said of an address; anna+shop@ is added so.",
      options: ABOUT,
      arity: [2, 2],
      performs: [setIdentity],
      run: async (context) => {
        const [login = "", address = ""] = context.args;
        const said = Object.entries(FIELDS).flatMap(([option, field]) => {
          const text = textOf(context.values, option);
          return text === undefined ? [] : [[field, text] as const];
        });
        const isDefault = context.values.default === true;
        if (said.length === 0 && !isDefault)
          throw new UsageError("Say what is to change: --name, --signature and so on.");
        const change = { ...Object.fromEntries(said), ...(isDefault && { isDefault: true as const }) };
        printOne(context, await context.perform(setIdentity, { login, address, ...change }));
      },
    },
    remove: {
      usage: "LOGIN ADDRESS",
      summary: "Forgets what was said of an address.",
      arity: [2, 2],
      performs: [removeIdentity],
      run: async (context) => {
        const [login = "", address = ""] = context.args;
        await context.perform(removeIdentity, { login, address });
        if (!context.json) context.out(`What was said of ${address} is forgotten.`);
      },
    },
  },
} satisfies Command;
