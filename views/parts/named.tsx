/** Fields that name somebody or something: they propose what begins like that while one types, and take a name as it is typed too. */
import { EXACT, TextField } from "./forms.tsx";

/** What is proposed: the value, and a word about it. */
export interface Proposal {
  readonly value: string;
  readonly about: string;
}

/** The proposals of a field; replaced while one types. */
export const Proposals = ({ of }: { of: readonly Proposal[] }) => (
  <>
    {of.map(({ value, about }) => (
      <option value={value}>{about}</option>
    ))}
  </>
);

/** A text field whose proposals come from `from`, which answers {@link Proposals} to what stands behind `?q=`. */
export const NamedField = ({
  from,
  attributes = {},
  ...field
}: Parameters<typeof TextField>[0] & {
  from: string;
}) => (
  <TextField
    {...field}
    attributes={{
      ...EXACT,
      list: `${field.name}-proposed`,
      "hx-get": from,
      "hx-trigger": "focus once, input changed delay:150ms",
      "hx-target": `#${field.name}-proposed`,
      "hx-swap": "innerHTML",
      "hx-sync": "this:replace",
      ...attributes,
    }}
  >
    <datalist id={`${field.name}-proposed`} />
  </TextField>
);
