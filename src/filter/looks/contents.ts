/** What the contents of a message give away: hidden text, links that lie, and what only junk says. Pure. */
import { organizationalDomain } from "../authentication/organization.ts";
import type { Look, Seen } from "./look.ts";

const SHORTENERS =
  /^(bit\.ly|tinyurl\.com|goo\.gl|t\.co|ow\.ly|is\.gd|buff\.ly|cutt\.ly|rb\.gy|rebrand\.ly|shorturl\.at|tiny\.cc|s\.id)$/;
const SHOWN_HOST = /^(?:https?:\/\/)?((?:[a-z0-9-]+\.)+[a-z]{2,10})(?:[/?#:\s]|$)/i;

const links = ({ reading }: Seen) => reading.html.flatMap((html) => html.links);
const sum = (seen: Seen, of: (html: Seen["reading"]["html"][number]) => number) =>
  seen.reading.html.reduce((total, html) => total + of(html), 0);
const textLength = ({ reading }: Seen) => reading.text.trim().length;

/**
 * A link that shows one host and leads to another. Newsletters that count clicks do that too: they lead to the domain that wrote.
 */
function lyingLink(seen: Seen): string {
  const author = organizationalDomain(seen.reading.from[0]?.domain ?? "");
  for (const { host, shown } of links(seen)) {
    const named = SHOWN_HOST.exec(shown)?.[1]?.toLowerCase();
    if (named === undefined || host === "") continue;
    const leads = organizationalDomain(host);
    if (leads === organizationalDomain(named) || leads === author) continue;
    return `${named} → ${host}`;
  }
  return "";
}

const isNewsletter = ({ reading }: Seen) => reading.header.field("list-unsubscribe") !== undefined;

export const CONTENT_LOOKS: readonly Look[] = [
  {
    ...{ result: "hidden-text", points: 2.2, sentence: "It holds much text that its reader cannot see." },
    is: (seen) => sum(seen, (html) => html.hidden.length) > 600 && !isNewsletter(seen),
  },
  {
    ...{ result: "torn-words", points: 3, sentence: "Words in it are taken apart so that programs do not see them." },
    is: (seen) => sum(seen, (html) => html.tornWords) >= 3,
  },
  {
    ...{ result: "lying-link", points: 2, sentence: "A link shows another address than it leads to (…)." },
    is: (seen) => (isNewsletter(seen) ? "" : lyingLink(seen)),
  },
  {
    ...{ result: "number-link", points: 1.8, sentence: "A link leads to a bare number (…)." },
    is: ({ reading }) => reading.hosts.find((host) => /^[\d.]+$|^0x|^\[/.test(host)) ?? "",
  },
  {
    ...{ result: "odd-host", points: 1, sentence: "A link leads to a host with an odd name (…)." },
    is: ({ reading }) => reading.hosts.find((host) => /%|xn--|\d{5,}|^[a-z0-9-]{30,}\./.test(host)) ?? "",
  },
  {
    ...{ result: "short-link", points: 0.8, sentence: "A link hides where it leads (…)." },
    is: ({ reading }) => reading.hosts.find((host) => SHORTENERS.test(host)) ?? "",
  },
  {
    result: "html-alone",
    points: 0.7,
    sentence: "It has no plain text.",
    is: ({ reading }) => reading.html.length > 0 && !reading.plain,
  },
  {
    ...{ result: "images-for-text", points: 1.2, sentence: "It says little and shows images instead." },
    is: (seen) => sum(seen, (html) => html.remoteImages) > 0 && textLength(seen) < 250,
  },
  {
    result: "form",
    points: 0.7,
    sentence: "It holds a form to fill in.",
    is: (seen) => sum(seen, (html) => html.forms) > 0,
  },
  {
    result: "script",
    points: 0.5,
    sentence: "It holds a script.",
    is: (seen) => sum(seen, (html) => html.scripts) > 0,
  },
  {
    ...{ result: "page-attached", points: 0.8, sentence: "It carries a web page as a file (…)." },
    is: ({ reading }) => reading.files.find(({ name }) => /\.(s?html?|svg)$/i.test(name))?.name ?? "",
  },
  {
    ...{ result: "capitals-in-text", points: 1.2, sentence: "Much of it is in capitals." },
    is: ({ reading }) => {
      const lines = reading.text.split("\n").filter((line) => /\p{L}{3}.*\p{L}{3}.*\p{L}{3}/u.test(line));
      const loud = lines.filter((line) => !/\p{Ll}/u.test(line)).length;
      return lines.length >= 4 && loud >= lines.length * 0.35;
    },
  },
  {
    ...{
      result: "mixed-letters",
      points: 1.5,
      sentence: "Many words mix letters of different scripts that only look alike.",
    },
    is: ({ reading }) => (reading.text.slice(0, 8_192).match(MIXED_WORD)?.length ?? 0) >= 5,
  },
  {
    ...{ result: "quotes", points: -1, sentence: "It quotes what it answers." },
    is: ({ reading }) => (reading.text.match(/^>+ ?\S/gm)?.length ?? 0) >= 2,
  },
  {
    result: "signed",
    points: -1,
    sentence: "It is signed with PGP.",
    is: ({ reading }) => /^-----BEGIN PGP SIG/m.test(reading.text),
  },
];

const MIXED_WORD =
  /\p{Script=Latin}\p{Script=Cyrillic}+\p{Script=Latin}|\p{Script=Cyrillic}\p{Script=Latin}+\p{Script=Cyrillic}/gu;
