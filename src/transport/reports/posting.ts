/**
 * Brings a report about TLS to a web server (RFC 8460 §5.4): one POST over HTTPS with a good certificate, and never to an address that is not of the
 * public Internet: the record that names the place is a stranger's.
 */
import { isIP } from "node:net";
import { connect } from "../../net/connect.ts";
import type { Resolver } from "../../net/dns.ts";
import { get } from "../../net/http/get.ts";
import { publicAddresses } from "../../net/special-networks.ts";
import { isOwnAddress } from "../own.ts";

/** What is needed to reach others. */
export interface Outside {
  readonly resolver: Pick<Resolver, "txt" | "addresses">;
  /** Authorities (PEM) instead of the well-known ones. */
  readonly authorities?: readonly string[] | undefined;
  /** Whether an address may be connected to; those of the public Internet unless said otherwise. */
  readonly isPublic?: (address: string) => boolean;
}

const PATIENCE_MS = 30_000;
/** Octets of what the server may say to it, which nobody reads. */
const MOST_ANSWER = 65_536;

/** @throws Error with what went wrong, as the end of a sentence */
export async function postReport(
  url: URL,
  file: { readonly type: string; readonly octets: Uint8Array },
  { resolver, authorities, isPublic = elsewhere() }: Outside,
): Promise<void> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const addresses = (isIP(host) === 0 ? await resolver.addresses(host) : [host]).filter(isPublic);
  if (addresses.length === 0) throw new Error("it has no public address");
  const connection = await connect({
    ...{ host, addresses, port: url.port === "" ? 443 : Number(url.port), timeoutMs: PATIENCE_MS },
    tls: {
      ...{ verify: "name" as const, names: [host] },
      ...(isIP(host) === 0 && { serverName: host }),
      ...(authorities !== undefined && { authorities }),
    },
  });
  try {
    connection.deadline(PATIENCE_MS);
    const { status } = await get(connection, {
      ...{ target: `${url.pathname}${url.search}`, authority: url.host, accept: "*/*", post: file },
      ...{ most: MOST_ANSWER, onPiece: () => undefined },
    });
    // §5.4: anything but success is a failure; redirects lead nowhere.
    if (status < 200 || status > 299) throw new Error(`it answered ${status || "nothing that can be read"}`);
  } finally {
    connection.destroy();
  }
}

/** Addresses of the public Internet that are not this machine's. */
function elsewhere(): (address: string) => boolean {
  const isPublic = publicAddresses();
  return (address) => isPublic(address) && !isOwnAddress(address);
}
