/**
 * What a directory server's result codes mean (RFC 4511 §A.1), in plain words: whether a password was wrong, whether the account may not
 * be used, or whether nothing can be said because the server cannot answer. Active Directory hides the reason of a refused bind in the
 * diagnostic message. Pure.
 */

/** The result of an operation that did not succeed. */
export interface LdapResult {
  readonly code: number;
  /** The server's diagnostic message; often empty. */
  readonly message: string;
}

/**
 * What a refused bind of a user means.
 * `wrong`: name or password are wrong, or the server does not say whether they are (a locked account is refused either way).
 * `expired`, `disabled`: the password was right, and the account may not be used.
 * `away`: the server could not judge.
 */
export interface BindRefusal {
  readonly kind: "wrong" | "expired" | "disabled" | "away";
  /** For the administrator. */
  readonly detail: string;
  /** For the user; only where the password was right. */
  readonly sentence?: string;
}

const CODES: Readonly<Record<number, string>> = {
  1: "the server reported an internal error",
  2: "the server does not understand the request",
  3: "the search took longer than the server allows",
  4: "there are more entries than the server gives at once",
  7: "the server does not take this way of signing in",
  8: "the server wants a protected connection or a stronger way of signing in",
  10: "the entry is on another server, and referrals are not followed",
  11: "the search is larger than the server allows",
  12: "the server does not know an extension that is needed",
  13: "the server wants an encrypted connection",
  16: "there is no such attribute",
  17: "the server does not know an attribute of the filter",
  18: "the filter does not fit the attribute",
  19: "the server's password rules forbid it",
  21: "a value has the wrong syntax",
  32: "there is no such entry",
  34: "the name of the entry (DN) is malformed",
  48: "the entry has no password",
  49: "name or password are wrong",
  50: "not permitted",
  51: "the server is busy",
  52: "the server is not available",
  53: "the server is not willing to do this",
  80: "the server reported an error",
};

/** What a result code says, with the server's own words where there are some. */
export function describeResult({ code, message }: LdapResult): string {
  const words = CODES[code] ?? `result code ${code}`;
  const own = readable(message);
  return own === "" ? words : `${words} (${own})`;
}

/**
 * Active Directory's reasons, told in the diagnostic message as "data" and one of these numbers. All but 525, 52e and 775 are told to
 * those only who know the password.
 */
const AD_REASONS: Readonly<Record<string, BindRefusal>> = {
  "525": { kind: "wrong", detail: "the directory has no such user" },
  "52e": { kind: "wrong", detail: "the password is wrong" },
  "530": {
    kind: "disabled",
    detail: "the directory does not let this user log in at this time",
    sentence: "Your account may not be used at this time of day; ask the administrator.",
  },
  "531": {
    kind: "disabled",
    detail: "the directory lets this user log in at other machines only",
    sentence: "Your account may not be used from here; ask the administrator.",
  },
  "532": {
    kind: "expired",
    detail: "the password has expired in the directory",
    sentence: "Your password has expired. Change it at your workplace, then log in here again.",
  },
  "533": {
    kind: "disabled",
    detail: "the account is switched off in the directory",
    sentence: "This account is switched off; ask the administrator.",
  },
  "701": {
    kind: "expired",
    detail: "the account has expired in the directory",
    sentence: "This account has expired; ask the administrator to renew it.",
  },
  "773": {
    kind: "expired",
    detail: "the directory wants the password changed at the next login",
    sentence: "You must change your password first. Do that at your workplace, then log in here again.",
  },
  "775": { kind: "wrong", detail: "the account is locked in the directory after too many wrong passwords" },
};

/** What a refused bind of a user means. */
export function bindRefusal(result: LdapResult): BindRefusal {
  const reason = /\bdata ([0-9a-f]{3,4})\b/i.exec(result.message)?.[1]?.toLowerCase();
  const known = reason === undefined ? undefined : AD_REASONS[reason];
  if (result.code === 49) return known ?? { kind: "wrong", detail: describeResult(result) };
  // No password to compare with, a DN that is gone, or too many attempts: the user hears the same as for a wrong password.
  if ([16, 19, 32, 34, 48, 50].includes(result.code)) return { kind: "wrong", detail: describeResult(result) };
  return { kind: "away", detail: describeResult(result) };
}

/** The server's words in one line, as far as people can read them. */
function readable(message: string): string {
  return message
    .replaceAll(/[\p{Cc}\s]+/gu, " ")
    .replace(/ ?Code: 0x[0-9a-f]+ ?$/i, "")
    .trim()
    .slice(0, 200);
}
