/** What the system answers, as a Refusal in the project's terms. */
import { Refusal, type RefusalKind } from "../refusal.ts";

const WORDS: Readonly<Record<string, readonly [RefusalKind, string]>> = {
  ENOENT: ["notFound", "There is no such file or folder."],
  ENOTDIR: ["notFound", "There is no such folder."],
  // What O_NOFOLLOW answers to a link.
  ELOOP: ["notPermitted", "Links are not followed here."],
  ENXIO: ["notPermitted", "That is not a file."],
  EISDIR: ["invalid", "That is a folder."],
  EEXIST: ["exists", "There is something of that name already."],
  ENOTEMPTY: ["exists", "The folder is not empty."],
  EACCES: ["notPermitted", "The system does not permit that."],
  EPERM: ["notPermitted", "The system does not permit that."],
  EROFS: ["notPermitted", "The disk is for reading only."],
  ETXTBSY: ["inUse", "The file is in use."],
  EBUSY: ["inUse", "The folder is in use."],
  EINVAL: ["invalid", "A folder cannot be moved into itself."],
  ENAMETOOLONG: ["invalid", "The name is too long."],
  EXDEV: ["invalid", "The two places are on different disks; copy instead."],
  ENOSPC: ["noSpace", "The disk is full."],
  EDQUOT: ["noSpace", "The disk is full."],
  EFBIG: ["noSpace", "The file is too large for the disk."],
  EMFILE: ["temporary", "Too many files are open; try again later."],
  ENFILE: ["temporary", "Too many files are open; try again later."],
};

/** The system's code of an error, "" where it has none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** An error of the system as a Refusal; anything else as it is. */
export function refusalOf(error: unknown): unknown {
  if (error instanceof Refusal) return error;
  const words = WORDS[codeOf(error)];
  return words === undefined ? error : new Refusal(words[0], words[1], { cause: error });
}

/** Waits for work with files; what the system refuses is thrown as a Refusal. */
export async function inWords<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw refusalOf(error);
  }
}
