/** Asks an origin beside a response that was sent from the cache already (RFC 5861 §3), with no client waiting. */
import type { Visitor } from "../../gateway/gateway.ts";
import { GateRefusal } from "../../gateway/visit.ts";
import { ConnectionClosed, DeadlineExceeded } from "../../net/errors.ts";
import { Malformed } from "../../net/http/malformed.ts";
import { readContent } from "./content.ts";
import { expectedOctets } from "./delivery.ts";
import type { Shared } from "./deps.ts";
import type { ProxiedRequest, Stale } from "./exchange.ts";
import type { Incoming } from "./incoming.ts";
import { Origin, originKey } from "./origin.ts";
import { requestHead } from "./outgoing.ts";
import { BadResponse } from "./problem.ts";
import type { Received } from "./received.ts";

/** What is asked, and for whom it was asked first. */
export interface Refresh {
  readonly visitor: Visitor;
  readonly request: ProxiedRequest;
  /** The request as it came. */
  readonly line: Incoming;
  readonly stale: Stale;
}

/** Validates or replaces a stored response; never rejects. */
export async function refresh(shared: Shared, asking: Refresh): Promise<void> {
  const { stale, visitor, request } = asking;
  try {
    const { target } = request;
    const trip = await shared.gateway.open(visitor, target);
    const origin = new Origin(originKey(target), trip.connection, trip.upstream, shared.bounds().response);
    trip.passing.onCut(() => origin.destroy());
    try {
      await exchange(shared, asking, origin, (sent, received) => trip.passing.add(sent, received));
    } catch (error) {
      origin.destroy();
      throw error;
    } finally {
      trip.passing.close();
    }
  } catch (error) {
    stale.failed(undefined)?.release();
    if (!isExpected(error)) {
      const about = { session: visitor.session, remote: visitor.remote };
      shared.store.events.fault("proxy", "refresh a stored response", error, about);
    }
  } finally {
    stale.release();
  }
}

async function exchange(
  shared: Shared,
  { stale, request, line }: Refresh,
  origin: Origin,
  count: (sent: number, received: number) => void,
): Promise<void> {
  const parts = {
    request: { ...line, hop: { ...line.hop, trailers: false } },
    uri: request.target,
    fields: stale.fields,
  };
  const { upstream, connection } = origin;
  const head = requestHead({ ...parts, upgrades: [], upstream, pseudonym: shared.pseudonym });
  void connection.write(head, "latin1");
  const received = await origin.response({ method: request.method, upgrades: [], ...shared.bounds().response });
  count(head.length, received.octets);
  const { response } = received;
  if (response.status === 304) stale.validated(response)?.release();
  else if (response.status >= 500) stale.failed(response.status)?.release();
  else await keep(shared, request, received, origin, count);
  if (response.status >= 500 || received.closes || received.bound) origin.destroy();
  else shared.pool.put(origin);
}

async function keep(
  shared: Shared,
  request: ProxiedRequest,
  { response, framing }: Received,
  origin: Origin,
  count: (sent: number, received: number) => void,
): Promise<void> {
  const writer = shared.cache?.store(request, { ...response, from: origin.address }, expectedOctets(framing));
  if (!writer) throw new ConnectionClosed("nobody wants the content");
  const { connection } = origin;
  const { maxResponse } = shared.settings();
  const { limits, haste } = shared.bounds();
  let received = 0;
  try {
    await readContent({ connection, framing, limits, haste }, (piece) => {
      received += piece.length;
      if (maxResponse > 0 && received > maxResponse) throw new ConnectionClosed("larger than what is fetched");
      count(0, piece.length);
      return writer.write(piece);
    });
    writer.end();
  } catch (error) {
    writer.abort();
    throw error;
  }
}

function isExpected(error: unknown): boolean {
  return [GateRefusal, BadResponse, Malformed, ConnectionClosed, DeadlineExceeded].some(
    (kind) => error instanceof kind,
  );
}
