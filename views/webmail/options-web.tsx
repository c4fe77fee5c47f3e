/** What the account has beside mail: the web proxy and what was used of it, files, and the home page. */
import { Pickets } from "../admin/gateway/pickets.tsx";
import { Fill } from "../parts/fill.tsx";
import { CopyButton } from "../parts/forms.tsx";
import { Notice, sizeWords } from "../parts/telling.tsx";
import { rich } from "../words/rich.tsx";
import { t } from "../words/words.ts";
import { type OptionsFrame, OptionsPage } from "./options.tsx";
import { SCRIPT_GUIDE } from "./options-home-page.tsx";

const MEGABYTE = 1_000_000;

export interface OwnTraffic {
  readonly limits: {
    readonly dayMegabytes: number;
    readonly monthMegabytes: number;
    readonly kilobytesPerSecond: number;
    readonly connections: number;
  };
  readonly dayOctets: number;
  readonly monthOctets: number;
  readonly days: readonly { readonly words: string; readonly sent: number; readonly received: number }[];
  readonly host: string;
  /** Ports, and the address of the file with the set-up; null where they are closed or not allowed. */
  readonly proxy: number | null;
  readonly socks: number | null;
  readonly ftpproxy: number | null;
  readonly pac: string | null;
}

const Quota = ({ label, octets, megabytes }: { label: string; octets: number; megabytes: number }) => (
  <>
    <dt>{label}</dt>
    <dd>
      {megabytes === 0 ? (
        <span class="num">{sizeWords(octets)}</span>
      ) : (
        <span class="two">
          <span class="num">
            {t("{some} of {all}", { some: sizeWords(octets), all: sizeWords(megabytes * MEGABYTE) })}
          </span>
          <Fill fill={octets / (megabytes * MEGABYTE)} label={t("{label}: used of what you may", { label })} />
        </span>
      )}
    </dd>
  </>
);

/** An address with the button that copies it. */
const Address = ({ id, label, text }: { id: string; label: string; text: string }) => (
  <>
    <dt>{label}</dt>
    <dd class="copied">
      <code class="code" id={id}>
        {text}
      </code>
      <CopyButton of={id} about={label} />
    </dd>
  </>
);

export const TrafficOptions = ({ frame, page }: { frame: OptionsFrame; page: OwnTraffic }) => {
  const { limits } = page;
  return (
    <OptionsPage
      frame={frame}
      title={t("Web proxy")}
      lede={t(
        "The way to the Internet through this server: how devices are set up for it, and how much you have transferred.",
      )}
    >
      <section class="panel" aria-labelledby="own-used">
        <div class="panel-head">
          <h2 id="own-used">{t("Transferred")}</h2>
        </div>
        <dl class="facts">
          <Quota label={t("Today")} octets={page.dayOctets} megabytes={limits.dayMegabytes} />
          <Quota label={t("This month")} octets={page.monthOctets} megabytes={limits.monthMegabytes} />
          {limits.kilobytesPerSecond === 0 ? null : (
            <>
              <dt>{t("At most")}</dt>
              <dd class="num">{t("{n} KB a second", { n: limits.kilobytesPerSecond })}</dd>
            </>
          )}
        </dl>
        <Pickets boards={page.days} label={t("The last 30 days")} />
      </section>
      <section class="panel" aria-labelledby="own-proxy">
        <div class="panel-head">
          <h2 id="own-proxy">{t("Setting up a device")}</h2>
        </div>
        {page.proxy === null && page.socks === null && page.ftpproxy === null ? (
          <p>{t("None is open to you at the moment. Ask the administrator for the permission.")}</p>
        ) : (
          <div class="stack">
            <p class="hint">
              {page.pac === null
                ? t("Login name and password are yours.")
                : t(
                    "Where a device asks for the automatic configuration of its proxy (an address, URL or script), give it the setup address. Login name and password are yours.",
                  )}
            </p>
            <dl class="facts facts-copied">
              {page.pac ? <Address id="own-pac" label={t("Setup address")} text={page.pac} /> : null}
              {page.proxy ? <Address id="own-http" label={t("Web proxy")} text={`${page.host}:${page.proxy}`} /> : null}
              {page.socks ? <Address id="own-socks" label="SOCKS" text={`${page.host}:${page.socks}`} /> : null}
              {page.ftpproxy ? (
                <Address id="own-ftpproxy" label={t("FTP proxy")} text={`${page.host}:${page.ftpproxy}`} />
              ) : null}
            </dl>
          </div>
        )}
      </section>
    </OptionsPage>
  );
};

export interface OwnFiles {
  readonly login: string;
  readonly host: string;
  /** The FTP port; null where it is closed or not allowed. */
  readonly ftp: number | null;
  /** Files may be uploaded and changed over FTP. */
  readonly changes: boolean;
  readonly scripts: boolean;
  readonly pages: string | null;
  readonly drive: string | null;
  readonly files: {
    readonly octets: number;
    readonly files: number;
    readonly maxOctets: number | null;
    readonly maxFiles: number | null;
  };
  readonly shares: readonly { readonly name: string; readonly description: string; readonly right: "read" | "write" }[];
}

export const FilesOptions = ({ frame, page }: { frame: OptionsFrame; page: OwnFiles }) => {
  const { files } = page;
  return (
    <OptionsPage
      frame={frame}
      title={t("Files and home page")}
      lede={t("Your folder on this server, your page on the web, and how to put something there.")}
    >
      <section class="panel stack" aria-labelledby="own-files">
        <h2 id="own-files">{t("Your folder")}</h2>
        <dl class="facts facts-copied">
          <dt>{t("It holds")}</dt>
          <dd>
            {files.maxOctets === null || files.maxOctets === 0 ? (
              <span class="num">{sizeWords(files.octets)}</span>
            ) : (
              <span class="two">
                <span class="num">
                  {t("{some} of {all}", { some: sizeWords(files.octets), all: sizeWords(files.maxOctets) })}
                </span>
                <Fill fill={files.octets / files.maxOctets} label={t("How full your folder is")} />
              </span>
            )}
          </dd>
          {page.ftp === null ? null : (
            <Address id="own-ftp" label="FTP" text={`ftp://${page.login}@${page.host}:${page.ftp}/`} />
          )}
        </dl>
        <p class="hint">
          {page.ftp === null
            ? t("Over FTP it is not open to you; ask the administrator for the permission.")
            : page.changes
              ? t("Use a program that can encrypt FTP (TLS); the password is that of your account.")
              : t("You may read it over FTP; to change it, ask the administrator for the permission.")}
        </p>
        {page.shares.length === 0 ? null : (
          <>
            <h3>{t("Shared with you")}</h3>
            <ul class="lines lines-inset">
              {page.shares.map(({ name, description, right }) => (
                <li>
                  <span class="two">
                    <span class="strong wraps">{name}</span>
                    {description === "" ? null : <span class="muted small wraps">{description}</span>}
                  </span>
                  <span class="end muted">{right === "write" ? t("read and change") : t("read only")}</span>
                </li>
              ))}
            </ul>
          </>
        )}
      </section>
      <section class="panel stack" aria-labelledby="own-pages">
        <h2 id="own-pages">{t("Your page on the web")}</h2>
        {page.pages === null ? (
          <Notice kind="info">
            <p>{t("The web ports are closed at the moment.")}</p>
          </Notice>
        ) : (
          <dl class="facts facts-copied">
            <Address id="own-page" label={t("Seen at")} text={page.pages} />
            {page.drive ? <Address id="own-drive" label={t("Network drive")} text={page.drive} /> : null}
          </dl>
        )}
        <p class="hint">
          {t("Put a file index.html into the folder: with a desktop that opens the network drive (WebDAV), or by FTP.")}
          {page.scripts ? (
            <>
              {" "}
              {rich("Scripts in your pages are run by the server: {guide}.", {
                guide: <a href={SCRIPT_GUIDE}>{t("how they are written")}</a>,
              })}
            </>
          ) : null}
        </p>
      </section>
    </OptionsPage>
  );
};
