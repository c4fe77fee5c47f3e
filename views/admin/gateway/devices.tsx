/** How devices are set to go through the gateway: every system with this server's own addresses, to be copied. */
import type { Child } from "hono/jsx";
import { Lines, Value } from "../../parts/copied.tsx";
import { Empty, Notice, PageHead } from "../../parts/telling.tsx";
import { Admin, type AdminFrame } from "../frame.tsx";

/** What devices are told. */
export interface DevicesPage {
  readonly host: string;
  readonly proxy: { readonly port: number } | null;
  readonly proxyTls: { readonly port: number } | null;
  readonly socks: { readonly port: number } | null;
  readonly ftpproxy: { readonly port: number } | null;
  readonly pac: string | null;
  /** An address under which devices ask for the file by themselves; null where port 80 does not answer. */
  readonly wpad: string | null;
  /** Those who have not logged in may use it. */
  readonly guests: boolean;
}

interface System {
  readonly name: string;
  readonly steps: readonly Child[];
  /** Lines for a terminal. */
  readonly lines?: { readonly id: string; readonly text: string };
  readonly note?: string;
}

/** Programs that speak FTP themselves; browsers and curl reach ftp:// through the web proxy. */
const ftpPrograms = (host: string, ftpproxy: DevicesPage["ftpproxy"]): readonly System[] =>
  ftpproxy === null
    ? []
    : [
        {
          name: "FTP programs",
          steps: [
            `In FileZilla: Settings, FTP, FTP Proxy, “USER@HOST”, ${host}:${ftpproxy.port}, with your login name and password.`,
            "lftp is told in a terminal:",
          ],
          lines: {
            id: "lftp",
            text: `lftp -e 'set ftp:proxy ftp://LOGIN:PASSWORD@${host}:${ftpproxy.port}' ftp://ftp.example.org/`,
          },
          note: "The account needs the permission “Use the FTP Proxy”.",
        },
      ];

const systemsOf = ({ host, proxy, socks, ftpproxy, pac }: DevicesPage): readonly System[] => {
  const port = proxy?.port ?? 0;
  const byFile = pac ?? "";
  return [
    {
      name: "Windows",
      steps: [
        "Open Settings → Network & internet → Proxy.",
        "Beside “Use setup script” choose Set up, switch it on, and paste the setup address from above.",
        "Save. Edge, Chrome and most programs follow at once; they ask for login name and password when they first need them.",
      ],
    },
    {
      name: "macOS",
      steps: [
        "Open System Settings → Network, choose the connection, then Details → Proxies.",
        "Switch on “Automatic proxy configuration” and paste the setup address as its URL.",
        "Choose OK. The first page asks for login name and password; let the keychain keep them.",
      ],
    },
    {
      name: "iPhone and iPad",
      steps: [
        "Open Settings → Wi-Fi and tap the “i” beside your network.",
        "At the end, tap Configure Proxy and choose Automatic.",
        "Type the setup address as URL and tap Save.",
      ],
      note: "It holds for this network only; away from home nothing changes.",
    },
    {
      name: "Android",
      steps: [
        "Open Settings → Network & internet → Internet and hold your network, then Modify.",
        "Under Advanced options set Proxy to “Proxy Auto-Config”.",
        "Type the setup address as PAC URL and save.",
      ],
      note: "Some apps ignore the setting; browsers follow it.",
    },
    {
      name: "Firefox",
      steps: [
        "Open Settings, search for “proxy”, and choose Settings beside Network Settings.",
        "Choose “Automatic proxy configuration URL”, paste the setup address, and choose OK.",
      ],
      ...(socks && {
        note: `For SOCKS instead: “Manual proxy configuration”, SOCKS host ${host}, port ${socks.port}, SOCKS v5, with “Proxy DNS when using SOCKS v5”. Firefox cannot log in to SOCKS, so that needs the guest's permission.`,
      }),
    },
    {
      name: "GNOME",
      steps: ["Open Settings → Network → Proxy, choose Automatic, and paste the setup address. Or in a terminal:"],
      lines: {
        id: "gnome",
        text: `gsettings set org.gnome.system.proxy mode auto\ngsettings set org.gnome.system.proxy autoconfig-url ${byFile}`,
      },
    },
    {
      name: "Chrome and Chromium",
      steps: ["They follow the system. To start one with its own setting:"],
      lines: { id: "chromium", text: `chromium --proxy-pac-url=${byFile}` },
    },
    {
      name: "curl and other commands",
      steps: ["Most programs in a terminal read these variables. LOGIN and PASSWORD are your own:"],
      lines: {
        id: "curl",
        text: [
          `export http_proxy=http://LOGIN:PASSWORD@${host}:${port}`,
          'export https_proxy="$http_proxy" no_proxy=localhost,127.0.0.1',
          ...(socks ? [`curl --proxy socks5h://LOGIN:PASSWORD@${host}:${socks.port} https://example.org/`] : []),
        ].join("\n"),
      },
    },
    ...ftpPrograms(host, ftpproxy),
    {
      name: "apt",
      steps: ["Write this into /etc/apt/apt.conf.d/80gatepost, readable by root only:"],
      lines: {
        id: "apt",
        text: `Acquire::http::Proxy "http://LOGIN:PASSWORD@${host}:${port}";\nAcquire::https::Proxy "http://LOGIN:PASSWORD@${host}:${port}";`,
      },
    },
  ];
};

const SystemPanel = ({ system }: { system: System }) => (
  <section class="panel stack" aria-labelledby={`system-${system.name.split(" ")[0]}`}>
    <h2 id={`system-${system.name.split(" ")[0]}`}>{system.name}</h2>
    <ol class="howto">
      {system.steps.map((step) => (
        <li>{step}</li>
      ))}
    </ol>
    {system.lines ? <Lines {...system.lines} about={`the lines for ${system.name}`} /> : null}
    {system.note ? <p class="hint">{system.note}</p> : null}
  </section>
);

const Settings = ({ page }: { page: DevicesPage }) => {
  const { host, proxy, proxyTls, socks, ftpproxy, pac, wpad, guests } = page;
  return (
    <section class="panel stack" aria-labelledby="addresses">
      <h2 id="addresses">Addresses</h2>
      <dl class="facts facts-copied">
        {pac ? <Value id="pac" label="Setup address" text={pac} /> : null}
        {proxy ? <Value id="proxy" label="Web proxy" text={`${host}:${proxy.port}`} /> : null}
        {proxyTls ? <Value id="proxy-tls" label="Web proxy, TLS" text={`https://${host}:${proxyTls.port}`} /> : null}
        {socks ? <Value id="socks" label="SOCKS" text={`${host}:${socks.port}`} /> : null}
        {ftpproxy ? <Value id="ftp-proxy" label="FTP proxy" text={`${host}:${ftpproxy.port}`} /> : null}
      </dl>
      <p class="hint">
        {guests
          ? "Devices on your own network may go out without a login: the guest entry has “Use the Web Proxy”."
          : "Login name and password are those of the account; it needs the permission “Use the Web Proxy”."}{" "}
        {guests ? <a href="/admin/users/guest/permissions">The guest's permissions</a> : null}
      </p>
      {wpad ? (
        <Notice kind="info" title="Devices that set themselves up">
          <p>
            {"Give the name "}
            <code>wpad</code>
            {
              " this server's address in your network's DNS (in most routers under local names). Devices set to detect the proxy by themselves, as Windows is, then fetch "
            }
            <code class="wraps">{wpad}</code>
            {" and need no other setting."}
          </p>
        </Notice>
      ) : null}
    </section>
  );
};

export const Devices = ({ frame, page }: { frame: AdminFrame; page: DevicesPage }) => (
  <Admin title="Set up devices" frame={frame} place="gateway/devices">
    <PageHead
      title="Set up devices"
      lede="How computers and phones are told to go through this server. One address is enough for most of them."
    />
    {page.proxy === null ? (
      <section class="panel panel-flush">
        <Empty icon="desktop" title="The web proxy does not listen">
          <p>
            Open its port 3128 first, then this page shows what devices need. <a href="/admin/services">Services</a>
          </p>
        </Empty>
      </section>
    ) : (
      <div class="stack stack-l">
        <Settings page={page} />
        <div class="grid grid-wide">
          {systemsOf(page).map((system) => (
            <SystemPanel system={system} />
          ))}
        </div>
      </div>
    )}
  </Admin>
);
