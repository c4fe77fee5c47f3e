/** What the account has beside mail: the web proxy with its limits and what was used of them, files, and the home page. */
import type { Hono } from "hono";
import { OPTIONS } from "../../../../views/webmail/options.tsx";
import { FilesOptions, TrafficOptions } from "../../../../views/webmail/options-web.tsx";
import { formats, t } from "../../../../views/words/words.ts";
import { showAddresses } from "../../../administration/gateway/addresses.ts";
import { showOwnTraffic } from "../../../administration/gateway/traffic.ts";
import type { WebEnv } from "../../context.ts";
import type { Office } from "./office.tsx";

const TRAFFIC = `${OPTIONS}/traffic`;
const FILES = `${OPTIONS}/files`;

export function webPages(app: Hono<WebEnv>, office: Office): void {
  app.get("/traffic", async (c) => {
    const { self, frame } = await office.desk(c, TRAFFIC);
    const own = await office.perform(c, showOwnTraffic, {});
    const { host, proxy, socks, ftpproxy, pac } = await office.perform(c, showAddresses, {});
    const days = own.days.map(({ day, ...sum }) => ({ ...sum, words: formats().calendarDay(day) }));
    const web = self.permissions.includes("http.proxy");
    const page = {
      ...{ ...own, days, host },
      pac: web ? pac : null,
      proxy: web ? (proxy?.port ?? null) : null,
      socks: web ? (socks?.port ?? null) : null,
      ftpproxy: self.permissions.includes("ftp.proxy") ? (ftpproxy?.port ?? null) : null,
    };
    return await office.show(c, t("Web proxy"), <TrafficOptions frame={frame} page={page} />);
  });

  app.get("/files", async (c) => {
    const { self, frame } = await office.desk(c, FILES);
    const { files, shares } = await office.perform(c, showOwnTraffic, {});
    const { host, ftp, ftpTls, pages, drive } = await office.perform(c, showAddresses, {});
    const own = (address: string | null) => address?.replace("LOGIN", encodeURIComponent(self.login)) ?? null;
    const may = (permission: (typeof self.permissions)[number]) => self.permissions.includes(permission);
    const page = {
      ...{ files, shares, host, login: self.login },
      ftp: may("ftp.login") ? (ftp?.port ?? ftpTls?.port ?? null) : null,
      changes: may("ftp.modify"),
      scripts: may("http.scripts"),
      pages: own(pages),
      drive: own(drive),
    };
    return await office.show(c, t("Files and home page"), <FilesOptions frame={frame} page={page} />);
  });
}
