/**
 * Hash and keys of a test's password, made once per process: judging a password starts a thread that reads word lists, which takes
 * several times as long as all else that a house needs.
 */
import type { Auth } from "../src/auth/auth.ts";
import type { JudgedCredentials } from "../src/auth/passwords.ts";
import { authSettings } from "../src/auth/settings.ts";
import type { Store } from "../src/store/store.ts";

const made = new Map<string, Promise<JudgedCredentials>>();

/** What `auth.credentialsFor` gives for a password under the settings of a store. Whoever has the password has the same salts. */
export function sharedCredentials(store: Store, auth: Auth, password: string): Promise<JudgedCredentials> {
  const key = JSON.stringify([password, store.settings.get(authSettings)]);
  const credentials = made.get(key) ?? auth.credentialsFor(password);
  made.set(key, credentials);
  return credentials;
}
