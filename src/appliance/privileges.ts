/** Giving up root once the ports are bound: whoever breaks into the process then has only the data folder. */
import { lchownSync, lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { Refusal } from "../refusal.ts";

/** An account of the operating system. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Tried in this order where no account is named. */
const USUAL = ["gatepost", "nobody"];

/** Finds an account in /etc/passwd. */
export function accountOf(name: string): Account | undefined {
  for (const line of readFileSync("/etc/passwd", "utf8").split("\n")) {
    const [login, , uid, gid] = line.split(":");
    if (login === name && uid !== undefined && gid !== undefined) return { name, uid: Number(uid), gid: Number(gid) };
  }
  return undefined;
}

/**
 * The account to become: the one named, else the owner of the data folder if that is not root, else `gatepost` or `nobody`.
 * Undefined where this process is not root.
 * @throws Refusal "notFound" if the named account does not exist
 */
export function accountFor(folder: string, wanted: string | undefined): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  if (wanted !== undefined) {
    const named = accountOf(wanted);
    if (named === undefined) throw new Refusal("notFound", `This system has no account “${wanted}”.`);
    return named.uid === 0 ? undefined : named;
  }
  const owner = statSync(folder);
  if (owner.uid !== 0) return { name: String(owner.uid), uid: owner.uid, gid: owner.gid };
  return USUAL.map(accountOf).find((account) => account !== undefined);
}

/** Hands the data folder to the account and becomes it. Says why not, where the folder would be out of its reach. */
export function become(account: Account, folder: string): string | undefined {
  const closed = closedAbove(folder);
  if (closed !== undefined) return `${closed} is closed to other accounts`;
  handOver(folder, account);
  if (process.setgid !== undefined && process.setuid !== undefined) {
    process.setgroups?.([account.gid]);
    process.setgid(account.gid);
    process.setuid(account.uid);
    return undefined;
  }
  return "this system has no setuid";
}

/** The nearest folder above that others may not enter. */
function closedAbove(folder: string): string | undefined {
  for (let at = dirname(folder); ; at = dirname(at)) {
    if ((statSync(at).mode & 0o001) === 0) return at;
    if (at === dirname(at)) return undefined;
  }
}

/** Links are handed over themselves, never what they point to: who held the folder before may have put one there. */
export function handOver(path: string, account: Pick<Account, "uid" | "gid">): void {
  lchownSync(path, account.uid, account.gid);
  if (!lstatSync(path).isDirectory()) return;
  for (const name of readdirSync(path)) handOver(join(path, name), account);
}
