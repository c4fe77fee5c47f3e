/**
 * Brings a report about TLS to a web server (RFC 8460 §5.4): one POST over HTTPS with a good certificate, and never to an address that is not of the
 * public Internet: the record that names the place is a stranger's.
 */
import { isIP } from "node:net";
import { AddressSet } from "../../net/access.ts";
import { connect } from "../../net/connect.ts";
import type { Resolver } from "../../net/dns.ts";
import { SPECIAL_NETWORKS } from "../../net/special-networks.ts";
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
const LONGEST_LINE = 8_192;

/** @throws Error with what went wrong, as the end of a sentence */
export async function postReport(
  url: URL,
  file: { readonly type: string; readonly octets: Uint8Array },
  { resolver, authorities, isPublic = isPublicAddress }: Outside,
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
    const head = [
      `POST ${url.pathname}${url.search} HTTP/1.1`,
      `Host: ${url.host}`,
      `Content-Type: ${file.type}`,
      `Content-Length: ${file.octets.length}`,
      ...["User-Agent: gatepost", "Connection: close"],
    ];
    await connection.write(`${head.join("\r\n")}\r\n\r\n`);
    await connection.write(file.octets);
    const line = Buffer.from((await connection.readLine(LONGEST_LINE)).bytes).toString("latin1");
    const status = Number(/^HTTP\/1\.\d (\d{3})/.exec(line)?.[1] ?? 0);
    // §5.4: anything but success is a failure; redirects lead nowhere.
    if (status < 200 || status > 299) throw new Error(`it answered ${status || "nothing that can be read"}`);
  } finally {
    connection.destroy();
  }
}

function isPublicAddress(address: string): boolean {
  return !isOwnAddress(address) && !new AddressSet(SPECIAL_NETWORKS.map(([network]) => network)).has(address);
}
