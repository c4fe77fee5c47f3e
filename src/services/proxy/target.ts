/**
 * Request targets (RFC 9112 §3.2, RFC 9110 §4.2 and §7.1). Pure. A target is read into its parts and written anew from them; what different
 * readers would take for different hosts (user names before "@", percent signs and other characters in a host) is refused.
 */
import { targetHost } from "../../gateway/hosts.ts";
import { authorityOf } from "../../gateway/urls.ts";
import type { TargetUri } from "./exchange.ts";
import { BadRequest } from "./problem.ts";

/** Schemes a client may name in the absolute form, with their ports. */
const PORTS: Readonly<Record<string, number>> = { http: 80, ftp: 21 };

/** What a request is about. */
export type RequestTarget =
  /** Absolute form: to be fetched from elsewhere. */
  | { readonly form: "absolute"; readonly uri: TargetUri }
  /** Origin form: the proxy itself is asked. */
  | { readonly form: "origin"; readonly path: string }
  /** "*": the proxy itself is asked, as a whole. */
  | { readonly form: "asterisk" }
  /** Of CONNECT. */
  | { readonly form: "authority"; readonly host: string; readonly port: number };

interface Place {
  readonly host: string;
  readonly port: number;
}

const AUTHORITY = /^(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,254})(?::(\d{0,5}))?$/;

/** A host and a port as they stand in a URI or in Host; undefined where they are malformed. */
export function parseAuthority(text: string, port?: number): Place | undefined {
  const parts = AUTHORITY.exec(text);
  const written = parts?.[1] ?? "";
  const host = targetHost(written.startsWith("[") ? written.slice(1, -1) : written);
  const given = parts?.[2] ? Number(parts[2]) : port;
  if (!host || given === undefined || given < 1 || given > 65_535) return undefined;
  return { host, port: given };
}

/** Remembers the last authority: the requests of a connection mostly go to one place, and say so twice. */
export function rememberingAuthority(): typeof parseAuthority {
  let last: { readonly text: string; readonly port: number | undefined; readonly place: Place } | undefined;
  return (text, port) => {
    if (last?.text === text && last.port === port) return last.place;
    // A copy: a part of a head would keep the whole of it.
    const own = Buffer.from(text, "latin1").toString("latin1");
    const place = parseAuthority(own, port);
    last = place && { text: own, port, place };
    return place;
  };
}

/** Reads a request target. @param placeOf reads its host and port @throws BadRequest */
export function parseTarget(method: string, text: string, placeOf = parseAuthority): RequestTarget {
  if (text.includes("#")) throw new BadRequest(400, "The target of the request holds a “#”.");
  if (method === "CONNECT") {
    const place = WITH_PORT.test(text) ? placeOf(text) : undefined;
    if (!place) throw new BadRequest(400, "CONNECT wants a host and a port, such as example.com:443.");
    return { form: "authority", ...place };
  }
  if (text.startsWith("/")) return { form: "origin", path: text };
  if (text === "*") {
    if (method === "OPTIONS") return { form: "asterisk" };
    throw new BadRequest(400, "The target “*” goes with OPTIONS only.");
  }
  return { form: "absolute", uri: parseUri(method, text, placeOf) };
}

const WITH_PORT = /:\d+$/;
const ABSOLUTE = /^([A-Za-z][A-Za-z0-9+.-]{0,20}):\/\/([^/?]*)(.*)$/;

function parseUri(method: string, text: string, placeOf: typeof parseAuthority): TargetUri {
  const parts = ABSOLUTE.exec(text);
  if (!parts) throw new BadRequest(400, "The target of the request is no address that a proxy understands.");
  const authority = parts[2] as string;
  const scheme = (parts[1] as string).toLowerCase();
  if (scheme === "https") {
    throw new BadRequest(
      400,
      "For https:// a program asks a proxy for a tunnel, with CONNECT: see its proxy settings.",
    );
  }
  const standard = PORTS[scheme];
  if (standard === undefined || !isScheme(scheme)) {
    throw new BadRequest(501, "This proxy fetches http:// addresses, and passes on everything else through CONNECT.");
  }
  // RFC 9110 §4.2.4: a user name there is to make people take one host for another; in ftp:// it belongs there (RFC 1738 §3.2).
  const at = scheme === "ftp" ? authority.lastIndexOf("@") : -1;
  const userinfo = at < 0 ? undefined : authority.slice(0, at);
  if (authority.includes("@", at + 1) || userinfo?.includes("@"))
    throw new BadRequest(400, "An address with a user name in it is not fetched.");
  const place = placeOf(at < 0 ? authority : authority.slice(at + 1), standard);
  if (!place) throw new BadRequest(400, "The address has no host, or one that is malformed.");
  const { host, port } = place;
  const path = pathOf(method, parts[3] as string);
  const url = `${scheme}://${authorityOf(host, port, standard)}${path === "*" ? "" : path}`;
  return userinfo === undefined ? { scheme, host, port, path, url } : { scheme, host, port, path, url, userinfo };
}

function isScheme(scheme: string): scheme is TargetUri["scheme"] {
  return scheme === "http" || scheme === "ftp";
}

/** RFC 9112 §3.2.1 and §3.2.4: a path that is not there is "/", or for OPTIONS the server as a whole. */
function pathOf(method: string, rest: string): string {
  if (rest === "") return method === "OPTIONS" ? "*" : "/";
  return rest.startsWith("?") ? `/${rest}` : rest;
}
