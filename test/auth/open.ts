import { Auth, type AuthOptions } from "../../src/auth/auth.ts";
import { authSettings, lockoutSettings } from "../../src/auth/settings.ts";
import type { ExternalUsers } from "../../src/auth/verifier.ts";
import { sharedCredentials } from "../credentials.ts";
import { openDirectory } from "../directory/open.ts";

/** A strong password for tests. */
export const PASSWORD = "winter-harbour-lamp";

/** A user database that gives one answer about everybody it has. */
export function externalUsers(kind: "accepted" | "wrong" | "away"): ExternalUsers {
  return { any: true, admits: false, pace: 0, check: async () => ({ kind }), admit: async () => ({ kind: "wrong" }) };
}

/** A directory with users, the way in, and a clock that only moves when told. */
export async function openAuth(options: AuthOptions = {}) {
  const opened = openDirectory();
  const { store, directory } = opened;
  // Cheap hashes, or the tests would take minutes; every address counts, or loopback could not be tested.
  await store.settings.set(authSettings, { argonMemory: 8192, argonPasses: 1, scramIterations: 4096, minimumScore: 2 });
  await store.settings.set(lockoutSettings, { allow: [] });
  const clock = { now: Date.now(), slept: [] as number[] };
  const auth = new Auth(store, directory, {
    now: () => clock.now,
    sleep: async (ms) => void clock.slept.push(ms),
    ...options,
  });
  await directory.domains.create({ name: "example.test" });
  const credentials = await sharedCredentials(store, auth, PASSWORD);
  await directory.users.create({ login: "admin", permissions: ["web.administrator"] }, credentials);
  await directory.users.create({ login: "anna" }, credentials);
  return {
    store,
    directory,
    auth,
    clock,
    close() {
      auth.close();
      opened.close();
    },
  };
}
