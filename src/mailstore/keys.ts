/** The keys of messages in the database. */

/** The key of a message: folder × 2³² + UID. */
export const FOLDER_SPAN = 2 ** 32;
/** A key that no message has. */
const NO_KEY = -1;

/**
 * The key of a message in a folder. UIDs have 32 bits (RFC 9051 §2.3.1.1): a larger number would be the key of a message in another folder,
 * of whomever, and so it is the key of none.
 */
export const keyOf = (folder: number, uid: number): number =>
  Number.isInteger(uid) && uid > 0 && uid < FOLDER_SPAN ? folder * FOLDER_SPAN + uid : NO_KEY;
