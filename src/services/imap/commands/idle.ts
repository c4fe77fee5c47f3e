/** IDLE: news of the selected folder as it happens, until the client says DONE. */
import { command, LOGGED_IN, noArguments } from "../command.ts";
import { GrammarError } from "../parse.ts";
import { Watch } from "../watch.ts";

/**
 * ```
 * C: a1 IDLE
 * S: + idling
 * S: * 4 EXISTS
 * C: DONE
 * S: a1 OK IDLE completed
 * ```
 */
export const idle = command({
  verb: "IDLE",
  states: LOGGED_IN,
  rfc: "RFC 2177, RFC 9051 §6.3.13",
  usage: "",
  about: "Waits, and tells what changes in the selected folder at once, until the client sends DONE.",
  capabilities: ["IDLE"],
  syntax: noArguments,
  run: async (session) => {
    await session.invite("idling");
    const watch = new Watch(session, session.unasked.newsOf({ selected: true, expunges: true, flags: true }));
    const keepAlive = setInterval(() => {
      if (watch.isTelling) return;
      session.untagged("OK Still here");
      watch.news();
    }, 1000 * session.settings.keepAliveSeconds);
    try {
      const line = Buffer.from(await session.lineOrInterrupt(64)).toString("latin1");
      if (line.trim().toUpperCase() !== "DONE") throw new GrammarError("Expected DONE");
    } finally {
      clearInterval(keepAlive);
      await watch.stop();
    }
  },
});
