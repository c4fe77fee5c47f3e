/** The way in with user databases behind it. */

import type { AuthRequest, Outcome } from "../../../src/auth/attempt.ts";
import { Auth } from "../../../src/auth/auth.ts";
import type { DatabaseChange } from "../../../src/auth/external/databases.ts";
import type { AccountNote, Commit } from "../../../src/auth/external/run.ts";
import { UserDatabases } from "../../../src/auth/external/user-databases.ts";
import { authSettings, lockoutSettings } from "../../../src/auth/settings.ts";
import { sharedCredentials } from "../../credentials.ts";
import { openDirectory } from "../../directory/open.ts";
import { BIND_DN, BIND_PASSWORD, PEOPLE, type Slapd } from "./slapd.ts";

export const LOCAL_PASSWORD = "winter-harbour-lamp";

/** A house with the domain example.test, an administrator and the local account local, and no database yet. */
export async function openHouse() {
  const opened = openDirectory();
  const { store, directory } = opened;
  await store.settings.set(authSettings, { argonMemory: 8192, argonPasses: 1, scramIterations: 4096, minimumScore: 0 });
  await store.settings.set(lockoutSettings, { allow: [] });
  const clock = { now: Date.now(), slept: [] as number[] };
  const notes: AccountNote[] = [];
  const commit: Commit = (work) => store.commit((tx) => work(tx, (note) => notes.push(note)));
  const databases = new UserDatabases(store, directory, {
    ...{ isLan: () => true, commit: () => commit, now: () => clock.now },
  });
  const auth = new Auth(store, directory, {
    ...{ now: () => clock.now, external: databases },
    sleep: async (ms) => void clock.slept.push(ms),
  });
  await directory.domains.create({ name: "example.test" });
  const credentials = await sharedCredentials(store, auth, LOCAL_PASSWORD);
  await directory.users.create({ login: "admin", permissions: ["web.administrator"] }, credentials);
  await directory.users.create({ login: "local" }, credentials);

  return {
    ...{ store, directory, auth, databases, clock, notes, commit },
    /** Makes a database at a server. */
    add: (name: string, slapd: Slapd, change: Partial<DatabaseChange> = {}) =>
      store.commit((tx) =>
        databases.databases.createWithin(tx, name, {
          ...{ servers: [slapd.plain], certificate: slapd.authority, bindDn: BIND_DN, bindPassword: BIND_PASSWORD },
          ...{ base: PEOPLE, connectSeconds: 1, timeoutSeconds: 4 },
          ...change,
        }),
      ),
    set: (name: string, change: DatabaseChange) =>
      store.commit((tx) => databases.databases.updateWithin(tx, name, change)),
    login: (login: string, password: string, more: Partial<AuthRequest> = {}): Promise<Outcome> =>
      auth.authenticate({
        ...{ service: "imap", remote: "192.0.2.7", secure: true, mechanism: "PLAIN" },
        ...{ credentials: { login, password } },
        ...more,
      }),
    /** What was logged about external databases. */
    said: () =>
      store.events
        .recent({ limit: 1000 })
        .flatMap(({ name, text }) => (name.startsWith("external.") ? [text ?? ""] : [])),
    async close() {
      await databases.close();
      auth.close();
      opened.close();
    },
  };
}

export type House = Awaited<ReturnType<typeof openHouse>>;

/** What an attempt came to, in one word. */
export function word(outcome: Outcome): string {
  return outcome.ok ? "ok" : outcome.reason;
}
