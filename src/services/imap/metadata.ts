/**
 * Annotations as IMAP shows them (RFC 5464): names of entries, who reaches which, and how they are told. What is kept is the
 * mailstore's; two entries are looked up instead: /shared/admin of the server, and /private/specialuse of a folder (RFC 6154 §5.4).
 */
import type { Annotation, AnnotationPlace } from "../../mailstore/annotations.ts";
import { annotationsChanged } from "../../mailstore/changes.ts";
import type { Parser } from "./parse.ts";
import { noFolder, notAllowed, type Place } from "./places.ts";
import { astringOf, folderNameOf } from "./respond.ts";
import type { Session } from "./session.ts";

/** Characters that an entry's name may have, and the levels below /private or /shared. */
const LONGEST_NAME = 1_024;
const MOST_LEVELS = 16;
/** Entries that are remembered for being told: more than a client that reads its answers ever has waiting. */
const MOST_NEWS = 5_000;

/** The administrator's address (RFC 5464 §6.2.1). */
const ADMIN = "/shared/admin";
/** What a folder is for (RFC 6154 §5.4). */
export const SPECIAL_USE = "/private/specialuse";

/** How far below an entry is looked. */
export type Depth = 0 | 1 | "infinity";

/** Reads an entry's name, in small letters (RFC 5464 §3.2). */
export function entryName(p: Parser): string {
  const name = p.text8("the name of an entry").toLowerCase();
  const levels = name.split("/").slice(1);
  const wrong =
    !/^\/(private|shared)(\/|$)/.test(name) ||
    /[^\x20-\x7e]|[*%]/.test(name) ||
    levels.some((level) => level === "") ||
    name.length > LONGEST_NAME ||
    levels.length > MOST_LEVELS;
  return wrong ? p.fail("An entry is called /private/… or /shared/…, without *, % and empty levels") : name;
}

/** Where the entries of a name are kept: with a folder, or (undefined) with the account. */
export function annotationPlace(session: Session, place: Place | undefined, entry: string): AnnotationPlace {
  const user = entry.startsWith("/private") ? (session.login?.user.id ?? 0) : 0;
  return { folder: place?.folder.id ?? 0, user };
}

/** Whether somebody with these rights reaches a folder's annotations at all (RFC 5464 §3.3). */
export function mayAnnotate({ rights }: Pick<Place, "rights">): boolean {
  return rights.includes("l") && /[rswip]/.test(rights);
}

/** The folder of a name, for its annotations; undefined for "", the account as a whole. @throws No "NONEXISTENT", "NOPERM" */
export function annotated(session: Session, name: string): Place | undefined {
  if (name === "") return undefined;
  const place = session.places.find(name);
  if (place === undefined || !place.rights.includes("l")) throw noFolder(name);
  if (!mayAnnotate(place)) throw notAllowed(name);
  return place;
}

/** The entry, and those below it as deep as is wanted. An entry without a value is told where it alone was asked for. */
export function lookUp(
  session: Session,
  place: Place | undefined,
  entry: string,
  depth: Depth,
): { readonly entry: string; readonly value: Uint8Array | undefined }[] {
  const ground = annotationPlace(session, place, entry);
  const { annotations } = session.mailstore;
  const value = madeUp(session, place, entry) ?? annotations.value(ground, entry);
  if (depth === 0) return [{ entry, value }];
  const levels = entry.split("/").length;
  const below: Annotation[] = [...annotations.below(ground, entry)];
  for (const name of [ADMIN, SPECIAL_USE]) {
    const made = name.startsWith(`${entry}/`) ? madeUp(session, place, name) : undefined;
    if (made !== undefined) below.push({ entry: name, value: made });
  }
  const near = below.filter((each) => depth === "infinity" || each.entry.split("/").length === levels + 1);
  return value === undefined ? near : [{ entry, value }, ...near];
}

/** Values that are looked up instead of kept. */
function madeUp(session: Session, place: Place | undefined, entry: string): Uint8Array | undefined {
  if (entry === SPECIAL_USE && place?.mailbox === session.mailbox && place.folder.specialUse !== undefined) {
    return Buffer.from(`\\${place.folder.specialUse}`);
  }
  if (entry !== ADMIN || place !== undefined) return undefined;
  const [domain] = session.directory.domains.list();
  return domain && Buffer.from(`mailto:postmaster@${domain.name}`);
}

/** Sends a METADATA response with values. */
export function tellMetadata(
  { out, enabled }: Session,
  name: string,
  found: readonly { readonly entry: string; readonly value: Uint8Array | undefined }[],
): void {
  if (found.length === 0) return;
  out.ascii("* METADATA ").text(nameOf(name, enabled.utf8)).ascii(" (");
  for (const [at, { entry, value }] of found.entries()) {
    out.ascii(`${at === 0 ? "" : " "}${astringOf(entry)} `);
    if (value === undefined) out.ascii("NIL");
    else if (value.length < 1024 && value.every((octet) => octet >= 0x20 && octet < 0x7f)) {
      out.ascii(`"${Buffer.from(value).toString("latin1").replace(/["\\]/g, "\\$&")}"`);
    } else out.ascii(`${value.includes(0) ? "~" : ""}{${value.length}}\r\n`).bytes(value);
  }
  out.ascii(")\r\n");
}

const nameOf = (name: string, utf8: boolean) => (name === "" ? '""' : folderNameOf(name, utf8));

/** What others changed, for a client that wants to know: the names of entries, until they are told (RFC 5464 §4.4.2). */
export class MetadataNews {
  /** Called when there is something to tell. */
  onNews: (() => void) | undefined;
  /** By folder; 0 for the account as a whole. */
  readonly #changed = new Map<number, Set<string>>();
  #count = 0;
  readonly #unlisten: () => void;

  /** @param wants whether the client wants to know of a folder's, or (undefined) of the account's */
  constructor(
    private readonly session: Session,
    wants: (place: Place | undefined) => boolean,
  ) {
    this.#unlisten = session.store.changes.on(annotationsChanged, ({ folder, user, entry, origin }) => {
      if (session.isMine(origin) || (user !== 0 && user !== session.login?.user.id)) return;
      const place = this.#placeOf(folder);
      if (place !== "hidden" && wants(place)) this.#note(folder, entry);
    });
  }

  /** The folder, if its annotations may be seen. */
  #placeOf(folder: number): Place | undefined | "hidden" {
    if (folder === 0) return undefined;
    const place = this.session.places.ofFolder(folder);
    return place && mayAnnotate(place) ? place : "hidden";
  }

  #note(folder: number, entry: string): void {
    const entries = this.#changed.get(folder) ?? new Set();
    if (entries.has(entry) || this.#count >= MOST_NEWS) return;
    this.#changed.set(folder, entries.add(entry));
    this.#count++;
    this.onNews?.();
  }

  /** Names the entries that changed, without their values, in those folders of which the user may still see them. */
  tell(wanted: (place: Place | undefined) => boolean = () => true): void {
    for (const [folder, entries] of [...this.#changed]) {
      const place = this.#placeOf(folder);
      if (place !== "hidden" && !wanted(place)) continue;
      this.#changed.delete(folder);
      this.#count -= entries.size;
      if (place === "hidden") continue;
      const name = nameOf(place?.name ?? "", this.session.utf8);
      this.session.untagged(`METADATA ${name} ${[...entries].map(astringOf).join(" ")}`);
    }
  }

  close(): void {
    this.#unlisten();
  }
}
