/** Held messages for pages: times as numbers. */

/** The same with its times as epoch milliseconds. */
export function heldLine<T extends { readonly at: string; readonly expiresAt: string }>(
  held: T,
): Omit<T, "at" | "expiresAt"> & { at: number; expiresAt: number } {
  return { ...held, at: Date.parse(held.at), expiresAt: Date.parse(held.expiresAt) };
}
