/** What the proxy itself answers: pages for people, with the fields that go with them, in one piece. Pure. */
import { type ProxyPageValues, proxyPage } from "../../../views/proxy/page.tsx";
import { Fields } from "../../net/http/fields.ts";

/** An answer of the proxy's own. */
export interface Answer {
  readonly status: number;
  /** A page, or a text with its media type. */
  readonly body: ProxyPageValues | { readonly type: string; readonly text: string };
  readonly fields?: readonly (readonly [string, string])[];
}

/** Reason phrases of what is answered here (RFC 9110 §15); a client may not go by them. */
const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  303: "See Other",
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  407: "Proxy Authentication Required",
  408: "Request Timeout",
  413: "Content Too Large",
  414: "URI Too Long",
  417: "Expectation Failed",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
  505: "HTTP Version Not Supported",
  508: "Loop Detected",
};

/** The page stands on the origin that was asked for: it may do nothing there but show itself and send its form back. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'self'; base-uri 'none'";

/** How an answer is sent. */
export interface AnswerOptions {
  /** HEAD: the head alone. */
  readonly headOnly: boolean;
  /** The connection ends with it. */
  readonly close: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** An answer as octets. */
export function answerOctets(
  { status, body, fields = [] }: Answer,
  { headOnly, close, now }: AnswerOptions,
): Uint8Array {
  const page = "title" in body;
  const text = page ? proxyPage(body) : body.text;
  const content = Buffer.from(text, "utf8");
  const head = Fields.of([
    ["Date", new Date(now).toUTCString()],
    ["Content-Type", page ? "text/html; charset=utf-8" : body.type],
    ["Content-Length", String(content.length)],
    ["Cache-Control", "no-store"],
    ["X-Content-Type-Options", "nosniff"],
    ...(page ? ([["Content-Security-Policy", POLICY]] as const) : []),
    ...fields,
    ...(close ? ([["Connection", "close"]] as const) : []),
  ]);
  const start = Buffer.from(`HTTP/1.1 ${status} ${REASONS[status] ?? ""}\r\n${head}\r\n`, "latin1");
  return headOnly ? start : Buffer.concat([start, content]);
}

/** What the proxy says of errors to programs (RFC 9209). */
export function proxyStatus(error: string): readonly [string, string] {
  return ["Proxy-Status", `gatepost; error=${error}`];
}
