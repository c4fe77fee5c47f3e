/** What files in a message speak for: each kind of them that is found, in whatever it is packed, adds as many points as are set for it. */
import type { Finding, Mail, Test, Tester } from "../judgement.ts";
import { KIND_WORDS, type SingleKind } from "./kinds.ts";
import { lookAtFiles } from "./look.ts";

/** Points by kind. */
export type KindPoints = Readonly<Record<SingleKind, number>>;

/** Characters of a file's name that are shown. */
const LONGEST_NAME = 80;

export class AttachmentsTester implements Tester {
  readonly name = "attachment";

  constructor(private readonly points: () => KindPoints) {}

  begin(): Test {
    return { end: (mail) => this.#look(mail) };
  }

  async #look({ structure, octets }: Mail): Promise<Finding[]> {
    const points = Object.entries(this.points()).filter(([, worth]) => worth !== 0) as [SingleKind, number][];
    if (points.length === 0) return [];
    const files = await lookAtFiles(structure, octets());
    return points.flatMap(([kind, worth]) => {
      const found = files.find(({ kinds }) => kinds.has(kind));
      if (found === undefined) return [];
      const name = found.name === "" ? "" : ` (${found.name.slice(0, LONGEST_NAME)})`;
      return [{ test: "attachment", result: kind, points: worth, sentence: `It carries ${KIND_WORDS[kind]}${name}.` }];
    });
  }
}
