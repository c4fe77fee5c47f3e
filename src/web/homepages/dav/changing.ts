/** PUT, MKCOL, DELETE, COPY and MOVE (RFC 4918 §9.3 to §9.9). */
import type { Entry, Upload } from "../../../files/files.ts";
import { escapeXml } from "../../../mime/xml.ts";
import { Refusal } from "../../../refusal.ts";
import { broughtBy, NOT_WHOLE } from "../body.ts";
import { judge, type Validators } from "../conditions.ts";
import {
  type Desk,
  entryAt,
  hrefOf,
  lockInTheWay,
  parentMissing,
  pathIn,
  requireWrites,
  words,
  xmlResponse,
} from "./desk.ts";
import { isWithin } from "./locks.ts";

const NOT_HERE = "There is nothing at this address.";
/** What is said where a precondition does not hold. */
export const FAILED = "What the request asked for first does not hold; nothing was changed.";
const ROOT = "The folder itself stays.";

/** What a file validates by; a folder has no entity to compare. */
export const validatorsOf = (entry: Entry | undefined): Validators | undefined =>
  entry && { etag: `"${entry.version}"`, modified: entry.modified };

const fails = (desk: Desk, entry: Entry | undefined): boolean =>
  judge(desk.request.headers, validatorsOf(entry), desk.request.method) === "failed";

export const put = async (desk: Desk): Promise<Response> => {
  requireWrites(desk);
  const { headers } = desk.request;
  // RFC 9110 §14.5: writing a part of a file over it would leave that part alone.
  if (headers.has("content-range")) return words(400, "Files are written whole here.");
  if (desk.path === "/") return words(405, "That is a folder.");
  const missing = await parentMissing(desk, desk.path);
  if (missing !== undefined) return missing;
  const before = await entryAt(desk.jail, desk.path);
  if (before?.kind === "folder") return words(405, "That is a folder.");
  if (fails(desk, before)) return words(412, FAILED);
  const inTheWay = lockInTheWay(desk, desk.path, { member: before === undefined });
  if (inTheWay !== undefined) return inTheWay;
  const entry = await received(desk);
  if (before === undefined) await desk.dead.drop(desk.user.id, desk.path);
  const sent = { etag: `"${entry.version}"`, ...(headers.has("x-oc-mtime") && { "x-oc-mtime": "accepted" }) };
  return new Response(null, { status: before === undefined ? 201 : 204, headers: sent });
};

/** Takes the body as it comes, onto the disk. */
const received = async ({ jail, path, request }: Desk): Promise<Entry> => {
  const { headers } = request;
  const announced = headers.get("content-length");
  const expected = announced === null ? undefined : Number(announced);
  const mode = headers.get("if-none-match")?.trim() === "*" ? "create" : "replace";
  const upload = await jail.openWrite(path, { mode, ...(expected !== undefined && { expected }) });
  try {
    for await (const piece of broughtBy(request)) await upload.write(piece);
    // A client that went away in the middle must not leave half a file in the place of a whole one.
    if (expected !== undefined && upload.written !== expected) throw new Refusal("invalid", NOT_WHOLE);
  } catch (error) {
    await upload.abandon();
    throw error;
  }
  return await committed(upload, headers.get("x-oc-mtime"));
};

/** Some clients say how old the file is (a field that ownCloud's made known). */
const committed = async (upload: Upload, time: string | null): Promise<Entry> => {
  const seconds = /^\d{1,11}(\.\d+)?$/.test(time ?? "") ? Number(time) : undefined;
  return await upload.commit(seconds === undefined ? {} : { modified: seconds * 1_000 });
};

export const mkcol = async (desk: Desk): Promise<Response> => {
  requireWrites(desk);
  const { headers } = desk.request;
  // RFC 4918 §9.3: a body would say more about the folder than is understood here.
  if (Number(headers.get("content-length") ?? 0) > 0 || headers.has("transfer-encoding"))
    return words(415, "A folder is made without a body.");
  if (desk.path === "/" || (await desk.jail.find(desk.path)) !== undefined)
    return words(405, "There is something of that name already.");
  const missing = await parentMissing(desk, desk.path);
  if (missing !== undefined) return missing;
  const inTheWay = lockInTheWay(desk, desk.path, { member: true });
  if (inTheWay !== undefined) return inTheWay;
  await desk.jail.mkdir(desk.path);
  await desk.dead.drop(desk.user.id, desk.path);
  return new Response(null, { status: 201 });
};

const depthOf = (desk: Desk): string => (desk.request.headers.get("depth") ?? "infinity").toLowerCase();

export const remove = async (desk: Desk): Promise<Response> => {
  requireWrites(desk);
  if (desk.path === "/") return words(403, ROOT);
  const entry = await entryAt(desk.jail, desk.path);
  if (entry === undefined) return words(404, NOT_HERE);
  // RFC 4918 §9.6.1: a folder goes with all that is in it.
  if (entry.kind === "folder" && depthOf(desk) !== "infinity")
    return words(400, "A folder is removed with all that is in it.");
  if (fails(desk, entry)) return words(412, FAILED);
  const refused = lockInTheWay(desk, desk.path, { member: true }) ?? memberLocked(desk, desk.path);
  if (refused !== undefined) return refused;
  desk.patience();
  await gone(desk, desk.path);
  return new Response(null, { status: 204 });
};

const gone = async (desk: Desk, path: string): Promise<void> => {
  await desk.jail.removeAll(path);
  desk.locks.dropWithin(path);
  await desk.dead.drop(desk.user.id, path);
};

/** Something in a folder is locked: then nothing of it goes, and the answer says what it was (RFC 4918 §9.6.1). */
const memberLocked = (desk: Desk, path: string): Response | undefined => {
  const lock = desk.locks.inTheWay(path, desk.tokens, { below: true });
  if (lock === undefined) return undefined;
  const href = escapeXml(hrefOf(desk, lock.root, false));
  const why = "<D:error><D:lock-token-submitted/></D:error>";
  const response = `<D:response><D:href>${href}</D:href><D:status>HTTP/1.1 423 Locked</D:status>${why}</D:response>`;
  return xmlResponse(207, `<D:multistatus xmlns:D="DAV:">${response}</D:multistatus>`);
};

/** Where to, and what is there; or what is wrong with it. */
const destinationOf = async (desk: Desk): Promise<Response | { to: string; there: Entry | undefined }> => {
  const address = desk.request.headers.get("destination");
  if (address === null) return words(400, "The Destination field is missing.");
  const to = pathIn(desk, address.trim());
  if (to === undefined) return words(502, "That destination is not in this folder.");
  if (to === "/" || to === desk.path) return words(403, to === "/" ? ROOT : "That is the same place.");
  if (isWithin(to, desk.path) || isWithin(desk.path, to)) return words(403, "One of the two is in the other.");
  const missing = await parentMissing(desk, to);
  if (missing !== undefined) return missing;
  const there = await desk.jail.find(to);
  const overwrite = desk.request.headers.get("overwrite")?.trim() ?? "T";
  if (there !== undefined && /^f$/i.test(overwrite)) return words(412, "There is something of that name already.");
  if (there !== undefined && there.kind !== "file" && there.kind !== "folder")
    return words(403, "What is there is neither a file nor a folder.");
  const refused = lockInTheWay(desk, to, { member: there === undefined }) ?? memberLocked(desk, to);
  return refused ?? { to, there };
};

/** A file takes the place of a file: the lock on it holds for what is there now (RFC 4918 §7.6). */
const isInPlace = (entry: Entry, there: Entry | undefined): boolean => entry.kind === "file" && there?.kind === "file";

const done = (there: Entry | undefined): Response => new Response(null, { status: there === undefined ? 201 : 204 });

export const copy = async (desk: Desk): Promise<Response> => {
  requireWrites(desk);
  const depth = depthOf(desk);
  if (depth !== "0" && depth !== "infinity") return words(400, "The Depth field is 0 or infinity.");
  const entry = await entryAt(desk.jail, desk.path);
  if (entry === undefined) return words(404, NOT_HERE);
  if (fails(desk, entry)) return words(412, FAILED);
  const destination = await destinationOf(desk);
  if (destination instanceof Response) return destination;
  const { to, there } = destination;
  desk.patience();
  desk.dead.requireCopy(desk.user.id, desk.path, to, depth !== "0");
  // What is there goes when the copy is there (RFC 4918 §9.8.4), and stays where that is refused.
  await desk.jail.copy(desk.path, to, { replace: there !== undefined, shallow: depth === "0" });
  if (!isInPlace(entry, there)) desk.locks.dropWithin(to);
  await desk.dead.copy(desk.user.id, desk.path, to, depth !== "0");
  return done(there);
};

export const move = async (desk: Desk): Promise<Response> => {
  requireWrites(desk);
  if (desk.path === "/") return words(403, ROOT);
  const entry = await entryAt(desk.jail, desk.path);
  if (entry === undefined) return words(404, NOT_HERE);
  if (entry.kind === "folder" && depthOf(desk) !== "infinity")
    return words(400, "A folder is moved with all that is in it.");
  if (fails(desk, entry)) return words(412, FAILED);
  const destination = await destinationOf(desk);
  if (destination instanceof Response) return destination;
  const refused = lockInTheWay(desk, desk.path, { member: true }) ?? memberLocked(desk, desk.path);
  if (refused !== undefined) return refused;
  const { to, there } = destination;
  desk.patience();
  // RFC 4918 §9.9.3: what is there gives way to what is moved; it stays where that is refused.
  await desk.jail.rename(desk.path, to, { replace: there === undefined ? false : "whole" });
  if (!isInPlace(entry, there)) desk.locks.dropWithin(to);
  desk.locks.dropWithin(desk.path);
  await desk.dead.move(desk.user.id, desk.path, to);
  return done(there);
};
