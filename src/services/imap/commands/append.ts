/** APPEND: a message from the client, streamed to the store and through the structure parser, never whole in memory. */
import { StructureParser } from "../../../mime/parser.ts";
import type { Staged } from "../../../store/content.ts";
import { command, LOGGED_IN } from "../command.ts";
import { flagsFrom } from "../flags.ts";
import { GrammarError } from "../parse.ts";
import { flagReach, withinReach } from "../permissions.ts";
import { No } from "../refusals.ts";
import type { Session } from "../session.ts";

/**
 * ```
 * C: a1 APPEND Sent (\Seen) {310}
 * S: + Go on
 * C: (310 octets)
 * S: a1 OK [APPENDUID 38505 3955] APPEND completed
 * ```
 */
export const append = command({
  verb: "APPEND",
  states: LOGGED_IN,
  rfc: "RFC 9051 §6.3.12, RFC 4315, RFC 7889",
  usage: "folder [(flag …)] [date-time] message",
  about: "Puts a message into a folder.",
  streams: true,
  syntax: (p) => {
    p.space();
    const name = p.folder();
    p.space();
    const flags = p.seesList ? p.flagList() : undefined;
    if (flags) p.space();
    const internalDate = p.sees('"') ? p.dateTime() : undefined;
    if (internalDate !== undefined) p.space();
    return { name, flags: flags ?? [], internalDate, mark: p.announcedLiteral("a message as literal") };
  },
  run: async (session, { name, flags, internalDate, mark }) => {
    const { folder, rights, reader } = session.target(name);
    const limit = session.settings.maxMessageSize;
    if (mark.size > limit) throw new No("TOOBIG", `A message may have at most ${limit} octets`);
    // Before the client sends it (RFC 9208 §4.3.1); the store looks once more when it is there.
    session.mailstore.room.check(folder.mailboxId, 1, mark.size);
    if (mark.size === 0) throw new No(undefined, "A message of no octets cannot be kept");
    // Flags that the user may not set are left out (RFC 4314 §4).
    const wanted = withinReach(flagsFrom(flags), flagReach(rights));
    const { staged, structure } = await receive(session);
    session.mailstore.prepare(structure);
    const { uid, uidValidity } = await session.store.commit((tx) =>
      session.mailstore.append(tx, {
        folder: folder.id,
        content: staged,
        structure,
        internalDate: internalDate ?? Date.now(),
        flags: wanted,
        ...(reader !== undefined && { reader }),
      }),
    );
    return { code: `APPENDUID ${uidValidity} ${uid}` };
  },
});

async function receive(session: Session): Promise<{ staged: Staged; structure: ReturnType<StructureParser["end"]> }> {
  const writer = session.store.content.writer();
  const parser = new StructureParser();
  try {
    const rest = await session.receiveLiteral(async (octets) => {
      parser.write(octets);
      await writer.write(octets);
    });
    if (rest.length > 0) throw new GrammarError("Expected nothing after the message");
    return { staged: await writer.finish(), structure: parser.end() };
  } catch (thrown) {
    await writer.abort();
    throw thrown;
  }
}
