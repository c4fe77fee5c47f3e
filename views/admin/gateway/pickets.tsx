/** Octets, or what else is counted twice, over time as a picket fence, drawn on the server: a pair of boards for each hour or day. */
import { sizeWords } from "../../parts/telling.tsx";
import { t } from "../../words/words.ts";

/** One hour or day. */
export interface Boards {
  /** What stands below, where there is room. */
  readonly words: string;
  readonly sent: number;
  readonly received: number;
}

const WIDTH = 720;
const HEIGHT = 150;
const TIP = 6;

/** A board with a pointed top standing on the ground; nothing is no board. */
const board = (x: number, width: number, height: number): string =>
  height === 0
    ? ""
    : `M${x.toFixed(1)} ${HEIGHT}v${-(height - TIP)}l${width / 2} ${-TIP} ${width / 2} ${TIP}v${height - TIP}z`;

export const Pickets = ({
  boards,
  label,
  received = t("received"),
  sent = t("sent"),
  amount = sizeWords,
}: {
  boards: readonly Boards[];
  label: string;
  /** What the two kinds of boards stand for. */
  received?: string;
  sent?: string;
  amount?: (number: number) => string;
}) => {
  const slot = WIDTH / Math.max(1, boards.length);
  const width = Math.round((slot - 4) * 5) / 10;
  const most = Math.max(1, ...boards.flatMap(({ sent, received }) => [sent, received]));
  const tall = (octets: number) => (octets === 0 ? 0 : Math.round(TIP + 3 + (octets / most) * (HEIGHT - 20)));
  const path = (of: "sent" | "received", shift: number) =>
    boards.map((one, at) => board(at * slot + shift, width, tall(one[of]))).join("");
  const total = (of: "sent" | "received") => amount(boards.reduce((sum, one) => sum + one[of], 0));
  const said = t("{label}: {first} {received} and {second} {sent}; at most {most} in one.", {
    ...{ label, received, sent, first: total("received"), second: total("sent") },
    most: amount(most === 1 ? 0 : most),
  });
  return (
    <figure class="pickets">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={said}>
        <path class="pickets-received" d={path("received", 1)} />
        <path class="pickets-sent" d={path("sent", 2 + width)} />
      </svg>
      <figcaption class="spread small muted num">
        <span>{boards[0]?.words ?? ""}</span>
        <span class="row">
          <span class="key key-received">{received}</span>
          <span class="key key-sent">{sent}</span>
        </span>
        <span>{boards.at(-1)?.words ?? ""}</span>
      </figcaption>
    </figure>
  );
};
