/** What a beginning of a name or an address may mean: the options of an address field's list. */
import { Icon, type IconName } from "../parts/icon.tsx";

/** One address that may be meant. */
export interface SuggestedAddress {
  /** As it goes into the field. */
  readonly value: string;
  /** "" where only the address is known. */
  readonly name: string;
  readonly address: string;
  readonly source: "correspondent" | "own" | "shared" | "directory";
}

const SOURCES: Record<SuggestedAddress["source"], { icon: IconName; label: string }> = {
  correspondent: { icon: "clock", label: "You wrote to this address before" },
  own: { icon: "user", label: "Your contact" },
  shared: { icon: "contacts", label: "Shared contact" },
  directory: { icon: "users", label: "Listed here" },
};

export const Suggestions = ({ suggestions }: { suggestions: readonly SuggestedAddress[] }) => (
  <>
    {suggestions.map(({ value, name, address, source }) => (
      <div role="option" data-value={value} aria-selected="false" tabIndex={-1}>
        <span class="two">
          <bdi class="strong clip">{name || address}</bdi>
          {name ? <bdi class="muted small clip">{address}</bdi> : null}
        </span>
        <Icon name={SOURCES[source].icon} label={SOURCES[source].label} />
      </div>
    ))}
  </>
);
