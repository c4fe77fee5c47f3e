/** When a recipient that could not be reached is tried again, told about, and given up (RFC 5321 §4.5.4.1). Pure. */

export interface RetrySettings {
  readonly retryMinutes: readonly number[];
  readonly expireHours: number;
  readonly delayNoticeHours: number;
}

/**
 * The time of the next attempt after attempt number `attempts` failed at `now` (milliseconds). Intervals vary by up to a tenth,
 * so that what failed together does not come back together; `chance` is from 0 to 1. The last attempt falls on the expiry.
 */
export function nextAttempt(
  attempts: number,
  now: number,
  expiresAt: number,
  settings: RetrySettings,
  chance = Math.random(),
): number {
  const { retryMinutes } = settings;
  const minutes = retryMinutes[Math.min(Math.max(attempts, 1), retryMinutes.length) - 1] ?? 60;
  const next = now + minutes * 60_000 * (0.9 + chance * 0.2);
  return Math.round(now < expiresAt ? Math.min(next, expiresAt) : next);
}

/** Whether the sender should be told now that his message is late. */
export function delayDue(
  recipient: { readonly delayTold: boolean; readonly notify: string },
  createdAt: number,
  now: number,
  settings: RetrySettings,
): boolean {
  if (settings.delayNoticeHours === 0 || recipient.delayTold) return false;
  if (recipient.notify !== "" && !recipient.notify.split(",").includes("DELAY")) return false;
  return now - createdAt >= settings.delayNoticeHours * 3_600_000;
}

/** A span in words: "4 hours", "1 day". */
export function spanText(ms: number): string {
  const minutes = Math.max(1, Math.round(ms / 60_000));
  if (minutes < 60) return plural(minutes, "minute");
  const hours = Math.round(minutes / 60);
  return hours < 48 ? plural(hours, "hour") : plural(Math.round(hours / 24), "day");
}

function plural(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
