/**
 * What on the web counts against a visitor's address: questions that only programs ask which look for holes in other people's software,
 * and, much more lightly, pages that do not exist. Whoever is signed in is never counted, nor what browsers and mail programs ask for by
 * themselves. Called by app.ts.
 */
import type { Lockout } from "../auth/lockout.ts";

/** The bait of scanners: nothing here ever had such a name. Compared with the path in lower case, with escapes undone. */
const PROBES = [
  /\.(php\d?|phtml|aspx?|jspx?|cfm|cgi|action|do)$/,
  /(^|\/)\.(env|git|svn|hg|aws|ssh|ds_store|htaccess|htpasswd|vscode|docker|npmrc|bash_history)/,
  /\/(wp-(admin|content|includes|json|login)|wordpress|xmlrpc|phpmyadmin|pma|myadmin|cgi-bin|boaform|hnap1|actuator|solr|jenkins|manager\/html)/,
  /\/(_ignition|_profiler|vendor\/phpunit|eval-stdin|owa\/auth|ecp\/|autodiscover\.json|geoserver|druid|console\/|server-status)/,
  /\.(sql|bak|old|swp|tar|tgz|gz|zip|rar|7z|pem|key|log)$/,
  /\.\.[/\\]|\/etc\/passwd|\/proc\/self|\$\{jndi:|<script|%00|\0/,
];

/** Asked for by browsers, phones and mail programs without anybody's doing. */
const ASKED_BY_THEMSELVES = [
  /^\/(favicon\.(ico|svg|png)|apple-touch-icon[\w-]*\.png|apple-app-site-association|robots\.txt|sitemap\.xml|ads\.txt|humans\.txt|browserconfig\.xml|manifest\.json|site\.webmanifest|service-?worker\.js|sw\.js)$/,
  /^\/\.well-known\//,
  /^\/(autodiscover|mail\/config-v1|microsoft-server-activesync|remote\.php)(\/|\.xml|$)/,
];

/** Where programs of people look for their calendars and the like. */
const FOR_PROGRAMS = /^\/(api|caldav|carddav|dav|principals|calendars|addressbooks)(\/|$)/;

/** Methods that nobody uses who wants a page. */
const SENSELESS = new Set(["TRACE", "TRACK", "DEBUG", "CONNECT"]);

/** What a request for something that is not here says about who asks. */
export const kindOfMiss = (method: string, path: string): "probe" | "harmless" | "page" => {
  if (SENSELESS.has(method)) return "probe";
  const plain = unescaped(path).toLowerCase();
  if (ASKED_BY_THEMSELVES.some((pattern) => pattern.test(plain))) return "harmless";
  if (PROBES.some((pattern) => pattern.test(plain))) return "probe";
  return FOR_PROGRAMS.test(plain) ? "harmless" : "page";
};

/** Counts a visitor's request for something that is not here. */
export const countMiss = (lockout: Lockout, remote: string, method: string, path: string): void => {
  const kind = kindOfMiss(method, path);
  if (kind === "harmless") return;
  lockout.strike(remote, kind === "probe" ? "protocol" : "page", { detail: `web: ${method} ${pathForLog(path)}` });
};

/** A path as it may stand in a log: without what looks like the token of a link, which opens something as long as it is good. */
export const pathForLog = (path: string): string => path.replace(/[\w-]{43,}/g, "…");

const unescaped = (path: string): string => {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
};
