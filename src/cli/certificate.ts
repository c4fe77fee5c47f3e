/** `gatepost certificate`: what HTTPS and mail with TLS show. */
import { readFileSync } from "node:fs";
import {
  issueCertificate,
  listCertificates,
  removeCertificate,
  uploadCertificate,
} from "../administration/server/certificates.ts";
import { Refusal } from "../refusal.ts";
import { type Command, type Context, printRows } from "./command.ts";

const COLUMNS = ["id", "names", "issuer", "inUse", "notAfter"];

/** A file that the server reads itself. @throws Refusal "notFound" */
export function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    throw new Refusal("notFound", `The server cannot read ${path}.`);
  }
}

async function list(context: Context): Promise<void> {
  printRows(context, (await context.perform(listCertificates, {})).certificates, COLUMNS);
}

export const certificate = {
  name: "certificate",
  summary: "The certificates for TLS.",
  actions: {
    list: {
      usage: "",
      summary: "Lists the certificates.",
      performs: [listCertificates],
      arity: [0, 0],
      run: list,
    },
    root: {
      usage: "",
      summary: "Prints the own authority's root certificate, for devices that should trust it.",
      performs: [listCertificates],
      arity: [0, 0],
      run: async (context) => {
        const { root } = await context.perform(listCertificates, {});
        context.out(context.json ? JSON.stringify(root) : root.pem.trimEnd());
      },
    },
    issue: {
      usage: "NAME…",
      summary: "Makes a certificate for these names under the own authority, and uses it.",
      performs: [issueCertificate],
      arity: [1, 50],
      run: async (context) => {
        await context.perform(issueCertificate, { names: [...context.args] });
        await list(context);
      },
    },
    install: {
      usage: "CHAIN.pem KEY.pem",
      summary: "Installs a certificate (first its own, then its chain) with its key. The server reads the files.",
      performs: [uploadCertificate],
      arity: [2, 2],
      run: async (context) => {
        const [chain = "", key = ""] = context.args;
        await context.perform(uploadCertificate, { chain: read(chain), key: read(key) });
        await list(context);
      },
    },
    remove: {
      usage: "ID [--anyway]",
      summary: "Removes a certificate from elsewhere; one that clients get now only with --anyway.",
      options: { anyway: { type: "boolean" } },
      performs: [removeCertificate],
      arity: [1, 1],
      run: async (context) => {
        await context.perform(removeCertificate, { id: context.args[0] ?? "", anyway: context.values.anyway === true });
        await list(context);
      },
    },
  },
} satisfies Command;
