/** Lists of which the administrator decides the order. */
import type { Child } from "hono/jsx";
import { CsrfField } from "../parts/forms.tsx";
import { Icon, type IconName } from "../parts/icon.tsx";
import { Badge, Empty } from "../parts/telling.tsx";
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

interface OrderedProps<One extends Movable> {
  /** Where their pages are. */
  at: string;
  frame: AdminFrame;
  label: string;
  list: readonly One[];
  /** Stands behind a name. */
  marks?: (one: One) => Child;
  /** What one of them does. */
  sentence: (one: One) => string;
  /** What stands here where there is none. */
  empty: { icon: IconName; title: string; hint: Child };
}

/** The list: each name leads to its page. */
export const OrderedList = <One extends Movable>({
  at,
  frame,
  label,
  list,
  marks,
  sentence,
  empty,
}: OrderedProps<One>) => (
  <section class="panel panel-flush" id="order" aria-label={`${label} in order`} aria-live="polite">
    {list.length === 0 ? (
      <Empty icon={empty.icon} title={empty.title}>
        <p>{empty.hint}</p>
      </Empty>
    ) : (
      <ol class="lines">
        {list.map((one, place) => (
          <li class="ordered" id={`line-${one.id}`}>
            <span class="num muted">{one.position}</span>
            <span class="two">
              <span class="row wrap">
                <a class="strong" href={`${at}/${one.id}`}>
                  {one.name}
                </a>
                {marks?.(one)}
                {one.enabled ? null : <Badge kind="off">switched off</Badge>}
              </span>
              <span class="muted small wraps">{sentence(one)}</span>
            </span>
            <Moves at={at} one={one} last={place === list.length - 1} frame={frame} />
          </li>
        ))}
      </ol>
    )}
  </section>
);
