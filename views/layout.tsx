/**
 * The frame of every page: the document, the navigation rail and the page itself. Pure: everything comes in as values, the addresses
 * of the embedded files too. Called by src/web (through the pages in views/admin, views/setup, views/webmail and views/login.tsx).
 *
 * One URL serves the page or a fragment: a page's component is rendered inside its shell for a browser, and htmx picks what it needs
 * with hx-select, or the route answers with the fragment alone where that saves work.
 */
import { raw } from "hono/html";
import type { Child, PropsWithChildren } from "hono/jsx";
import { Brand, Icon, type IconName } from "./parts/icon.tsx";
import { type Flash, Toast } from "./parts/telling.tsx";
import { formats, key, reader, TONGUES, t } from "./words/words.ts";

/** Addresses of the embedded files, with their content's hash in the name so that browsers may keep them for good. */
export interface Assets {
  readonly style: string;
  readonly scripts: readonly string[];
  readonly icon: string;
  /** The script for pages on which passkeys are used; `withPasskeys` adds it. */
  readonly passkeys: string;
  /** Fonts worth fetching with the page. */
  readonly fonts: readonly string[];
  /** Further sheets: what pages of forms and figures have beside the one of all pages, or webmail's own. */
  readonly styles?: readonly string[];
  /** What a browser installs the page by. */
  readonly manifest?: string;
}

/** What the frame needs to know about the request, the same for every page. */
export interface Frame {
  readonly assets: Assets;
  /** The session's token against forged requests; empty where nobody is signed in. */
  readonly csrf: string;
  /** What the last action answered; shown once. */
  readonly flash?: Flash;
  readonly theme?: "light" | "dark";
  /** How close things stand. */
  readonly density?: "compact";
  /** Set where keys do nothing but type. */
  readonly keys?: "off";
  /** The moment the page is made, epoch milliseconds. */
  readonly now: number;
}

/**
 * htmx without anything the Content-Security-Policy refuses: no inline indicator styles (ours are in the sheet). Errors are
 * shown as the server wrote them. Nothing moves from its old look to its new one, so what was answered does not settle, but is
 * painted at once.
 */
const HTMX_CONFIG = JSON.stringify({ includeIndicatorCSS: false, history: "reload", defaultSettleDelay: 0 });

/** The whole document. `bodyClass` is "app" for pages with a rail. */
export const Document = ({
  title,
  frame,
  bodyClass,
  children,
}: PropsWithChildren<{ title: string; frame: Frame; bodyClass?: string }>) => (
  <>
    {raw("<!doctype html>")}
    <html
      lang={reader().language}
      dir={TONGUES[reader().language].direction}
      data-theme={frame.theme}
      data-density={frame.density}
      data-keys={frame.keys}
    >
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
        <meta name="color-scheme" content="light dark" />
        <meta name="theme-color" content="#f1f4f0" media="(prefers-color-scheme: light)" />
        <meta name="theme-color" content="#0f1512" media="(prefers-color-scheme: dark)" />
        <meta name="htmx-config" content={HTMX_CONFIG} />
        <title>{`${title} · Gatepost`}</title>
        <link rel="icon" type="image/svg+xml" href={frame.assets.icon} />
        {frame.assets.manifest ? (
          <>
            <link rel="manifest" href={frame.assets.manifest} />
            <link rel="apple-touch-icon" href="/mail/app-192.png" />
          </>
        ) : null}
        {frame.assets.fonts.map((font) => (
          <link rel="preload" href={font} as="font" type="font/woff2" crossorigin="anonymous" />
        ))}
        <link rel="stylesheet" href={frame.assets.style} />
        {frame.assets.styles?.map((sheet) => (
          <link rel="stylesheet" href={sheet} />
        ))}
        {frame.assets.scripts.map((script) => (
          <script src={script} defer />
        ))}
      </head>
      <body
        class={bodyClass}
        hx-headers:inherited={frame.csrf ? JSON.stringify({ "X-CSRF-Token": frame.csrf }) : undefined}
      >
        <a class="skip" href="#main">
          {t("Skip to the page")}
        </a>
        {children}
        <div class="toasts" id="toasts" aria-live="polite">
          {frame.flash ? <Toast {...frame.flash} csrf={frame.csrf} /> : null}
        </div>
        <dialog class="dialog" id="dialog" aria-label={t("Dialog")} />
      </body>
    </html>
  </>
);

/** One line of the navigation. */
export interface RailLink {
  readonly href: string;
  readonly label: string;
  readonly icon: IconName;
  /** A number worth seeing, such as messages that wait; nothing is shown for 0. */
  readonly count?: number;
  readonly current?: boolean;
}

/** A group of lines under a small heading. */
export interface RailGroup {
  readonly title?: string;
  readonly links: readonly RailLink[];
}

/** One link of the rail. */
const RailItem = ({ href, label, icon, count, current }: RailLink) => (
  <li>
    <a class="rail-link" href={href} title={label} aria-current={current ? "page" : undefined}>
      <Icon name={icon} />
      <span>{label}</span>
      {count ? <span class="count">{formats().number(count)}</span> : null}
    </a>
  </li>
);

/**
 * A page with the rail: on a phone the rail is a popover behind the menu button (no script needed), on a tablet a column of icons,
 * on a desk a column of words. `top` puts something of the page's own into the phone's bar; `rail` stands above the groups;
 * `foot` at the rail's end.
 */
export const Shell = ({
  title,
  frame,
  navigation,
  home,
  railLabel,
  rail,
  foot,
  top,
  mainClass = "page",
  children,
}: PropsWithChildren<{
  title: string;
  frame: Frame;
  navigation: readonly RailGroup[];
  home: string;
  railLabel: string;
  rail?: Child;
  foot?: Child;
  top?: Child;
  mainClass?: string;
}>) => (
  <Document title={title} frame={frame} bodyClass="app">
    <header class="topbar">
      <button class="btn btn-quiet btn-icon" type="button" popovertarget="rail" aria-label={t("Menu")}>
        <Icon name="menu" />
      </button>
      <Brand href={home} />
      {top ? <div class="actions row">{top}</div> : null}
    </header>
    <nav class="rail" id="rail" popover="auto" aria-label={railLabel}>
      <Brand href={home} />
      {rail}
      {navigation.map((group) => (
        <div>
          {group.title ? <h2>{group.title}</h2> : null}
          <ul>
            {group.links.map((link) => (
              <RailItem {...link} />
            ))}
          </ul>
        </div>
      ))}
      {foot ? <div class="rail-foot">{foot}</div> : null}
    </nav>
    <main class={mainClass} id="main" tabindex={-1}>
      {children}
    </main>
  </Document>
);

const THEMES = [
  { theme: "auto", label: key("Colours as on this device"), icon: "desktop" },
  { theme: "light", label: key("Light colours"), icon: "sun" },
  { theme: "dark", label: key("Dark colours"), icon: "moon" },
] as const satisfies { theme: string; label: string; icon: IconName }[];

/** Light, dark, or as the device has it. */
const ThemeSwitch = ({ csrf, theme = "auto" }: { csrf: string; theme?: "light" | "dark" | "auto" }) => (
  <form class="themes" action="/theme" method="post" aria-label={t("Colours")}>
    <input type="hidden" name="csrf" value={csrf} />
    {THEMES.map((choice) => (
      <button
        type="submit"
        name="theme"
        value={choice.theme}
        title={t(choice.label)}
        aria-label={t(choice.label)}
        aria-pressed={choice.theme === theme ? "true" : "false"}
      >
        <Icon name={choice.icon} />
      </button>
    ))}
  </form>
);

/** The rail's end: colours, the way to the other site, who is signed in, and the way out. */
export const RailFoot = ({
  name,
  csrf,
  theme,
  other,
}: {
  name: string;
  csrf: string;
  theme?: "light" | "dark";
  other?: { href: string; label: string; icon: IconName };
}) => (
  <>
    {other ? (
      <a class="rail-link" href={other.href} title={other.label}>
        <Icon name={other.icon} />
        <span>{other.label}</span>
      </a>
    ) : null}
    <form action="/logout" method="post">
      <input type="hidden" name="csrf" value={csrf} />
      <button class="rail-link" type="submit" title={t("Sign out {name}", { name })}>
        <Icon name="signOut" />
        <span class="clip">{t("Sign out {name}", { name })}</span>
      </button>
    </form>
    <ThemeSwitch csrf={csrf} theme={theme} />
  </>
);
