/** Passwords among settings: they are never shown, and what is shown in their place keeps them when it comes back. Pure. */

/** Stands where a secret is set. */
export const COVER = "********";

const SECRET = /password|secret|token/i;
const REPLACED = `${COVER} (another one)`;

type Group = Readonly<Record<string, unknown>>;

const isGroup = (value: unknown): value is Group =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isSecret = (name: string, value: unknown): value is string => SECRET.test(name) && typeof value === "string";

/** A value with every secret in it covered, however deep. */
export function covered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(covered);
  if (!isGroup(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      isSecret(name, inner) ? (inner === "" ? "" : COVER) : covered(inner),
    ]),
  );
}

/** The same for the audit log, where it must be seen that a secret is another one than before. */
export function coveredChange(before: Group, after: Group): { before: Group; after: Group } {
  const hidden = { before: covered(before) as Group, after: covered(after) as Group };
  const replaced = Object.keys(after).filter(
    (name) =>
      JSON.stringify(before[name]) !== JSON.stringify(after[name]) &&
      JSON.stringify(hidden.before[name]) === JSON.stringify(hidden.after[name]),
  );
  return {
    before: hidden.before,
    after: { ...hidden.after, ...Object.fromEntries(replaced.map((name) => [name, REPLACED])) },
  };
}

/** Thrown where a cover stands for no secret that is known. */
export class UnknownSecret extends Error {
  override readonly name = "UnknownSecret";
}

/**
 * Puts the secrets back where covers stand. An entry of a list is known again by all that is no secret in it, or by its place while the
 * list is as long as before: a password never goes to another entry.
 * @throws UnknownSecret
 */
export function uncovered(value: unknown, before: unknown): unknown {
  if (Array.isArray(value)) {
    const held: readonly unknown[] = Array.isArray(before) ? before : [];
    return value.map((item, at) => uncovered(item, counterpart(item, at, value.length, held)));
  }
  if (!isGroup(value)) return value;
  const held: Group = isGroup(before) ? before : {};
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      if (!isSecret(name, inner) || inner !== COVER) return [name, uncovered(inner, held[name])];
      const kept = held[name];
      if (typeof kept !== "string" || kept === "") throw new UnknownSecret(name);
      return [name, kept];
    }),
  );
}

function counterpart(item: unknown, at: number, length: number, held: readonly unknown[]): unknown {
  const same = held.find((one) => withoutSecrets(one) === withoutSecrets(item));
  return same ?? (held.length === length ? held[at] : undefined);
}

function withoutSecrets(value: unknown): string {
  return JSON.stringify(value, (name, inner: unknown) => (isSecret(name, inner) ? undefined : inner));
}
