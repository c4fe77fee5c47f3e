/** What the proxy answers by itself: the files for automatic set-up, a page that says what it is, OPTIONS and TRACE that end here. */
import type { Answer } from "./answers.ts";
import type { Client } from "./client.ts";
import type { Shared } from "./deps.ts";
import type { Incoming } from "./incoming.ts";
import { PAC_TYPE, pacFile } from "./pac.ts";
import { plainAnswer } from "./refusals.ts";
import { parseAuthority } from "./target.ts";

const READING: ReadonlySet<string> = new Set(["GET", "HEAD"]);
const PAC_PATHS: ReadonlySet<string> = new Set(["/proxy.pac", "/wpad.dat"]);
const ALLOW = ["Allow", "GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS, TRACE, CONNECT"] as const;

/** Answers a request in origin form: whoever sends one means this server. */
export function ownAnswer(shared: Shared, client: Client, path: string): Answer {
  const bare = path.split("?", 1)[0] as string;
  const known = PAC_PATHS.has(bare) || bare === "/";
  if (!known) {
    return plainAnswer(
      404,
      "Nothing is here",
      "This is a web proxy, not a web site: programs ask it for whole addresses.",
    );
  }
  if (!READING.has(client.request.method)) {
    const answer = plainAnswer(405, "Only for reading", "This address can only be read.");
    return { ...answer, fields: [["Allow", "GET, HEAD"]] };
  }
  return bare === "/" ? aboutPage(shared) : pacAnswer(shared, client);
}

function aboutPage(shared: Shared): Answer {
  const { plain, tls } = shared.ports();
  const ways = [
    plain !== undefined && `Proxy: ${shared.hostname()}, port ${plain}.`,
    tls !== undefined && `With TLS: ${shared.hostname()}, port ${tls}.`,
    "Programs that set themselves up take the address of this page with /proxy.pac behind it.",
  ];
  return {
    status: 200,
    body: {
      title: "This is a web proxy",
      sentence: "It fetches web pages for the people of this network.",
      advice: ways.filter((line) => line !== false),
    },
  };
}

/** The file names the proxy as the device has reached it, by a name or an address that leads here. */
function pacAnswer(shared: Shared, { request, connection }: Client): Answer {
  const { plain, tls } = shared.ports();
  const { direct, directFallback } = shared.settings();
  const host = parseAuthority(request.fields.get("host") ?? "", 80)?.host ?? connection.local.address;
  const text = pacFile({ host, port: plain, tlsPort: tls, direct, fallback: directFallback });
  return { status: 200, body: { type: PAC_TYPE, text } };
}

/** OPTIONS for the proxy as a whole, or where Max-Forwards ends (RFC 9110 §9.3.7). */
export const optionsAnswer: Answer = { status: 200, body: { type: "text/plain", text: "" }, fields: [ALLOW] };

/** What a TRACE that ends here shows of itself: not what logs somebody in (RFC 9110 §9.3.8). */
const SECRET = /^(authorization|cookie|cookie2|proxy-.*)$/i;

/** TRACE where Max-Forwards ends (RFC 9110 §7.6.2, §9.3.8). */
export function traceAnswer({ method, fields }: Incoming, url: string): Answer {
  const lines = [...fields].filter(([name]) => !SECRET.test(name)).map(([name, value]) => `${name}: ${value}\r\n`);
  return { status: 200, body: { type: "message/http", text: `${method} ${url} HTTP/1.1\r\n${lines.join("")}\r\n` } };
}

/**
 * Counts Max-Forwards down (RFC 9110 §7.6.2).
 * @returns whether the request ends here
 */
export function endsHere({ method, fields }: Incoming): boolean {
  if (method !== "TRACE" && method !== "OPTIONS") return false;
  const value = fields.get("max-forwards");
  if (value === undefined || !/^\d{1,9}$/.test(value)) return false;
  if (Number(value) === 0) return true;
  fields.set("Max-Forwards", String(Number(value) - 1));
  return false;
}
