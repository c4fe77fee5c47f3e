/** Where people reach the gateway: the addresses that devices are told, as they are now. */
import { z } from "zod";
import { type Context, operation } from "../operation.ts";
import type { PortState } from "../parts.ts";

const place = z.object({ port: z.number().int(), tls: z.enum(["none", "starttls", "implicit"]) });

const addressesView = z.object({
  host: z.string().describe("The name of this server."),
  proxy: place.nullable().describe("The web proxy without TLS; null where it does not listen."),
  proxyTls: place.nullable(),
  socks: place.nullable(),
  ftp: place.nullable(),
  ftpTls: place.nullable(),
  ftpproxy: place.nullable(),
  pac: z.string().nullable().describe("The address of the file from which devices set themselves up."),
  pages: z.string().nullable().describe("The address of home pages; LOGIN stands for the login name."),
  drive: z.string().nullable().describe("The address of a home-page folder as a network drive (WebDAV)."),
});
export type AddressesView = z.output<typeof addressesView>;

export const showAddresses = operation({
  name: "gateway.addresses",
  summary: "Shows the addresses of the web proxy, SOCKS, the FTP service and home pages, for setting up devices.",
  http: "GET /gateway/addresses",
  scope: "self:read",
  who: "user",
  input: z.strictObject({}),
  output: addressesView,
  run: addressesOf,
});

/** The addresses as they are now. */
export function addressesOf({ services, transport }: Context): AddressesView {
  const host = transport.hostname();
  const listening = new Map<string, PortState>(
    services
      .list()
      .flatMap(({ name, ports }) =>
        ports.filter(({ state }) => state === "listening").map((port) => [`${name} ${port.tls}`, port] as const),
      ),
  );
  const at = (service: string, tls: PortState["tls"]) => {
    const port = listening.get(`${service} ${tls}`);
    return port === undefined ? null : { port: port.port, tls };
  };
  const proxy = at("proxy", "none");
  const [http, https] = [at("web", "none"), at("web", "implicit")];
  const web = https !== null ? origin("https", host, https.port) : http && origin("http", host, http.port);
  return {
    host,
    proxy,
    proxyTls: at("proxy", "implicit"),
    socks: at("socks", "none"),
    ftp: at("ftp", "starttls"),
    ftpTls: at("ftp", "implicit"),
    ftpproxy: at("ftpproxy", "none") ?? at("ftpproxy", "starttls"),
    // A device asks for it before it trusts this server's certificate.
    pac:
      proxy !== null
        ? `http://${host}:${proxy.port}/proxy.pac`
        : http && `${origin("http", host, http.port)}/proxy.pac`,
    pages: web && `${web}/~LOGIN/`,
    drive: web && `${web}/dav/pages/LOGIN/`,
  };
}

/** The beginning of a web address; the standard port goes without saying. */
function origin(scheme: "http" | "https", host: string, port: number): string {
  const standard = scheme === "http" ? 80 : 443;
  return `${scheme}://${host}${port === standard ? "" : `:${port}`}`;
}
