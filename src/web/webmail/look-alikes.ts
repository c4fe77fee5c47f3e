/**
 * Domains that look like others: letters of other scripts that are drawn alike, and marks, figures and pairs of letters that are taken for
 * one another. After Unicode Technical Standard 39 §4 (skeletons) and §5.1 (mixed scripts), as far as host names of mail go. Pure.
 */
import { domainToUnicode } from "node:url";

/** Letters of other scripts, and what they look like; the two lines of each pair stand above one another. */
const ALIKE: readonly (readonly [letters: string, looks: string])[] = [
  ["абвгԁежзһіјкӏмнорԛѕтуѵԝхьѓќўєѐёїґ", "a6brdex3hijklmhopqstyvwxbrkyeeeir"],
  ["αβγδεζηικμνορςτυφχω", "abyde2nikuvopctuoxw"],
  ["ոսօհզցյեռ", "nuohqgjen"],
  ["ıɑɡłøđħþƅɩʟɴʀʏꞁßæœ", "iaglodhpbilnryiboo"],
];

/** Figures and pairs of letters that pass for others. What is written here is what skeletons are written with. */
const PASSES: readonly (readonly [RegExp, string])[] = [
  [/rn/g, "m"],
  [/vv/g, "w"],
  [/cl/g, "d"],
  [/0/g, "o"],
  [/[1i|]/g, "l"],
  [/5/g, "s"],
];

const LETTERS: ReadonlyMap<string, string> = new Map(
  ALIKE.flatMap(([letters, looks]) => [...letters].map((letter, at) => [letter, looks[at] ?? ""] as const)),
);

/** What a domain looks like: two that a reader takes for one another have the same. */
export function skeleton(domain: string): string {
  const plain = readable(domain).normalize("NFKD").replace(/\p{M}/gu, "");
  let looks = "";
  for (const letter of plain) looks += LETTERS.get(letter) ?? letter;
  for (const [those, as] of PASSES) looks = looks.replace(those, as);
  return looks.replaceAll("-", "");
}

/** A domain as browsers would write it: international labels in their letters. */
function readable(domain: string): string {
  const ascii = domain.toLowerCase().replace(/\.$/, "");
  return (/[^\x00-\x7f]/.test(ascii) ? ascii : domainToUnicode(ascii) || ascii).toLowerCase();
}

const SCRIPTS = ["Latin", "Cyrillic", "Greek", "Armenian", "Hebrew", "Arabic", "Cherokee", "Thai"].map(
  (name) => new RegExp(`\\p{Script=${name}}`, "u"),
);

/** Whether a label of a domain mixes scripts that nobody writes together. */
export function mixesScripts(domain: string): boolean {
  return readable(domain)
    .split(".")
    .some((label) => SCRIPTS.filter((script) => script.test(label)).length > 1);
}

/** Domains by what they look like, to be asked whether another one imitates one of them. */
export class Looks {
  readonly #bySkeleton = new Map<string, string>();
  readonly #known = new Set<string>();

  /** @param own those of them that are also imitated where a letter is left out, added, changed or swapped */
  constructor(
    known: Iterable<string>,
    private readonly own: readonly string[],
  ) {
    for (const domain of [...known, ...own]) {
      const plain = domain.toLowerCase();
      this.#known.add(plain);
      const looks = skeleton(plain);
      if (!this.#bySkeleton.has(looks)) this.#bySkeleton.set(looks, plain);
    }
  }

  /** Which of the domains another one imitates; undefined for those that are known, and for all that look like none. */
  imitated(domain: string): string | undefined {
    const plain = domain.toLowerCase().replace(/\.$/, "");
    if (plain === "" || this.#knows(plain)) return undefined;
    const looks = this.#bySkeleton.get(skeleton(plain));
    if (looks !== undefined) return looks;
    const [label = "", ...above] = plain.split(".");
    return this.own.find((one) => {
      const [ownLabel = "", ...ownAbove] = one.toLowerCase().split(".");
      return ownLabel.length >= SHORTEST && above.join(".") === ownAbove.join(".") && oneStroke(label, ownLabel);
    });
  }

  /** What stands below a known domain is its owner's. */
  #knows(domain: string): boolean {
    if (this.#known.has(domain)) return true;
    for (let dot = domain.indexOf("."); dot >= 0; dot = domain.indexOf(".", dot + 1))
      if (this.#known.has(domain.slice(dot + 1))) return true;
    return false;
  }
}

/** Shorter names are one stroke away from half the world. */
const SHORTEST = 6;

/** Whether one word becomes the other by one stroke: a letter left out, added or changed, or two swapped. */
export function oneStroke(one: string, other: string): boolean {
  if (one === other || Math.abs(one.length - other.length) > 1) return false;
  let start = 0;
  while (start < one.length && one[start] === other[start]) start++;
  const rest = (text: string, skip: number) => text.slice(start + skip);
  return (
    rest(one, 1) === rest(other, 1) ||
    rest(one, 1) === rest(other, 0) ||
    rest(one, 0) === rest(other, 1) ||
    (one[start] === other[start + 1] && one[start + 1] === other[start] && rest(one, 2) === rest(other, 2))
  );
}
