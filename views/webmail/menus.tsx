/** Buttons and menus that do something to messages, in the list and at the open one. */
import type { Child } from "hono/jsx";
import { Icon, type IconName } from "../parts/icon.tsx";
import { t } from "../words/words.ts";

/** A folder that messages can be moved to. */
export interface MoveTarget {
  readonly id: number;
  readonly label: string;
  readonly depth: number;
  readonly icon: IconName;
  /** What the mailbox is called, where it is another one. */
  readonly group?: string;
}

/** A button that does something to the ticked messages, or to the open one. */
export const Do = ({
  what,
  icon,
  label,
  wide,
  id,
}: {
  what: string;
  icon: IconName;
  label: string;
  wide?: boolean;
  id?: string;
}) => (
  <button
    id={id}
    class={wide ? "btn btn-quiet btn-small" : "btn btn-quiet btn-small btn-icon"}
    type="submit"
    name="do"
    value={what}
    title={label}
    aria-label={wide ? undefined : label}
  >
    <Icon name={icon} />
    {wide ? label : null}
  </button>
);

/**
 * Begins a form whose buttons do different things: Enter in one of its fields would press the first of them, and presses this one,
 * which sends nothing where there is no dialog (HTML standard §4.10.22.3).
 */
export const NoDefault = () => <button type="submit" formmethod="dialog" hidden />;

/** A menu that opens without a script. */
export const Menu = ({
  icon,
  label,
  name,
  children,
}: {
  icon: IconName;
  label: string;
  /** By which keys find it. */
  name?: string;
  children: Child;
}) => (
  <details class="mail-menu" data-menu={name}>
    <summary class="btn btn-quiet btn-small btn-icon" title={label} aria-label={label}>
      <Icon name={icon} class={icon === "more" ? "mail-dots" : undefined} />
    </summary>
    <div class="mail-menu-items">{children}</div>
  </details>
);

/** A field that narrows a menu as one types. */
export const Narrow = ({ label, field }: { label: string; field?: string }) => (
  <input
    class={field ? "input" : "input mail-menu-narrow"}
    type="search"
    name={field}
    data-narrow
    placeholder={label}
    aria-label={label}
    autocomplete="off"
    spellcheck={false}
  />
);

/** How many messages are ticked: the script says it. */
export const Ticked = () => (
  <span class="mail-ticked num small" aria-live="polite" aria-atomic="true">
    <span data-ticked /> <span class="visually-hidden">{t("ticked")}</span>
  </span>
);

/** "Move to" with its folders. */
export const MoveMenu = ({ targets }: { targets: readonly MoveTarget[] }) => (
  <Menu icon="move" label={t("Move to another folder")} name="move">
    <Narrow label={t("Move to")} />
    {targets.map((target, at) => (
      <>
        {target.group !== undefined && target.group !== targets[at - 1]?.group ? (
          <p class="mail-menu-title clip">
            <bdi>{target.group}</bdi>
          </p>
        ) : null}
        <button class={`mail-menu-item depth-${Math.min(target.depth, 4)}`} type="submit" name="to" value={target.id}>
          <Icon name={target.icon} />
          <bdi class="clip">{target.label}</bdi>
        </button>
      </>
    ))}
  </Menu>
);

/** How the pages' buttons post: the answer is what changed, or the main part as it is now. */
export const actAttributes = (href: string) => ({
  action: href,
  method: "post" as const,
  "hx-post": href,
  "hx-target": "#main",
  "hx-swap": "outerMorph",
});
