/** A rule of the gateway in a sentence, as one would tell it. Pure. */

/** What of a rule is told. */
export interface ToldRule {
  readonly users: readonly string[];
  readonly groups: readonly string[];
  readonly networks: readonly string[];
  readonly services: readonly string[];
  readonly hosts: readonly string[];
  readonly ports: readonly string[];
  readonly urls: readonly string[];
  readonly schemes: readonly string[];
  readonly days: readonly string[];
  readonly from: string;
  readonly to: string;
  readonly action: "allow" | "bar" | "warn";
  /** It says neither who, nor where, nor when. */
  readonly everything: boolean;
}

/** The days in the order of a calendar. */
export const WEEK = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;

/** Groups that are there without being made. */
export const GROUP_WORDS: Readonly<Record<string, string>> = {
  everybody: "everybody",
  users: "whoever has logged in",
  administrators: "administrators",
  guests: "guests",
};

/** The services of the gateway. */
export const SERVICE_WORDS: Readonly<Record<string, string>> = {
  proxy: "the web proxy",
  socks: "SOCKS",
  ftpproxy: "the FTP proxy",
};

/** How somebody wants to go. */
export const SCHEME_WORDS: Readonly<Record<string, string>> = {
  http: "plain web pages",
  https: "TLS fetched by the proxy",
  ftp: "FTP",
  tunnel: "tunnels (https, SOCKS)",
  udp: "UDP",
};

/** So many are named; of more it is said how many there are. */
const NAMED = 4;

/** "a, b and c"; of many the first and a number. */
export function listed(items: readonly string[], joint = "and"): string {
  const shown = items.length > NAMED ? [...items.slice(0, NAMED - 1), `${items.length - NAMED + 1} more`] : items;
  const last = shown.at(-1) ?? "";
  return shown.length < 2 ? last : `${shown.slice(0, -1).join(", ")} ${joint} ${last}`;
}

const capital = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);

function who({ users, groups }: ToldRule): { words: string; many: boolean } {
  const all = [...groups.map((group) => GROUP_WORDS[group] ?? `the group ${group}`), ...users];
  if (all.length === 0) return { words: "Everybody", many: false };
  const one = all.length === 1 && groups[0] !== "guests" && groups[0] !== "administrators";
  // A login name is written as it is.
  return { words: groups.length > 0 ? capital(listed(all)) : listed(all), many: !one };
}

const hostWords = (host: string): string => {
  if (/^list:/i.test(host)) return `the list “${host.slice(5)}”`;
  if (host === "*") return "every host";
  if (host.startsWith("*.")) return `everything below ${host.slice(2)}`;
  return host.startsWith(".") ? `${host.slice(1)} and below` : host;
};

/** "a.example", "addresses like *.exe of a.example". */
function whereWords({ hosts, urls }: ToldRule): string {
  const places = listed(hosts.map(hostWords), "or");
  if (urls.length === 0) return places || "any host";
  return `addresses like ${listed(urls, "or")}${places && ` of ${places}`}`;
}

/** Days in few words: whole weeks, working days, ranges. */
export function dayWords(days: readonly string[]): string {
  const on = WEEK.map((day) => days.includes(day));
  const count = on.filter(Boolean).length;
  if (count === 0 || count === WEEK.length) return "";
  const short = (at: number) => capital(WEEK[at % WEEK.length] as string).slice(0, 3);
  // A run may go over the end of the week: Sun–Thu.
  const first = on.findIndex((one, at) => one && !on.at(at - 1));
  const isRun = Array.from({ length: count }, (_, at) => on[(first + at) % WEEK.length]).every(Boolean);
  if (count > 2 && isRun) return `${short(first)}–${short(first + count - 1)}`;
  return listed(
    WEEK.flatMap((_, at) => (on[at] ? [short(at)] : [])),
    "and",
  );
}

function time({ days, from, to }: ToldRule): string {
  const hours = from === "" && to === "" ? "" : `${from || "0:00"}–${to || "24:00"}`;
  const when = [dayWords(days), hours].filter((part) => part !== "");
  return when.length === 0 ? "" : `, ${when.join(" ")}`;
}

const EVERYTHING = {
  allow: "Everybody may reach everything: rules behind this one say nothing any more.",
  bar: "Bars everybody from everything that no rule before it allows.",
  warn: "Everybody is warned before reaching anything.",
} as const;

/** The sentence. */
export function ruleSentence(rule: ToldRule): string {
  if (rule.everything) return EVERYTHING[rule.action];
  const { words, many } = who(rule);
  const verb = {
    allow: "may reach",
    bar: words === "Everybody" ? "may reach" : "may not reach",
    warn: many ? "are warned before they reach" : "is warned before reaching",
  }[rule.action];
  const where = whereWords(rule);
  const ports = rule.ports.length === 0 ? "" : ` on port ${listed(rule.ports, "or")}`;
  const schemes =
    rule.schemes.length === 0
      ? ""
      : ` by ${listed(
          rule.schemes.map((one) => SCHEME_WORDS[one] ?? one),
          "or",
        )}`;
  const services =
    rule.services.length === 0
      ? ""
      : ` through ${listed(
          rule.services.map((one) => SERVICE_WORDS[one] ?? one),
          "or",
        )}`;
  const networks = rule.networks.length === 0 ? "" : ` from ${listed(rule.networks, "or")}`;
  const whoever = rule.action === "bar" && words === "Everybody" ? "Nobody" : words;
  return `${whoever}${networks} ${verb} ${where}${ports}${schemes}${services}${time(rule)}.`;
}
