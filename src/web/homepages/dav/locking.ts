/** LOCK and UNLOCK (RFC 4918 §9.10, §9.11). */

import { type Element, escapeXml, writeXml } from "../../../mime/xml.ts";
import { Refusal } from "../../../refusal.ts";
import {
  type Desk,
  entryAt,
  errorResponse,
  hrefOf,
  lockInTheWay,
  parentMissing,
  requireWrites,
  words,
  xmlResponse,
} from "./desk.ts";
import { isWithin, type Lock, secondsOf } from "./locks.ts";
import { activeLock } from "./properties.ts";
import { davChild, isDav } from "./xml.ts";
import { bodyOf } from "./xml-body.ts";

export const lock = async (desk: Desk): Promise<Response> => {
  requireWrites(desk);
  const { headers } = desk.request;
  const depth = headers.get("depth") ?? "infinity";
  if (!/^(0|infinity)$/i.test(depth)) throw new Refusal("invalid", "A lock's depth is 0 or infinity.");
  const body = await bodyOf(desk.request);
  const seconds = secondsOf(headers.get("timeout"));
  if (body === undefined) return renewed(desk, seconds);
  const { scope, owner } = lockIn(body);
  const entry = await entryAt(desk.jail, desk.path);
  const wish = { root: desk.path, scope, owner, seconds, deep: depth !== "0" } as const;
  if (entry === undefined) {
    const refused = lockInTheWay(desk, desk.path, { member: true }) ?? (await parentMissing(desk, desk.path));
    if (refused !== undefined) return refused;
  }
  const taken = taking(desk, wish);
  if (taken instanceof Response) return taken;
  if (entry === undefined) await makeEmpty(desk, taken);
  return granted(desk, taken, entry === undefined ? 201 : 200, { "lock-token": `<${taken.token}>` });
};

const taking = (desk: Desk, wish: Pick<Lock, "root" | "scope" | "deep" | "owner" | "seconds">): Lock | Response => {
  try {
    return desk.locks.take(wish);
  } catch (error) {
    if (!(error instanceof Refusal) || error.kind !== "inUse") throw error;
    const [other] = [...desk.locks.on(desk.path), ...desk.locks.below(desk.path)];
    const href = other === undefined ? "" : `<D:href>${escapeXml(hrefOf(desk, other.root, false))}</D:href>`;
    return errorResponse(423, "no-conflicting-lock", href);
  }
};

/** A name that is locked before there is anything is an empty file (RFC 4918 §7.3). */
const makeEmpty = async (desk: Desk, { token }: Lock): Promise<void> => {
  try {
    await (await desk.jail.openWrite(desk.path, { mode: "create" })).commit();
  } catch (error) {
    desk.locks.release(token);
    throw error;
  }
};

const lockIn = (body: Element): { scope: "exclusive" | "shared"; owner: string } => {
  const scope = davChild(body, "lockscope");
  const type = davChild(body, "locktype");
  if (!isDav(body, "lockinfo") || scope === undefined || type === undefined || !davChild(type, "write"))
    throw new Refusal("invalid", "The body is no lockinfo for a write lock.");
  const shared = davChild(scope, "shared") !== undefined;
  if (!shared && davChild(scope, "exclusive") === undefined)
    throw new Refusal("invalid", "A lock is exclusive or shared.");
  const owner = davChild(body, "owner")?.children ?? [];
  const said = owner.map((child) => (typeof child === "string" ? escapeXml(child) : writeXml(child))).join("");
  return { scope: shared ? "shared" : "exclusive", owner: said };
};

/** Renews the lock whose token was submitted. */
const renewed = (desk: Desk, seconds: number): Response => {
  const [lock, ...others] = desk.locks.on(desk.path).filter(({ token }) => desk.tokens.has(token));
  if (lock === undefined) return errorResponse(412, "lock-token-matches-request-uri");
  if (others.length > 0) throw new Refusal("invalid", "One lock is renewed at a time.");
  return granted(desk, desk.locks.renew(lock, seconds), 200);
};

const granted = (desk: Desk, lock: Lock, status: number, more: Record<string, string> = {}): Response => {
  const discovery = `<D:lockdiscovery>${activeLock(desk, lock)}</D:lockdiscovery>`;
  return xmlResponse(status, `<D:prop xmlns:D="DAV:">${discovery}</D:prop>`, more);
};

export const unlock = async (desk: Desk): Promise<Response> => {
  requireWrites(desk);
  const token = /^\s*<([^<>\s]{1,200})>\s*$/.exec(desk.request.headers.get("lock-token") ?? "")?.[1];
  if (token === undefined) return words(400, "The Lock-Token field does not name a lock.");
  const lock = desk.locks.get(token);
  const holds = lock !== undefined && (lock.root === desk.path || (lock.deep && isWithin(desk.path, lock.root)));
  if (!holds) return errorResponse(409, "lock-token-matches-request-uri");
  desk.locks.release(token);
  return new Response(null, { status: 204 });
};
