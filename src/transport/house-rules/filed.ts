/** Where rules of the house want copies: in a folder of the mailbox, unless its own scripts said something or it is junk. */
import type { Spread } from "../forwarding.ts";

export function filed(
  spread: Spread,
  folders: ReadonlyMap<number, string> | undefined,
  junk: ReadonlySet<number> | undefined,
): Spread {
  if (folders === undefined || folders.size === 0) return spread;
  const kept = spread.kept.map((one) => {
    const folder = folders.get(one.mailbox);
    if (folder === undefined || one.placings !== undefined || junk?.has(one.mailbox) === true) return one;
    const filing = { mailbox: folder, create: true, mailboxId: undefined, specialUse: undefined };
    return { ...one, placings: [{ filing, flags: [], changed: undefined }] };
  });
  return { ...spread, kept };
}
