/** What the methods of WebDAV work with: whose folder, which path, what was submitted, and the answers that they share. */
import type { User } from "../../../directory/user.ts";
import type { Entry, Jail } from "../../../files/files.ts";
import { escapeXml } from "../../../mime/xml.ts";
import { Refusal } from "../../../refusal.ts";
import type { FileBody } from "../../context.ts";
import { hostIn } from "../owners.ts";
import { addressPath, parentOf, targetOf, virtualPath } from "../paths.ts";
import type { DeadProperties } from "./dead-properties.ts";
import type { ConditionList } from "./if-header.ts";
import type { Lock, Locks } from "./locks.ts";

export interface Desk {
  readonly request: Request;
  readonly user: User;
  readonly jail: Jail;
  /** What stands before paths in addresses: "/dav/pages/anna". */
  readonly base: string;
  /** The virtual path, without a slash at its end. */
  readonly path: string;
  readonly locks: Locks;
  readonly dead: DeadProperties;
  /** The If field. */
  readonly lists: readonly ConditionList[];
  /** Lock tokens that were submitted in it. */
  readonly tokens: ReadonlySet<string>;
  /** The user may change what is there. */
  readonly writes: boolean;
  /** Octets used and still free (RFC 4331); free is undefined where there is no limit. */
  readonly quota: () => { readonly used: number; readonly free: number | undefined };
  readonly now: number;
  readonly fileBody: FileBody | undefined;
  /** Says that an answer may take its time. */
  readonly patience: () => void;
}

export const XML_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n';

/** An answer in XML. */
export const xmlResponse = (status: number, body: string, more: Record<string, string> = {}): Response =>
  new Response(XML_HEAD + body, { status, headers: { "content-type": "application/xml; charset=utf-8", ...more } });

/** An answer that names the precondition which did not hold (RFC 4918 §16). */
export const errorResponse = (status: number, condition: string, inner = ""): Response =>
  xmlResponse(status, `<D:error xmlns:D="DAV:"><D:${condition}>${inner}</D:${condition}></D:error>`);

/** An answer in words. */
export const words = (status: number, sentence: string, more: Record<string, string> = {}): Response =>
  new Response(`${sentence}\n`, { status, headers: { "content-type": "text/plain; charset=utf-8", ...more } });

/** The address of a path, as answers name it; folders end in a slash (RFC 4918 §5.2). */
export const hrefOf = (desk: Pick<Desk, "base">, path: string, folder: boolean): string =>
  `${desk.base}${path === "/" ? "" : addressPath(path)}${folder ? "/" : ""}`;

/** A virtual path without the slash at its end. */
export const bare = (path: string): string => (path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path);

/**
 * The path of an address in Destination or If: absolute or from the root on, of this host and this folder (RFC 4918 §8.3); undefined for
 * another place.
 * @throws Refusal "invalid" where it cannot be one
 */
export const pathIn = (desk: Pick<Desk, "base" | "request">, address: string): string | undefined => {
  const absolute = /^https?:\/\/([^/?#]*)/i.exec(address);
  if (absolute === null && !address.startsWith("/")) throw new Refusal("invalid", "That address is not absolute.");
  if (absolute !== null && hostIn(absolute[1] ?? "") !== hostIn(desk.request.headers.get("host"))) return undefined;
  const path = virtualPath(targetOf(address).path);
  const base = virtualPath(desk.base);
  if (path !== base && !path.startsWith(`${base}/`)) return undefined;
  return bare(path.slice(base.length) || "/");
};

/** What lies somewhere, as far as WebDAV shows it: links and the like are nothing. */
export const entryAt = async (jail: Jail, path: string): Promise<Entry | undefined> => {
  const entry = await jail.find(path);
  return entry?.kind === "file" || entry?.kind === "folder" ? entry : undefined;
};

/** @throws Refusal "notPermitted" for those who may only read */
export const requireWrites = (desk: Desk): void => {
  if (!desk.writes)
    throw new Refusal(
      "notPermitted",
      "You may read this folder, and not change it: ask the administrator for “Upload / Modify”.",
    );
};

/** 423 with the lock that stands in the way (RFC 4918 §11.3, §16). */
export const locked = (desk: Desk, { root }: Lock): Response =>
  errorResponse(423, "lock-token-submitted", `<D:href>${escapeXml(hrefOf(desk, root, false))}</D:href>`);

/** The answer where a lock keeps a change from being made; undefined where none does. */
export const lockInTheWay = (
  desk: Desk,
  path: string,
  what: { below?: boolean; member?: boolean },
): Response | undefined => {
  const lock = desk.locks.inTheWay(path, desk.tokens, what);
  return lock && locked(desk, lock);
};

/** 409 where there is no folder for something new (RFC 4918 §9.7.1). */
export const parentMissing = async (desk: Desk, path: string): Promise<Response | undefined> => {
  const parent = await entryAt(desk.jail, parentOf(path)).catch(() => undefined);
  return parent?.kind === "folder" ? undefined : words(409, "There is no folder for it: make that first.");
};
