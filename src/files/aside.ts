/**
 * One thing in the place of another, whatever the two are. What is there is put aside by a rename, the new one takes its place by a
 * rename, and only then is the old one removed: whatever is refused or fails before that, the old one is brought back. While this goes on
 * two hidden folders stand beside it: `.gatepost-aside-…` with what may have to come back, and `.gatepost-gone-…` with what may go. A
 * server that was killed finds them at its next start (sweep.ts), and does the same.
 *
 * RFC 4918 §9.8.4, §9.9.3.
 */
import type { Account } from "./account.ts";
import { at, disk, drop, openIn } from "./handles.ts";
import { type Octets, OWN_PREFIX } from "./names.ts";
import { measure, removeTree } from "./trees.ts";
import { codeOf } from "./trouble.ts";

const ASIDE_PREFIX = `${OWN_PREFIX}aside-`;
const GONE_PREFIX = `${OWN_PREFIX}gone-`;

/** Whether a name is one of the hidden folders. */
export const isAside = (name: Octets): boolean => name.startsWith(ASIDE_PREFIX) || name.startsWith(GONE_PREFIX);

/** Something in an opened folder, that another thing takes the place of. */
export interface Occupied {
  readonly fd: number;
  readonly name: Octets;
  readonly account: Account;
}

/** How the other thing comes. */
export interface Coming {
  /** Makes it as `name` in the hidden folder, while the old one still stands. */
  readonly prepare?: (hidden: Octets) => Promise<void>;
  /** Puts it there in one step, where nothing is any more. */
  readonly put: (hidden: Octets) => Promise<void>;
}

/** Puts something in the place of what is there, which leaves its room to it. @throws what `prepare` and `put` do; then the old one is there */
export async function takePlace({ fd, name, account }: Occupied, coming: Coming, busy: Set<string>): Promise<void> {
  const id = crypto.randomUUID();
  const [aside, gone] = [`${ASIDE_PREFIX}${id}`, `${GONE_PREFIX}${id}`];
  const old = await measure(fd, name);
  for (const folder of [aside, gone]) busy.add(folder);
  account.add(-old.octets, -old.files);
  try {
    await taken({ fd, name, account }, coming, { aside, gone }).catch(async (error: unknown) => {
      account.add(old.octets, old.files);
      await cleared(fd, aside, gone, account);
      throw error;
    });
    await removeTree(fd, gone, uncounted(account));
  } finally {
    for (const folder of [aside, gone]) busy.delete(folder);
  }
}

/** The place is taken, and what was there lies among what may go; or it is there again. */
async function taken(
  { fd, name, account }: Occupied,
  { prepare, put }: Coming,
  { aside, gone }: { readonly aside: Octets; readonly gone: Octets },
): Promise<void> {
  await disk.mkdir(at(fd, gone), 0o750);
  await prepare?.(gone);
  await disk.mkdir(at(fd, aside), 0o750);
  const old = at(fd, `${aside}/${name}`);
  await account.inTurn(() => disk.rename(at(fd, name), old));
  try {
    await put(gone);
  } catch (error) {
    await disk.rename(old, at(fd, name));
    throw error;
  }
  await disk.rename(old, at(fd, `${gone}/${name}`));
  await disk.rmdir(at(fd, aside));
}

/** Removes what was prepared, which was counted as it came, and the empty folder beside it. */
async function cleared(fd: number, aside: Octets, gone: Octets, account: Account): Promise<void> {
  await disk.rmdir(at(fd, aside)).catch(unlessMissing);
  account.add(0, 1);
  await removeTree(fd, gone, account).catch(unlessMissing);
}

function unlessMissing(error: unknown): void {
  if (codeOf(error) !== "ENOENT") throw error;
}

/** The account for what is counted as gone already. */
const uncounted = (account: Account): Pick<Account, "add" | "inTurn"> => ({
  add: () => undefined,
  inTurn: (work) => account.inTurn(work),
});

/**
 * Brings back what a server that was killed had put aside, and removes what was to go. Where something has taken the place since, the old
 * one stands beside it.
 */
export async function bringBack(fd: number, hidden: Octets): Promise<void> {
  const inTurn = <T>(work: () => Promise<T>) => work();
  if (hidden.startsWith(GONE_PREFIX)) return await removeTree(fd, hidden, { add: () => undefined, inTurn });
  const folder = await openIn(fd, hidden);
  try {
    for (const name of await disk.readdir(`/proc/self/fd/${folder}`, { encoding: "latin1" })) {
      const back = (await isFree(fd, name))
        ? name
        : `${name.slice(0, 200)} (before ${hidden.slice(ASIDE_PREFIX.length)})`;
      await disk.rename(at(folder, name), at(fd, back));
    }
  } finally {
    drop(folder);
  }
  await disk.rmdir(at(fd, hidden));
}

async function isFree(fd: number, name: Octets): Promise<boolean> {
  try {
    await disk.lstat(at(fd, name));
    return false;
  } catch (error) {
    unlessMissing(error);
    return true;
  }
}
