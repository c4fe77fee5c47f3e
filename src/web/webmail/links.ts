/**
 * What the links of a message say and where they lead. A link whose text is the address of one site and that leads to another is marked,
 * in the message itself, where its author cannot reach the mark. Works on what the sanitiser wrote: called by sanitise.ts, on its thread.
 */
import { decodeEntities } from "../../mime/entities.ts";

/** A link that says another site than it leads to. */
export interface Misleading {
  readonly says: string;
  readonly leads: string;
}

export interface Marked {
  readonly html: string;
  readonly misleading: readonly Misleading[];
  /** Every host that links lead to. */
  readonly hosts: readonly string[];
}

/** Hosts of one message that are told of; a newsletter has some dozens. */
const MOST_HOSTS = 200;
const MOST_MISLEADING = 20;
const LONGEST_TEXT = 300;

const LINK = /<a [^>]*?href="(https?:\/\/[^"]*)"[^>]*>([\s\S]*?)<\/a>/g;
/** A text that is an address: with a scheme, or a host name that stands alone or before a path. */
const ADDRESS =
  /^(?:https?:\/\/(?:www\.)?|www\.)?((?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,62})\.)+\p{L}{2,24})(?::\d+)?(?:[/?#]\S*)?$/iu;

/**
 * Marks them. @param site gives what is somebody's own of a host name (its registered domain)
 * @param mark the class of the mark, which the message cannot know
 */
export function markLinks(html: string, site: (host: string) => string | null, mark: string): Marked {
  const hosts = new Set<string>();
  const misleading: Misleading[] = [];
  const marked = html.replace(LINK, (link, address: string, inner: string) => {
    const leads = URL.parse(decodeEntities(address))?.hostname ?? "";
    if (hosts.size < MOST_HOSTS) hosts.add(leads);
    const says = saidHost(inner);
    if (says === undefined || leads === "" || sameSite(says, leads, site)) return link;
    if (misleading.length < MOST_MISLEADING) misleading.push({ says, leads });
    return `${link}<span class="${mark}">\u2192 ${leads.replace(/[^\w.:[\]-]/g, "")}</span>`;
  });
  return { html: marked, misleading, hosts: [...hosts] };
}

/** The host that the text of a link names, in its ASCII form; undefined where it names none. */
function saidHost(inner: string): string | undefined {
  if (inner.length > LONGEST_TEXT * 20) return undefined;
  const text = decodeEntities(inner.replace(/<[^>]*>/g, "")).trim();
  if (text.length > LONGEST_TEXT) return undefined;
  const host = ADDRESS.exec(text)?.[1];
  return host === undefined ? undefined : URL.parse(`http://${host}`)?.hostname;
}

function sameSite(one: string, other: string, site: (host: string) => string | null): boolean {
  if (one === other) return true;
  const [first, second] = [site(one), site(other)];
  // What ends in no known suffix is a file's name, or a sentence without a blank.
  return first === null || first === second;
}
