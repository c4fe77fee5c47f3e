/**
 * The pages' icons: line drawings on a 24-unit square, inline so that they take the text's colour and cost no request.
 * Decorative by default; give `label` where the icon stands alone.
 */
import { t } from "../words/words.ts";

/** Each icon as the path data of its strokes. */
const DRAWINGS = {
  alias: "M16 8v5a3 3 0 0 0 6 0v-1a10 10 0 1 0-4 8M16 12a4 4 0 1 1-8 0 4 4 0 0 1 8 0",
  archive: "M3 4h18v5H3zM5 9v10a1 1 0 0 0 1 1h12a1 1 0 0 0 1-1V9M10 13h4",
  arrowLeft: "M19 12H5M12 19l-7-7 7-7",
  arrowRight: "M5 12h14M12 5l7 7-7 7",
  attachment: "m21 11-9 9a5.5 5.5 0 0 1-8-8l9-9a3.7 3.7 0 0 1 5.3 5.3l-9 9a1.8 1.8 0 0 1-2.6-2.6l8.3-8.3",
  bold: "M7 4h6a4 4 0 0 1 0 8H7zM7 12h7a4 4 0 0 1 0 8H7z",
  bell: "M6 9a6 6 0 0 1 12 0c0 6 2 7 2 8H4c0-1 2-2 2-8M10 20.5h4",
  certificate: "M12 3 4 6v6c0 5 3.5 8 8 9 4.5-1 8-4 8-9V6zM9 12l2 2 4-4",
  chart: "M4 4v16h16M8 16v-5M12.5 16V7M17 16v-8",
  check: "M20 6 9 17l-5-5",
  checkCircle: "M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0M8.5 12l2.5 2.5 4.5-5",
  chevronDown: "m6 9 6 6 6-6",
  chevronLeft: "m15 18-6-6 6-6",
  chevronRight: "m9 18 6-6-6-6",
  chevronUp: "m6 15 6-6 6 6",
  clearFormat: "M5 5h14M12 5v6M10 19h4M4 20 20 4",
  clock: "M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0M12 7v5l3 2",
  close: "M18 6 6 18M6 6l12 12",
  compose: "M12 20h9M16.5 3.5a2.1 2.1 0 0 1 3 3L7 19l-4 1 1-4z",
  contacts: "M17 20v-1a5 5 0 0 0-10 0v1M12 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6M4 3h16v18H4zM2 8h2M2 12h2M2 16h2",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  database:
    "M4 6c0-1.7 3.6-3 8-3s8 1.3 8 3-3.6 3-8 3-8-1.3-8-3M4 6v12c0 1.7 3.6 3 8 3s8-1.3 8-3V6M4 12c0 1.7 3.6 3 8 3s8-1.3 8-3",
  desktop: "M3 4h18v12H3zM8 20h8M12 16v4",
  domain: "M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0M3 12h18M12 3c3 3 3.5 6 3.5 9s-.5 6-3.5 9c-3-3-3.5-6-3.5-9S9 6 12 3",
  download: "M12 3v12M7 10l5 5 5-5M4 20h16",
  draft: "M14 3H6v18h12V7zM14 3v4h4M9 13h6M9 17h4",
  external: "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
  eye: "M2 12c3-5 6-7 10-7s7 2 10 7c-3 5-6 7-10 7s-7-2-10-7M15 12a3 3 0 1 1-6 0 3 3 0 0 1 6 0",
  eyeOff:
    "M4 4l16 16M10 5.2A9 9 0 0 1 12 5c4 0 7 2 10 7-1 1.6-2 2.9-3 3.9M6.5 6.8C4.8 8 3.4 9.7 2 12c3 5 6 7 10 7 1.7 0 3.2-.4 4.6-1.1",
  filter: "M3 5h18M6 12h12M10 19h4",
  flag: "M5 21V4h13l-3 4.5L18 13H5",
  folder: "M3 6h6l2 2h10v11H3z",
  folderPlus: "M3 6h6l2 2h10v11H3zM12 11v5M9.5 13.5h5",
  forward: "M15 17l5-5-5-5M20 12H9a5 5 0 0 0-5 5v2",
  help: "M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0M9.5 9.5A2.5 2.5 0 1 1 12 12v1.5M12 17h.01",
  image: "M3 4h18v16H3zM3 16l5-5 5 5 3-3 5 5M16.5 9a1 1 0 1 1-2 0 1 1 0 0 1 2 0",
  inbox: "M3 13h5l1.5 3h5L16 13h5M5 5h14l2 8v6H3v-6z",
  info: "M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0M12 11v5M12 8h.01",
  italic: "M10 4h8M6 20h8M14 4l-4 16",
  junk: "M12 3l6 1 3 5-1 7-5 5H9l-5-5-1-7 3-5zM12 8v5M12 16.5h.01",
  key: "M14 10a4 4 0 1 1-8 0 4 4 0 0 1 8 0M13 12.5 21 21M17 17l2-2",
  label: "M3 12V4h8l10 10-8 7zM7.5 8h.01",
  licence: "M14 3H6v18h12V7zM14 3v4h4M9 12h6M9 16h6",
  link: "M10 14a4 4 0 0 0 6 .5l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6-.5l-3 3a4 4 0 0 0 6 6l1-1",
  listBullets: "M9 6h12M9 12h12M9 18h12M4 6h.01M4 12h.01M4 18h.01",
  listNumbers: "M10 6h11M10 12h11M10 18h11M4 4h1v5M3.5 9h3M3.5 15.5c0-2 3-2 3 0 0 1-3 2-3 4h3",
  lock: "M5 11h14v10H5zM8 11V7a4 4 0 0 1 8 0v4",
  log: "M4 6h16M4 12h10M4 18h13",
  mail: "M3 5h18v14H3zM3 7l9 7 9-7",
  mailbox: "M7 6h10a4 4 0 0 1 4 4v8H11v-8a4 4 0 0 0-8 0v8h8M7 6a4 4 0 0 0-4 4M16 10v-4h3M12 18v3",
  mailOpen: "M3 10 12 4l9 6v10H3zM3 11l9 6 9-6",
  menu: "M4 7h16M4 12h16M4 17h16",
  minus: "M5 12h14",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  move: "M3 6h6l2 2h10v4M3 6v13h8M14 17h7M18 14l3 3-3 3",
  mute: "M4 4l16 16M6 9c0 6-2 7-2 8h13M8 4.6A6 6 0 0 1 18 9c0 2 .2 3.6.6 4.8M10 20.5h4",
  overview: "M4 13h6V4H4zM14 20h6v-9h-6zM4 20h6v-3H4zM14 7h6V4h-6z",
  palette:
    "M12 3a9 9 0 1 0 0 18c1.5 0 2-1 1.500-2.200-.6-1.600.3-2.800 2-2.800H18c2 0 3-1.500 3-4 0-5-4-9-9-9M7.500 12h.01M9.500 7.500h.01M14.500 7.500h.01",
  pause: "M8 5v14M16 5v14",
  phone: "M7 2h10v20H7zM11 18h2",
  play: "M7 4l12 8-12 8z",
  plus: "M12 5v14M5 12h14",
  print: "M7 8V3h10v5M7 17H4V8h16v9h-3M7 14h10v7H7z",
  queue: "M4 5h16v5H4zM4 14h16v5H4zM8 7.5h.01M8 16.5h.01",
  quote: "M10 7H5v6h5zM10 13c0 3-1.500 4-4 4M20 7h-5v6h5zM20 13c0 3-1.500 4-4 4",
  refresh: "M20 11a8 8 0 0 0-14.5-4L3 9.5M3 4v5.5h5.5M4 13a8 8 0 0 0 14.5 4L21 14.5M21 20v-5.5h-5.5",
  reply: "M9 17l-5-5 5-5M4 12h11a5 5 0 0 1 5 5v2",
  replyAll: "M12 17l-5-5 5-5M7 17l-5-5 5-5M7 12h9a5 5 0 0 1 5 5v2",
  restore: "M4 8h16v12H4zM3 4h18v4H3zM12 17v-6M9.5 13.5 12 11l2.5 2.5",
  search: "M18 11a7 7 0 1 1-14 0 7 7 0 0 1 14 0M16 16l5 5",
  send: "M21 3 10 14M21 3l-7 18-4-7-7-4z",
  services: "M9 3v5M15 3v5M6 8h12v4a6 6 0 0 1-12 0zM12 18v3",
  settings: "M4 7h9M17 7h3M15 9V5M4 17h3M11 17h9M9 19v-4M4 12h4M12 12h8M10 14v-4",
  signOut: "M10 4H5v16h5M14 8l4 4-4 4M18 12H9",
  star: "m12 3 2.7 5.8 6.3.8-4.6 4.3 1.2 6.3L12 17.1 6.4 20.2l1.2-6.3L3 9.6l6.3-.8z",
  strike:
    "M4 12h16M17 7c0-2-2-3-5-3s-5 1.500-5 3.500S8 10.500 9 11M7 16.500C7 19 9.500 20 12 20s5-1 5-3.500c0-1-.3-1.700-.8-2.300",
  sun: "M16 12a4 4 0 1 1-8 0 4 4 0 0 1 8 0M12 3v1M12 20v1M3 12h1M20 12h1M5.6 5.6l.7.7M17.7 17.7l.7.7M5.6 18.4l.7-.7M17.7 6.3l.7-.7",
  textSize: "M3 7V5h11v2M8.500 5v14M6.500 19h4M15 13v-1.500h7V13M18.500 11.500V19M17 19h3",
  trash: "M4 7h16M9 7V4h6v3M6 7l1 14h10l1-14M10 11v6M14 11v6",
  underline: "M6 4v7a6 6 0 0 0 12 0V4M5 21h14",
  unlock: "M5 11h14v10H5zM8 11V7a4 4 0 0 1 7.5-2",
  upload: "M12 15V3M7 8l5-5 5 5M4 20h16",
  user: "M16 8a4 4 0 1 1-8 0 4 4 0 0 1 8 0M4 21a8 8 0 0 1 16 0",
  users: "M13 8a4 4 0 1 1-8 0 4 4 0 0 1 8 0M2 21a7 7 0 0 1 14 0M16 4.3a4 4 0 0 1 0 7.4M18.5 15a7 7 0 0 1 3.5 6",
  warning: "M12 4 2.5 20h19zM12 10v4M12 17h.01",
  wrench: "M15 7l3-3a5 5 0 0 1-6.5 6.5L5 17a2 2 0 1 0 2.8 2.8l6.7-6.5A5 5 0 0 0 21 7l-3 3-3-1z",
} as const;

/** The name of a drawing. */
export type IconName = keyof typeof DRAWINGS;

/** Drawings that point along the line, and so the other way where lines begin at the right. */
const POINTING: ReadonlySet<IconName> = new Set([
  ...(["arrowLeft", "arrowRight", "chevronLeft", "chevronRight", "forward", "listBullets", "move"] as const),
  ...(["reply", "replyAll", "send", "signOut"] as const),
]);

/** One icon. `label` makes it speak to a screen reader; without it the icon is decoration. `filled` fills the shape (a set star). */
export const Icon = ({
  name,
  label,
  filled,
  class: extra,
}: {
  name: IconName;
  label?: string;
  filled?: boolean;
  class?: string;
}) => (
  <svg
    class={["icon", POINTING.has(name) && "icon-points", extra].filter(Boolean).join(" ")}
    viewBox="0 0 24 24"
    aria-hidden={label ? undefined : "true"}
    role={label ? "img" : undefined}
    aria-label={label}
  >
    <path d={DRAWINGS[name]} fill={filled ? "currentColor" : undefined} />
  </svg>
);

/** The mark: two gateposts, and between them the gate that is a letter. */
export const Mark = () => (
  <svg viewBox="0 0 32 32" aria-hidden="true">
    <path class="post" d="M2.5 29V9.5L5 5.5l2.5 4V29zM24.5 29V9.5l2.5-4 2.5 4V29z" />
    <path
      d="M9.5 12.5h13v11h-13zM9.8 13l6.2 5.5 6.2-5.5"
      fill="none"
      stroke="currentColor"
      stroke-width="1.9"
      stroke-linejoin="round"
    />
  </svg>
);

/** The mark and the name, as a link home. */
export const Brand = ({ href = "/" }: { href?: string }) => (
  <a class="brand" href={href} aria-label={t("Gatepost, to the start page")}>
    <Mark />
    <span>Gatepost</span>
  </a>
);
