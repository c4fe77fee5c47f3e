/** PROPFIND and PROPPATCH (RFC 4918 §9.1, §9.2). */
import type { Entry } from "../../../files/files.ts";
import { type Element, elementsIn, escapeXml, textIn, writeXml } from "../../../mime/xml.ts";
import { Refusal } from "../../../refusal.ts";
import type { DeadProperty } from "./dead-properties.ts";
import {
  type Desk,
  entryAt,
  errorResponse,
  hrefOf,
  lockInTheWay,
  requireWrites,
  words,
  XML_HEAD,
  xmlResponse,
} from "./desk.ts";
import { isLive, nameOnly, type PropertyName, propstat, responseFor, type Wish } from "./properties.ts";
import { davChild, isDav } from "./xml.ts";
import { bodyOf } from "./xml-body.ts";

const NOT_HERE = "There is nothing at this address.";
const OPEN = '<D:multistatus xmlns:D="DAV:">\n';
const CLOSE = "</D:multistatus>\n";
/** Responses, and characters of them, that are sent in one piece. */
const SLICE = 50;
const PIECE = 65_536;
/** Properties that are asked for by name: each is answered for each member of a folder. */
const MOST_NAMES = 500;

export const propfind = async (desk: Desk): Promise<Response> => {
  const depth = desk.request.headers.get("depth") ?? "infinity";
  if (!/^(0|1|infinity)$/i.test(depth)) throw new Refusal("invalid", "The Depth field is 0, 1 or infinity.");
  const wish = wishIn(await bodyOf(desk.request));
  const entry = await entryAt(desk.jail, desk.path);
  if (entry === undefined) return words(404, NOT_HERE);
  // A whole tree in one answer is what no client needs and any could ask for.
  if (/^i/i.test(depth) && entry.kind === "folder") return errorResponse(403, "propfind-finite-depth");
  const body = answers(desk, entry, wish, depth === "1" && entry.kind === "folder");
  return new Response(streamOf(body), { status: 207, headers: { "content-type": "application/xml; charset=utf-8" } });
};

const wishIn = (body: Element | undefined): Wish => {
  if (body === undefined) return { kind: "all", also: [] };
  if (!isDav(body, "propfind")) throw new Refusal("invalid", "The body is no propfind.");
  if (davChild(body, "propname")) return { kind: "names" };
  const prop = davChild(body, "prop");
  if (prop !== undefined) return { kind: "some", names: namesIn(prop) };
  if (davChild(body, "allprop") === undefined) throw new Refusal("invalid", "The body does not say what is asked for.");
  const include = davChild(body, "include");
  return { kind: "all", also: include === undefined ? [] : namesIn(include) };
};

const namesIn = (element: Element): PropertyName[] => {
  const names = elementsIn(element).map(({ namespace, name }) => ({ namespace, name }));
  if (names.length > MOST_NAMES)
    throw new Refusal("tooLarge", `At most ${MOST_NAMES} properties are asked for at once.`);
  return names;
};

async function* answers(desk: Desk, entry: Entry, wish: Wish, members: boolean): AsyncGenerator<string> {
  let piece = XML_HEAD + OPEN + responseFor(desk, entry, desk.path, wish);
  let count = 1;
  if (members) {
    for await (const member of desk.jail.list(desk.path)) {
      // Links lead nowhere here, and what is not UTF-8 has no address.
      if ((member.kind !== "file" && member.kind !== "folder") || !member.name.isWellFormed()) continue;
      piece += responseFor(desk, member, `${desk.path === "/" ? "" : desk.path}/${member.name}`, wish);
      if (++count % SLICE !== 0 && piece.length < PIECE) continue;
      yield piece;
      piece = "";
    }
  }
  yield piece + CLOSE;
}

const streamOf = (pieces: AsyncGenerator<string>): ReadableStream<Uint8Array> =>
  new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await pieces.next();
        if (done === true) controller.close();
        else controller.enqueue(Buffer.from(value));
      },
      async cancel() {
        await pieces.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );

interface Change {
  readonly remove: boolean;
  readonly element: Element;
}

export const proppatch = async (desk: Desk): Promise<Response> => {
  requireWrites(desk);
  const changes = changesIn(await bodyOf(desk.request));
  const entry = await entryAt(desk.jail, desk.path);
  if (entry === undefined) return words(404, NOT_HERE);
  const inTheWay = lockInTheWay(desk, desk.path, {});
  if (inTheWay !== undefined) return inTheWay;
  const refused = changes.filter(({ element }) => isLive(element)).map(({ element }) => nameOnly(element));
  const others = changes.filter(({ element }) => !isLive(element)).map(({ element }) => nameOnly(element));
  const href = escapeXml(hrefOf(desk, desk.path, entry.kind === "folder"));
  const multistatus = (stats: string) =>
    xmlResponse(207, `${OPEN}<D:response><D:href>${href}</D:href>${stats}</D:response>\n${CLOSE}`);
  if (refused.length > 0) {
    const why = "<D:error><D:cannot-modify-protected-property/></D:error>";
    return multistatus(propstat(refused, "403 Forbidden", why) + propstat(others, "424 Failed Dependency"));
  }
  try {
    await desk.dead.change(desk.user.id, desk.path, changes.map(kept));
  } catch (error) {
    if (!(error instanceof Refusal) || error.kind !== "noSpace") throw error;
    return multistatus(propstat(others, "507 Insufficient Storage"));
  }
  await setTimes(desk, changes);
  return multistatus(propstat(others, "200 OK"));
};

const changesIn = (body: Element | undefined): Change[] => {
  if (body === undefined || !isDav(body, "propertyupdate"))
    throw new Refusal("invalid", "The body is no propertyupdate.");
  const changes = elementsIn(body).flatMap((child) => {
    const remove = isDav(child, "remove");
    if (!remove && !isDav(child, "set")) return [];
    const prop = davChild(child, "prop");
    return prop === undefined ? [] : elementsIn(prop).map((element) => ({ remove, element }));
  });
  if (changes.length === 0) throw new Refusal("invalid", "The body changes no property.");
  return changes;
};

const kept = ({ remove, element }: Change): DeadProperty & { remove: boolean } => {
  const { namespace, name, language, attributes } = element;
  const xml = "http://www.w3.org/XML/1998/namespace";
  const own = attributes.some((attribute) => attribute.namespace === xml && attribute.name === "lang");
  const spoken =
    language === "" || own ? attributes : [...attributes, { namespace: xml, name: "lang", value: language }];
  return { remove, namespace, name, element: writeXml({ ...element, attributes: spoken }) };
};

/** Windows sets a file's time by a property of its own. */
const setTimes = async ({ jail, path }: Desk, changes: readonly Change[]): Promise<void> => {
  for (const { remove, element } of changes) {
    if (remove || element.namespace !== "urn:schemas-microsoft-com:" || element.name !== "Win32LastModifiedTime")
      continue;
    const at = Date.parse(textIn(element));
    if (!Number.isNaN(at) && path !== "/") await jail.setModified(path, at);
  }
};
