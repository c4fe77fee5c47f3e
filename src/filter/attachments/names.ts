/** What a file is by its name alone, as the desktop of its reader would take it. Pure. */
import type { AttachmentKind } from "./kinds.ts";

const words = (text: string): ReadonlySet<string> => new Set(text.split(" "));

/** Extensions by what opening such a file does; those of Windows, where most of this is aimed at, and of other desktops. */
const EXTENSIONS: readonly (readonly [kind: AttachmentKind, extensions: ReadonlySet<string>])[] = [
  [
    "program",
    words(
      "exe com scr pif cpl msi msp mst dll sys drv ocx gadget msc jar apk app application appx appxbundle msix xll wll deb rpm pkg run elf",
    ),
  ],
  [
    "script",
    words(
      "bat cmd ps1 psm1 psd1 ps1xml vbs vbe vb js jse ws wsf wsh wsc sct hta reg inf sh bash csh ksh zsh command scpt applescript jnlp chm",
    ),
  ],
  [
    "shortcut",
    words("lnk url scf desktop website webloc library-ms search-ms searchconnector-ms settingcontent-ms appref-ms"),
  ],
  ["image", words("iso img vhd vhdx vmdk udf dmg daa nrg toast")],
  ["macro", words("docm dotm xlsm xltm xlam xlsb xla pptm potm ppam ppsm sldm")],
];

/** What people take for a document. */
const HARMLESS = words(
  "pdf doc docx xls xlsx ppt pptx odt ods odp txt rtf csv jpg jpeg png gif bmp tif tiff webp mp3 mp4 avi zip html htm",
);

/** Characters that turn or hide what follows: `annexe\u202efdp.exe` is shown as `annexeexe.pdf`. */
const TURNING = /[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]/u;
const ALL_TURNING = new RegExp(TURNING, "gu");
/** Blanks with which an extension is pushed out of sight; at the end of a name, where so many characters decide it. */
const PUSHED = /\s{5}\.?[a-z0-9]{2,5}$/iu;
const PUSHED_LENGTH = 11;
/** Characters of a name that can be read. */
const LONGEST_NAME = 255;

/** What a name says. */
export interface NameFinding {
  readonly kind: AttachmentKind;
  /** Behind "it": "is a program (.exe)". */
  readonly words: string;
}

const WORDS: Partial<Record<AttachmentKind, string>> = {
  program: "is a program",
  script: "is a script",
  shortcut: "is a shortcut",
  image: "is the image of a disk",
  macro: "is a document that may have macros",
};

/** What a file is that has this name. @param name as the sender wrote it, decoded, with whatever it has of controls */
export function nameFindings(name: string): NameFinding[] {
  const found: NameFinding[] = [];
  if (TURNING.test(name)) found.push({ kind: "disguised", words: "has a name with characters that hide its ending" });
  if (PUSHED.test(name.slice(-PUSHED_LENGTH)))
    found.push({ kind: "disguised", words: "has a name whose ending is pushed out of sight" });
  if (name.length > LONGEST_NAME) found.push({ kind: "disguised", words: "has a name too long to be read" });
  for (const { last, before } of readings(name).map(endings)) {
    const kind = EXTENSIONS.find(([, extensions]) => extensions.has(last))?.[0];
    if (kind === undefined) continue;
    found.push({ kind, words: `${WORDS[kind]} (.${last})` });
    if (kind !== "macro" && HARMLESS.has(before)) {
      found.push({ kind: "disguised", words: `passes for a .${before} file` });
    }
    return found;
  }
  return found;
}

/** A name with a colon is another one where what follows is a stream of the file ("a.exe::$DATA"), as on Windows. */
function readings(name: string): string[] {
  const colon = name.indexOf(":");
  return colon < 0 ? [name] : [name, name.slice(0, colon)];
}

/** The last two endings, as Windows takes them: dots and blanks at the end do not count. */
function endings(name: string): { readonly last: string; readonly before: string } {
  const whole = name.replace(ALL_TURNING, "");
  let end = whole.length;
  while (end > 0 && /[.\s\0]/.test(whole.charAt(end - 1))) end--;
  const [last = "", before = ""] = whole
    .slice(Math.max(0, end - LONGEST_NAME), end)
    .toLowerCase()
    .split(".")
    .slice(1)
    .reverse()
    .map((one) => one.trim());
  return { last, before };
}
