/**
 * Variable envelope return paths: what goes to many gets a return path of its own for each, so that a report says by its address whom it
 * is about, whatever it says inside. For mailing lists.
 *
 *     news@home.example to ann@far.example:  verp=p6c4xw=ty=news=far.example=ann@home.example
 *
 * Pure. The idea is D. J. Bernstein's; the seal keeps strangers from making a list believe that its members cannot be reached.
 */
import { ageOf, cut, isUsable, sameSeal, sealOf, stampOf } from "./tag.ts";

/** Days in which a report may come back. */
export const VERP_DAYS = 30;

const FORM = /^verp=([a-z2-7]{6})=([a-z2-7]{2})=([^=@]+)=([^=@]+)=(.+)$/is;

/** Whom a report is about. */
export interface Reported {
  /** The address that sends: where the report belongs. */
  readonly owner: string;
  /** The recipient who was not reached. */
  readonly recipient: string;
}

/**
 * The return path for a copy to `recipient` of what `owner` sends; undefined where one of the addresses has no place in it (an owner with
 * an equals sign, anything in quotes, what is very long).
 */
export function verpOf(owner: string, recipient: string, secret: Uint8Array, today: number): string | undefined {
  const [from, to] = [cut(owner), cut(recipient)];
  if (from === undefined || to === undefined || /[="]/.test(from.local) || /^"|=/.test(to.domain)) return undefined;
  if (to.local.startsWith('"')) return undefined;
  const stamp = stampOf(today);
  const seal = sealOf(secret, "verp", stamp, from.local, to.domain, to.local);
  const local = `verp=${seal}=${stamp}=${from.local}=${to.domain}=${to.local}`;
  return isUsable(local) ? `${local}@${from.domain}` : undefined;
}

/** Whether a local part has this form. */
export function isVerp(local: string): boolean {
  return FORM.test(local);
}

/** Whom a report to such an address of ours is about; undefined where this server did not make it, or too long ago. */
export function verpReport(address: string, secrets: readonly Uint8Array[], today: number): Reported | undefined {
  const parts = cut(address);
  const found = parts && FORM.exec(parts.local);
  if (parts === undefined || !found) return undefined;
  const [, seal = "", stamp = "", owner = "", domain = "", local = ""] = found;
  const good = secrets.some((secret) => sameSeal(seal, sealOf(secret, "verp", stamp, owner, domain, local)));
  const age = ageOf(stamp, today) ?? VERP_DAYS + 1;
  if (!good || age > VERP_DAYS) return undefined;
  return { owner: `${owner}@${parts.domain}`, recipient: `${local}@${domain}` };
}
