/** The form of a warning's page: somebody has read it and goes on. See warnings.ts. */
import type { Visitor } from "../../gateway/visit.ts";
import type { Answer } from "./answers.ts";
import type { Client } from "./client.ts";
import { readContent } from "./content.ts";
import type { Shared } from "./deps.ts";
import type { TargetUri } from "./exchange.ts";
import { BadRequest } from "./problem.ts";
import { plainAnswer } from "./refusals.ts";

/** Octets the form may have: a token and a path. */
const FORM = 64 * 1024;

/** Takes the form, and leads back to what was asked for. */
export async function goOn(shared: Shared, client: Client, visitor: Visitor, uri: TargetUri): Promise<Answer> {
  if (client.request.method !== "POST") {
    return {
      ...plainAnswer(405, "Nothing is here", "This address takes the answer to a warning."),
      fields: [["Allow", "POST"]],
    };
  }
  const form = new URLSearchParams(await readForm(client));
  if (!shared.warnings.isGood(form.get("token") ?? "", visitor, uri.host)) {
    return plainAnswer(403, "That took too long", "Go back to the page you wanted, and load it again.", uri.url);
  }
  await shared.gateway.acceptWarning(visitor, uri.host);
  const path = form.get("path") ?? "/";
  const base = uri.url.slice(0, uri.url.indexOf("/", "http://".length));
  // Only ever to the same host: the path begins with one slash and holds nothing that ends a line.
  const safe = /^\/[\x21-\x7e]*$/.test(path) ? path : "/";
  return {
    ...plainAnswer(303, "Go on", "You are led to the page you wanted."),
    fields: [["Location", `${base}${safe}`]],
  };
}

async function readForm(client: Client): Promise<string> {
  const { connection, request } = client;
  const { limits, haste } = client.bounds;
  const { framing } = request;
  const tooLong = new BadRequest(413, "This form is longer than any that the proxy has sent.");
  if (framing.kind === "length" && framing.octets > FORM) throw tooLong;
  client.contentTaken = true;
  if (request.expectsContinue) void connection.write("HTTP/1.1 100 Continue\r\n\r\n");
  let text = "";
  await readContent({ connection, framing, limits, haste }, (piece) => {
    text += Buffer.from(piece).toString("latin1");
    if (text.length > FORM) throw tooLong;
    return undefined;
  });
  client.contentRead = true;
  return text;
}
