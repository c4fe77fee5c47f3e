/**
 * The file from which devices set their proxy up by themselves (proxy auto-config, as browsers have it since Netscape 2; wpad.dat is the
 * same file where Web Proxy Auto-Discovery looks for it). Pure: also the pages show and serve it.
 */

/** What goes into the file. */
export interface PacOptions {
  /** The proxy's name or address as the device reaches it; undefined where the proxy does not listen. */
  readonly host: string;
  /** The port without TLS; undefined where it does not listen. */
  readonly port: number | undefined;
  /** The port with TLS; undefined where it does not listen. */
  readonly tlsPort: number | undefined;
  /** The port with TLS is named first. */
  readonly preferTls?: boolean;
  /** Hosts to go to without the proxy: names, or with `*`. */
  readonly direct: readonly string[];
  /** Go without the proxy while it does not answer. */
  readonly fallback: boolean;
}

/** The media type that every system takes. */
export const PAC_TYPE = "application/x-ns-proxy-autoconfig";

/** Addresses that are always reached directly; by their text, since looking a name up would hold the browser. */
const LOCAL = [
  "localhost",
  "127.*",
  "10.*",
  "192.168.*",
  "169.254.*",
  ...Array.from({ length: 16 }, (_, at) => `172.${16 + at}.*`),
];

/** Makes the file. */
export function pacFile(options: PacOptions): string {
  const { host, port, tlsPort, preferTls = false, direct, fallback } = options;
  const place = host.includes(":") ? `[${host}]` : host;
  const plain = port === undefined ? [] : [`PROXY ${place}:${port}`];
  const secure = tlsPort === undefined ? [] : [`HTTPS ${place}:${tlsPort}`];
  const ways = preferTls ? [...secure, ...plain] : [...plain, ...secure];
  const answer = [...ways, ...(fallback || ways.length === 0 ? ["DIRECT"] : [])].join("; ");
  return `function FindProxyForURL(url, host) {
  host = host.toLowerCase();
  // Names without a dot, addresses of the local network, and the proxy itself.
  if (isPlainHostName(host) || host === ${quoted(host.toLowerCase())} || /^\\[?(::1|f[cd]|fe[89ab])/.test(host) && host.indexOf(":") >= 0) return "DIRECT";
  var local = ${quoted(LOCAL)};
  if (/^(localhost|[0-9.]+)$/.test(host)) for (var i = 0; i < local.length; i++) if (shExpMatch(host, local[i])) return "DIRECT";
  var direct = ${quoted(direct.map((name) => name.toLowerCase()))};
  for (var j = 0; j < direct.length; j++) if (shExpMatch(host, direct[j])) return "DIRECT";
  return ${quoted(answer)};
}
`;
}

/** A value as ECMAScript 3 reads it, nothing of which ends a script or a line. */
function quoted(value: unknown): string {
  return JSON.stringify(value).replace(/[\u007f-\uffff<]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
