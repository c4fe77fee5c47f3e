/** The regions of the page about mail from elsewhere: what is set about an account, and the usual providers. */
import { accountSchema, PROVIDERS } from "../../src/transport/collect/account.ts";
import { code, table } from "./regions.ts";

function properties(): string {
  const usual: Record<string, unknown> = accountSchema.parse({ host: "x", login: "x" });
  const initially = (name: string) => {
    const value = usual[name];
    if (name === "host" || name === "login") return "";
    return value === null ? code("none") : code(Array.isArray(value) ? value.join(",") : String(value));
  };
  const rows = Object.entries(accountSchema.shape).map(([name, { description = "" }]) => [
    code(name),
    initially(name) === code("") ? "" : initially(name),
    description,
  ]);
  return table(["property", "initially", "what it says"], rows);
}

const providers = () =>
  table(
    ["provider", "IMAP", "POP3", "to know"],
    PROVIDERS.map(({ label, imap, pop3, hint }) => [label, code(imap), pop3 === undefined ? "" : code(pop3), hint]),
  );

export const collectionMakers: readonly [string, () => string][] = [
  ["collection.properties", properties],
  ["collection.providers", providers],
];
