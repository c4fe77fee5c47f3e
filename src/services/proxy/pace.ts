/** A user's bandwidth where octets pass in pieces. */
import type { Bucket } from "../../net/tunnels.ts";

/** Waits until a piece is written and, where the bandwidth is limited, until the next may pass. */
export function pace(bucket: Bucket | undefined, octets: number, written: Promise<void>): Promise<void> {
  return bucket === undefined ? written : slowly(bucket, octets, written);
}

async function slowly(bucket: Bucket, octets: number, written: Promise<void>): Promise<void> {
  await written;
  bucket.spend(octets);
  for (let wait = bucket.wait; wait > 0; wait = bucket.wait) await Bun.sleep(wait);
}
