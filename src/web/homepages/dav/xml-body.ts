/** The body of a request that is XML, or empty. */
import { Refusal } from "../../../refusal.ts";
import { type Element, LARGEST_XML, readXml } from "./xml.ts";

/** The body's root; undefined where there is no body. @throws Refusal "tooLarge", "invalid" */
export const bodyOf = async (request: Request): Promise<Element | undefined> => {
  const tooLarge = () => new Refusal("tooLarge", `The XML of a request has at most ${LARGEST_XML} octets.`);
  if (Number(request.headers.get("content-length") ?? 0) > LARGEST_XML) throw tooLarge();
  const pieces: Uint8Array[] = [];
  let octets = 0;
  for await (const piece of request.body ?? []) {
    octets += piece.length;
    if (octets > LARGEST_XML) throw tooLarge();
    pieces.push(piece);
  }
  return octets === 0 ? undefined : readXml(Buffer.concat(pieces));
};
