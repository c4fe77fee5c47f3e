/** Lists of which the administrator decides the order. */
import type { Child } from "hono/jsx";
import { CsrfField } from "../parts/forms.tsx";
import { Icon } from "../parts/icon.tsx";
import { Badge } from "../parts/telling.tsx";
import type { AdminFrame } from "./frame.tsx";

/** One of an ordered list. */
export interface Movable {
  readonly id: number;
  readonly position: number;
  readonly name: string;
  readonly enabled: boolean;
}

/** The button that moves one of an ordered list up or down; the list, `#order`, comes back as the answer and the button keeps the focus. */
const Move = ({ at, one, way, frame }: { at: string; one: Movable; way: "up" | "down"; frame: AdminFrame }) => (
  <form
    action={`${at}/order`}
    method="post"
    hx-post={`${at}/order`}
    hx-target="#order"
    hx-select="#order"
    hx-swap="outerMorph"
  >
    <CsrfField token={frame.csrf} />
    <input type="hidden" name="id" value={one.id} />
    <input type="hidden" name="way" value={way} />
    <button
      class="btn btn-small btn-quiet btn-icon"
      type="submit"
      id={`${way}-${one.id}`}
      aria-label={`Move ${way}: ${one.name}`}
      title={`Move ${way}`}
    >
      <Icon name={way === "up" ? "chevronUp" : "chevronDown"} />
    </button>
  </form>
);

/** Both buttons, as far as there is somewhere to go. */
const Moves = ({ at, one, last, frame }: { at: string; one: Movable; last: boolean; frame: AdminFrame }) => (
  <span class="row moves">
    {one.position > 1 ? <Move at={at} one={one} way="up" frame={frame} /> : null}
    {last ? null : <Move at={at} one={one} way="down" frame={frame} />}
  </span>
);

/** One line of the list: its name leads to its page, `marks` stand behind it, and a sentence says what it does. */
export const OrderedLine = ({
  at,
  one,
  last,
  frame,
  marks,
  sentence,
}: {
  at: string;
  one: Movable;
  last: boolean;
  frame: AdminFrame;
  marks?: Child;
  sentence: string;
}) => (
  <li class="ordered" id={`line-${one.id}`}>
    <span class="num muted">{one.position}</span>
    <span class="two">
      <span class="row wrap">
        <a class="strong" href={`${at}/${one.id}`}>
          {one.name}
        </a>
        {marks}
        {one.enabled ? null : <Badge kind="off">switched off</Badge>}
      </span>
      <span class="muted small wraps">{sentence}</span>
    </span>
    <Moves at={at} one={one} last={last} frame={frame} />
  </li>
);
