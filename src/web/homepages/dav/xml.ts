/** What WebDAV's requests need of XML (RFC 4918 §8.2): its limits, and its own elements. Pure. */
import { type Element, elementsIn, readXml } from "../../../mime/xml.ts";

export const DAV = "DAV:";

/** Octets of the largest document that is read. */
export const LARGEST_XML = 262_144;
const LIMITS = { octets: LARGEST_XML, elements: 5_000, depth: 32, piece: LARGEST_XML };

/** Reads the body of a request and gives its root. @throws Refusal "invalid", "tooLarge" */
export const readDavXml = (octets: Uint8Array): Element => readXml(octets, LIMITS);

/** Whether an element is one of WebDAV's own. */
export const isDav = (element: Element | string, name: string): element is Element =>
  typeof element !== "string" && element.namespace === DAV && element.name === name;

/** The first of WebDAV's own elements of a name in an element. */
export const davChild = (element: Element, name: string): Element | undefined =>
  elementsIn(element).find((child) => isDav(child, name));
