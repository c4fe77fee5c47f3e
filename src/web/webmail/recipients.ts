/** From whom and to whom a letter goes: checked as the transport will check it, so that its writer hears while he can still mend it. */
import { t } from "../../../views/words/words.ts";
import type { User } from "../../directory/directory.ts";
import { type Address, flatten, parseAddressList } from "../../mime/addresses.ts";
import { formatSpec } from "../../mime/write.ts";
import { Refusal } from "../../refusal.ts";
import type { Origin } from "../../transport/envelope.ts";
import { signedIn, type WebContext } from "../context.ts";
import type { WebDeps } from "../deps.ts";
import { oneLine } from "./names.ts";
import { webmailSettings } from "./settings.ts";

/** The fields of a letter that name people. */
export interface Named {
  readonly from: string;
  readonly to: string;
  readonly cc: string;
  readonly bcc: string;
}

/** The addresses of a letter, each checked. */
export interface Recipients {
  readonly from: Address;
  readonly to: readonly Address[];
  readonly cc: readonly Address[];
  readonly bcc: readonly Address[];
}

/** An address with the name that stands before it. */
export function addressNamed(name: string, address: string): Address {
  const at = address.lastIndexOf("@");
  return { name, local: address.slice(0, at), domain: address.slice(at + 1) };
}

/** The sender as the header names him. */
export function senderOf({ directory }: WebDeps, user: User, from: string): Address {
  return addressNamed(directory.identities.get(user.id, from)?.name ?? user.fullName, from);
}

/** Who hands in what is written here. */
export function originOf(c: WebContext): Origin {
  const { address } = c.get("client");
  const { user } = signedIn(c);
  return { kind: "web", protocol: "HTTP", remote: address, user, session: c.get("trace"), trace: c.get("trace") };
}

/** For a draft nothing is checked: it holds what was typed, as far as it can stand in a header. */
export function unjudged(deps: WebDeps, user: User, named: Named): Recipients {
  const list = (text: string) => flatten(parseAddressList(text));
  return {
    from: senderOf(deps, user, named.from),
    ...{ to: list(named.to), cc: list(named.cc), bcc: list(named.bcc) },
  };
}

/** Checks every address; what is wrong stands with its field. */
export async function judged(
  deps: WebDeps,
  user: User,
  named: Named,
  origin: Origin,
): Promise<{ readonly recipients: Recipients; readonly errors: Readonly<Record<string, string>> }> {
  const { directory, transport, store } = deps;
  const errors: Record<string, string> = {};
  const { from, to, cc, bcc } = unjudged(deps, user, named);
  if (!directory.maySendAs(user.id, formatSpec(from))) errors.from = t("This address is not yours to send from.");
  const { recipients: most } = store.settings.get(webmailSettings);
  const count = to.length + cc.length + bcc.length;
  if (count > most) errors.to = t("A message written here has at most {most} recipients.", { most });
  if (count === 0) errors.to = t("Say whom this is for.");
  // However many were typed, no more are looked up than may be written to.
  if (errors.to !== undefined) return { recipients: { from, to, cc, bcc }, errors };
  // Some addresses only a directory elsewhere knows.
  await transport.lookUp(...[...to, ...cc, ...bcc].map(formatSpec));
  const good = (field: "to" | "cc" | "bcc", list: readonly Address[]): Address[] =>
    list.filter((address) => {
      const wrong = whatIsWrong(address, (spec) => transport.checkRecipient(spec, origin));
      if (wrong !== undefined) errors[field] ??= wrong;
      return wrong === undefined;
    });
  return { recipients: { from, to: good("to", to), cc: good("cc", cc), bcc: good("bcc", bcc) }, errors };
}

function whatIsWrong(address: Address, check: (spec: string) => void): string | undefined {
  const spec = formatSpec(address);
  if (address.local === "" || address.domain === "")
    return t("“{text}” is not an address.", { text: oneLine(address.name || spec, 100) });
  try {
    check(spec);
    return undefined;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return t(error.sentence);
  }
}
