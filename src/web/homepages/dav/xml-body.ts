/** The body of a request that is XML, or empty. */

import type { Element } from "../../../mime/xml.ts";
import { allBroughtBy } from "../body.ts";
import { LARGEST_XML, readDavXml } from "./xml.ts";

const TOO_LARGE = `The XML of a request has at most ${LARGEST_XML} octets.`;

/** The body's root; undefined where there is no body. @throws Refusal "tooLarge", "invalid" */
export const bodyOf = async (request: Request): Promise<Element | undefined> => {
  const octets = await allBroughtBy(request, LARGEST_XML, TOO_LARGE);
  return octets.length === 0 ? undefined : readDavXml(octets);
};
