/** Mail servers of other makers, next door on loopback: they take mail for whom we send to, and send to us. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { succeed, temporaryFolder } from "../../harness.ts";

/** Where a neighbour sends the mail of a domain. */
export interface Way {
  readonly port: number;
  /** STARTTLS is required, whatever the certificate. */
  readonly tls: boolean;
}

export interface Street {
  /** On loopback. */
  readonly address: string;
  readonly port: number;
  readonly identity: Identity;
  /** By domain; mail for others is refused. */
  readonly ways: Readonly<Record<string, Way>>;
}

export interface Neighbour {
  /** What it wrote into its log. */
  log(): string;
  /** Tries what waits, now. */
  retry(): Promise<void>;
  stop(): Promise<void>;
}

/** PEM. */
export interface Identity {
  readonly certificate: string;
  readonly key: string;
}

/** A certificate that vouches for itself, with an RSA key: not all of them can sign with others. */
export async function makeIdentity(name: string): Promise<Identity> {
  const folder = temporaryFolder("gatepost-identity");
  const [certificate = "", key = ""] = ["certificate", "key"].map((file) => join(folder, file));
  const request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", `/CN=${name}`];
  await succeed([...request, "-out", certificate, "-keyout", key]);
  const identity = { certificate: await Bun.file(certificate).text(), key: await Bun.file(key).text() };
  rmSync(folder, { recursive: true });
  return identity;
}

/** The largest message that a neighbour takes, in octets. */
export const MOST_OCTETS = 1_000_000;
