/** The region of the page about junk: what is seen of a message, and what it is worth. */
import { CLIENT_LOOKS } from "../../src/filter/looks/client.ts";
import { CONTENT_LOOKS } from "../../src/filter/looks/contents.ts";
import { HEADER_LOOKS } from "../../src/filter/looks/header.ts";
import { SUBJECTS } from "../../src/filter/looks/phrases.ts";
import { code, table } from "./regions.ts";

interface Shown {
  readonly result: string;
  readonly points: number;
  readonly sentence: string;
}

const rows = (test: string, looks: readonly Shown[]) =>
  looks.map(({ result, points, sentence }) => [
    code(`${test}/${result}`),
    String(points),
    sentence.replace(" (…)", ""),
  ]);

function looks(): string {
  const subjects = SUBJECTS.map(({ result, about, first, least = 1, further }) => ({
    ...{ result, sentence: `It is about ${about}; ${further} for each further sign of that.` },
    points: Math.round((first + (least - 1) * further) * 10) / 10,
  }));
  return table(
    ["test", "points", "it says"],
    [
      ...rows("client", CLIENT_LOOKS),
      ...rows("header", HEADER_LOOKS),
      ...rows("contents", CONTENT_LOOKS),
      ...rows("contents", subjects),
    ],
  );
}

export const spamMakers: readonly [string, () => string][] = [["spam.looks", looks]];
