/** How contents pass where a user's bandwidth is limited, and where they are too large to be looked at. */
import type { Connection } from "../../net/connection.ts";
import { ConnectionClosed } from "../../net/errors.ts";
import type { Bucket, PassOptions, SomeOptions, Tunnels } from "../../net/tunnels.ts";

/** A content from this size on passes without being looked at (octets); below, setting that up costs more than it saves. */
export const LARGE = 256 * 1024;
/** So much of it at a time, so that a quota is noticed (octets). */
const STRETCH = 32 * 1024 * 1024;

/** Waits until a piece is written and, where the bandwidth is limited, until the next may pass. */
export function pace(bucket: Bucket | undefined, octets: number, written: Promise<void>): Promise<void> {
  return bucket === undefined ? written : slowly(bucket, octets, written);
}

async function slowly(bucket: Bucket, octets: number, written: Promise<void>): Promise<void> {
  await written;
  bucket.spend(octets);
  for (let wait = bucket.wait; wait > 0; wait = bucket.wait) await Bun.sleep(wait);
}

/**
 * Passes a content of known length.
 * @throws ConnectionClosed where it is cut off; DeadlineExceeded
 */
export async function passLarge(
  tunnels: Tunnels,
  from: Connection,
  to: Connection,
  octets: number,
  options: SomeOptions & { readonly passed: (octets: number) => void },
): Promise<void> {
  for (let missing = octets; missing > 0; ) {
    const stretch = Math.min(missing, STRETCH);
    const passed = await tunnels.passSome(from, to, stretch, options);
    options.passed(passed);
    missing -= passed;
    if (passed < stretch) throw new ConnectionClosed("a content was cut off");
  }
}

/**
 * Sends a part of a file.
 * @throws ConnectionClosed where it is cut off; DeadlineExceeded
 */
export async function fileLarge(
  tunnels: Tunnels,
  { fd, offset, length }: { readonly fd: number; readonly offset: number; readonly length: number },
  to: Connection,
  options: PassOptions & { readonly passed: (octets: number) => void },
): Promise<void> {
  for (let sent = 0; sent < length; ) {
    const stretch = Math.min(length - sent, STRETCH);
    const passed = await tunnels.sendFile(fd, offset + sent, stretch, to, options);
    options.passed(passed);
    sent += passed;
    if (passed < stretch) throw new ConnectionClosed("a stored content was cut off");
  }
}
