/** What a reader should be told before he reads: in plain words, and only where something is wrong. */
import { domainToASCII } from "node:url";
import type { Warning } from "../../../views/webmail/message.tsx";
import { t } from "../../../views/words/words.ts";
import type { Author } from "./author.ts";
import { type Looks, mixesScripts } from "./look-alikes.ts";
import type { StoredMessage } from "./message.ts";
import { peopleOf, pretendsToBeAnother } from "./people.ts";
import type { Rendered } from "./rendering.ts";

/** Links of one kind that are named. */
const MOST_NAMED = 3;
/** Characters of a text in which links are looked for, and hosts of them that are looked at. */
const LONGEST_LOOKED = 200_000;
const MOST_HOSTS = 200;

/** Draws the sentences together, the worst first. @param looks what the domains look like that the reader knows */
export function warningsOf({ envelope }: StoredMessage, author: Author, looks: Looks, rendered: Rendered): Warning[] {
  const warnings: Warning[] = [];
  const from = peopleOf(envelope.from)[0];
  warnings.push(...senderWarnings(asciiDomain(from?.address ?? ""), looks));
  if (author.kind === "danger") warnings.push({ kind: "danger", words: author.words, why: true });
  if (from !== undefined && pretendsToBeAnother(from)) {
    const words = t(
      "The name of the sender looks like an address, but the message comes from another one: {address}.",
      {
        address: from.address,
      },
    );
    warnings.push({ kind: "warn", words });
  }
  if (envelope.from.length > 1) {
    const words = t("This message names several authors; only the first is shown. That is unusual.");
    warnings.push({ kind: "warn", words });
  }
  warnings.push(...linkWarnings(author, looks, rendered));
  if (rendered.kind === "text" && rendered.warning !== undefined)
    warnings.push({ kind: "warn", words: rendered.warning });
  return warnings;
}

/** The domain of an address in its ASCII form, in which imitations show. */
function asciiDomain(address: string): string {
  const domain = address.slice(address.lastIndexOf("@") + 1);
  return domainToASCII(domain) || domain;
}

function senderWarnings(domain: string, looks: Looks): Warning[] {
  const imitated = looks.imitated(domain);
  if (imitated !== undefined) {
    const words = t("The sender’s domain {domain} looks like {known}, but is another one. Be careful.", {
      ...{ domain, known: imitated },
    });
    return [{ kind: "danger", words }];
  }
  if (!mixesScripts(domain)) return [];
  const words = t("The sender’s domain {domain} mixes letters of several scripts, as imitations do.", { domain });
  return [{ kind: "warn", words }];
}

/** The hosts of the web addresses in a text, each once. */
function hostsIn(text: string): string[] {
  const hosts = new Set<string>();
  for (const [address] of text.slice(0, LONGEST_LOOKED).matchAll(/https?:\/\/[^\s<>"'()]{1,500}/gi)) {
    const host = URL.parse(address)?.hostname;
    if (host) hosts.add(host);
    if (hosts.size >= MOST_HOSTS) break;
  }
  return [...hosts];
}

function linkWarnings(author: Author, looks: Looks, rendered: Rendered): Warning[] {
  const hosts = rendered.kind === "html" ? rendered.hosts : hostsIn(rendered.text);
  const imitating = hosts.flatMap((host): Warning[] => {
    const known = looks.imitated(host);
    if (known !== undefined)
      return [
        {
          kind: "danger",
          words: t("A link leads to {host}, which looks like {known}, but is another one.", { host, known }),
        },
      ];
    return mixesScripts(host)
      ? [
          {
            kind: "warn",
            words: t("A link leads to {host}, which mixes letters of several scripts, as imitations do.", { host }),
          },
        ]
      : [];
  });
  // Newsletters count clicks by way of others; whoever is proven to have written one may.
  const misleading = author.kind === "ok" || rendered.kind !== "html" ? [] : rendered.misleading;
  const others = misleading.map(
    ({ says, leads }): Warning => ({
      kind: "warn",
      words: t("A link says {says}, but leads to {leads}.", { says, leads }),
    }),
  );
  return [...imitating.slice(0, MOST_NAMED), ...others.slice(0, MOST_NAMED)];
}
