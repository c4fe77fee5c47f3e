import { describe, expect, test } from "bun:test";
import { COMMANDS } from "../../src/services/imap/commands/table.ts";

describe("the command table", () => {
  /** Every command of RFC 3501 §6 and RFC 9051 §6, and those of the extensions served. */
  const verbs = (
    "CAPABILITY NOOP LOGOUT STARTTLS AUTHENTICATE LOGIN ENABLE SELECT EXAMINE CREATE DELETE RENAME SUBSCRIBE UNSUBSCRIBE " +
    "LIST LSUB NAMESPACE STATUS APPEND IDLE CLOSE UNSELECT CHECK EXPUNGE SEARCH FETCH STORE COPY MOVE REPLACE ID " +
    "GETACL SETACL DELETEACL LISTRIGHTS MYRIGHTS UNAUTHENTICATE COMPRESS GETMETADATA SETMETADATA GETQUOTA GETQUOTAROOT SETQUOTA NOTIFY SORT THREAD ESEARCH CANCELUPDATE"
  ).split(" ");
  const byUid = ["FETCH", "STORE", "SEARCH", "SORT", "THREAD", "COPY", "MOVE", "REPLACE", "EXPUNGE"].map(
    (verb) => `UID ${verb}`,
  );

  test("has every command once", () => {
    expect(COMMANDS.map(({ verb }) => verb).sort()).toEqual([...verbs, ...byUid].sort());
  });

  test("cites a section for each, and says what it does in a sentence", () => {
    for (const { rfc, about } of COMMANDS) {
      expect(rfc).toMatch(/^RFC \d+/);
      expect(about).toMatch(/^[A-Z].*\.$/);
    }
  });
});
