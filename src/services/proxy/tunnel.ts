/** CONNECT (RFC 9110 §9.3.6). */
import type { Gateway, Visitor } from "../../gateway/gateway.ts";
import { passThrough } from "../../gateway/pass-through.ts";
import { authorityOf } from "../../gateway/urls.ts";
import { GateRefusal } from "../../gateway/visit.ts";
import type { Client } from "./client.ts";
import type { Shared } from "./deps.ts";
import { challenge, gateAnswer } from "./refusals.ts";

const ESTABLISHED = "HTTP/1.1 200 Connection established\r\n\r\n";

/** A tunnel that is open. */
export interface Passage {
  /** Resolves when both its ends are gone. */
  readonly over: Promise<void>;
}

/** Opens a tunnel, and leaves it to the caller to wait for its end without all that has led to it; a refusal is answered. */
export async function connectTunnel(
  shared: Shared,
  client: Client,
  visitor: Visitor,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Passage | undefined> {
  const { connection } = client;
  let trip: Awaited<ReturnType<Gateway["open"]>>;
  try {
    trip = await shared.gateway.open(visitor, { host, port, scheme: "tunnel" }, { signal: connection.signal });
  } catch (error) {
    if (!(error instanceof GateRefusal)) throw error;
    await client.answer(refused(error, visitor, authorityOf(host, port, 0)), shared.now());
    return undefined;
  }
  client.answered = true;
  client.closing = true;
  // RFC 9110 §9.3.6: no content, and so neither Content-Length nor Transfer-Encoding.
  void connection.write(ESTABLISHED);
  return { over: passThrough(shared, connection, trip.connection, trip.passing) };
}

/** Browsers do not show these pages, programs print them. A warning can be met on the plain page of the host. */
function refused(refusal: GateRefusal, visitor: Visitor, place: string): ReturnType<typeof gateAnswer> {
  if (refusal.kind === "permission" && visitor.user === null) return challenge(refusal.sentence);
  const answer = gateAnswer(refusal, place);
  if (refusal.kind !== "warned" || !("title" in answer.body)) return answer;
  const host = place.slice(0, place.lastIndexOf(":"));
  return { ...answer, body: { ...answer.body, advice: [`Open http://${host}/ first: there you can go on.`] } };
}
