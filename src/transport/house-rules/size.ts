/** Sizes as people write them. Pure. */

const UNITS = { "": 1, k: 1_024, m: 1_048_576, g: 1_073_741_824 } as const;

/** "500K", "10M" or "1G" in octets; undefined for what is no size. */
export function parseSize(text: string): number | undefined {
  const [, number, unit = ""] = /^(\d{1,9}(?:\.\d{1,3})?)\s*([kmg]?)i?b?$/i.exec(text.trim()) ?? [];
  if (number === undefined) return undefined;
  return Math.round(Number(number) * UNITS[unit.toLowerCase() as keyof typeof UNITS]);
}
