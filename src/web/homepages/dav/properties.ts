/** Properties of files and folders as PROPFIND shows them (RFC 4918 §15, RFC 4331 §3). */
import type { Entry } from "../../../files/files.ts";
import { type Element, escapeXml, writeXml } from "../../../mime/xml.ts";
import { httpDate } from "../conditions.ts";
import { typeOf } from "../types.ts";
import { type Desk, hrefOf } from "./desk.ts";
import type { Lock } from "./locks.ts";
import { DAV } from "./xml.ts";

/** The name of a property. */
export interface PropertyName {
  readonly namespace: string;
  readonly name: string;
}

/** What PROPFIND asks for. */
export type Wish =
  | { readonly kind: "names" }
  | { readonly kind: "all"; readonly also: readonly PropertyName[] }
  | { readonly kind: "some"; readonly names: readonly PropertyName[] };

const LOCK_ENTRIES = ["exclusive", "shared"]
  .map(
    (scope) => `<D:lockentry><D:lockscope><D:${scope}/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockentry>`,
  )
  .join("");

type Live = (desk: Desk, entry: Entry, path: string) => string | undefined;

/** What the server itself knows. Undefined: this one has no such property. */
const LIVE: Readonly<Record<string, Live>> = {
  resourcetype: (_, { kind }) => (kind === "folder" ? "<D:collection/>" : ""),
  getcontentlength: (_, { kind, size }) => (kind === "folder" ? undefined : String(size)),
  getcontenttype: (_, { kind, name }) => (kind === "folder" ? undefined : escapeXml(typeOf(name))),
  getetag: (_, { kind, version }) => (kind === "folder" ? undefined : `"${version}"`),
  getlastmodified: (_, { modified }) => httpDate(modified),
  // The disk does not know when a file came to be; its last change is the latest that can have been.
  creationdate: (_, { modified }) => new Date(modified).toISOString().replace(/\.\d+Z$/, "Z"),
  supportedlock: () => LOCK_ENTRIES,
  lockdiscovery: (desk, _, path) =>
    desk.locks
      .on(path)
      .map((lock) => activeLock(desk, lock))
      .join(""),
};

/** Only where they are asked for by name: they cost more, or mean nothing to most (RFC 4331 §3 asks for that). */
const ON_REQUEST: Readonly<Record<string, Live>> = {
  "quota-used-bytes": (desk, { kind }) => (kind === "folder" ? String(desk.quota().used) : undefined),
  "quota-available-bytes": (desk, { kind }) => {
    const { free } = desk.quota();
    return kind === "folder" && free !== undefined ? String(free) : undefined;
  },
};

/** Whether a property is the server's, and not to be set (RFC 4918 §15). */
export const isLive = ({ namespace, name }: PropertyName): boolean =>
  namespace === DAV && (Object.hasOwn(LIVE, name) || Object.hasOwn(ON_REQUEST, name));

/** One lock (RFC 4918 §14.1). */
export const activeLock = (desk: Desk, lock: Lock): string => {
  const seconds = Math.min(lock.seconds, Math.max(0, Math.ceil((lock.until - desk.now) / 1_000)));
  return [
    `<D:activelock><D:locktype><D:write/></D:locktype><D:lockscope><D:${lock.scope}/></D:lockscope>`,
    `<D:depth>${lock.deep ? "infinity" : "0"}</D:depth>`,
    lock.owner === "" ? "" : `<D:owner>${lock.owner}</D:owner>`,
    `<D:timeout>Second-${seconds}</D:timeout><D:locktoken><D:href>${lock.token}</D:href></D:locktoken>`,
    `<D:lockroot><D:href>${escapeXml(hrefOf(desk, lock.root, false))}</D:href></D:lockroot></D:activelock>`,
  ].join("");
};

const emptyElement = ({ namespace, name }: PropertyName): string =>
  writeXml({ namespace, name, attributes: [], children: [], language: "" } satisfies Element);

/** What is said of one file or folder: a response of a multistatus. */
export const responseFor = (desk: Desk, entry: Entry, path: string, wish: Wish): string => {
  const dead = desk.dead.of(desk.user.id, path);
  const found: string[] = [];
  const missing: string[] = [];
  const live = (name: string): string | undefined => (LIVE[name] ?? ON_REQUEST[name])?.(desk, entry, path);
  const one = ({ namespace, name }: PropertyName): void => {
    const value = namespace === DAV && isLive({ namespace, name }) ? live(name) : undefined;
    const kept = dead.find((property) => property.namespace === namespace && property.name === name);
    if (value !== undefined) found.push(value === "" ? `<D:${name}/>` : `<D:${name}>${value}</D:${name}>`);
    else if (kept !== undefined) found.push(kept.element);
    else missing.push(emptyElement({ namespace, name }));
  };
  const there = Object.keys(LIVE).filter((name) => live(name) !== undefined);
  if (wish.kind === "names") {
    found.push(...there.map((name) => `<D:${name}/>`), ...dead.map(emptyElement));
  } else if (wish.kind === "all") {
    for (const name of there) one({ namespace: DAV, name });
    found.push(...dead.map(({ element }) => element));
    for (const also of wish.also) if (!there.includes(also.name)) one(also);
  } else for (const name of wish.names) one(name);
  const stats = [propstat(found, "200 OK"), propstat(missing, "404 Not Found")];
  const some = stats.some((text) => text !== "")
    ? stats.join("")
    : "<D:propstat><D:prop/><D:status>HTTP/1.1 200 OK</D:status></D:propstat>";
  return `<D:response><D:href>${escapeXml(hrefOf(desk, path, entry.kind === "folder"))}</D:href>${some}</D:response>\n`;
};

/** Properties that share a status. */
export const propstat = (properties: readonly string[], status: string, more = ""): string =>
  properties.length === 0
    ? ""
    : `<D:propstat><D:prop>${properties.join("")}</D:prop><D:status>HTTP/1.1 ${status}</D:status>${more}</D:propstat>`;

/** The name of a property as an element without a value. */
export const nameOnly = emptyElement;
