/** REPLACE and UID REPLACE (RFC 8508): a message comes in another's place, for drafts that are saved again and again. */
import { type Command, type Completion, command } from "../command.ts";
import type { Parser } from "../parse.ts";
import { needsRights } from "../permissions.ts";
import { asMessage, MessageReceiver } from "../receiving.ts";
import { No } from "../refusals.ts";
import { STAR } from "../sequence.ts";
import type { Session } from "../session.ts";
import { upToHere } from "./copy.ts";

interface ReplaceArguments {
  /** A message number or UID. */
  readonly message: number;
  readonly name: string;
  readonly rest: Parser;
}

function replaceArguments(p: Parser): ReplaceArguments {
  p.space();
  const message = p.accept("*") ? STAR : p.nonZero("a message number");
  p.space();
  return { message, name: p.folder(), rest: p };
}

async function run(session: Session, args: ReplaceArguments, byUid: boolean): Promise<Completion> {
  const selected = session.folderWritable;
  needsRights(selected.place, "t", "e");
  const target = session.target(args.name);
  const { view } = selected;
  const { uids, missing } = session.resolve([{ first: args.message, last: args.message }], byUid);
  const [uid] = uids;
  if (missing || uid === undefined) throw isGone();
  const index = view.indexOfUid(uid);
  if (index < 0) throw isGone();
  const same = target.mailbox === selected.place.mailbox;
  const freed = { messages: same ? 1 : 0, size: same ? view.sizeAt(index) : 0 };
  const receiver = new MessageReceiver(session, args.rest, { target, freed });
  try {
    const received = await receiver.one();
    // What the user may do here and there can have changed while he sent.
    if (selected.gone) throw isGone();
    needsRights(selected.place, "t", "e");
    const message = asMessage(session.target(args.name), received, session.origin);
    const { uidValidity, uid: fresh } = await session.store.commit((tx) => {
      if (session.mailstore.expungeWithin(tx, view.folderId, [uid]).length === 0) throw isGone();
      return session.mailstore.append(tx, message);
    });
    // Before the EXPUNGE, so that the client knows what came in the place of what goes (RFC 8508 §3.3).
    session.untagged(`OK [APPENDUID ${uidValidity} ${fresh}] Replacement message is there`);
    return upToHere(session);
  } catch (thrown) {
    await receiver.drop();
    throw thrown;
  }
}

function isGone(): No {
  return new No("EXPUNGEISSUED", "The message to replace is gone");
}

function replacing(byUid: boolean): Command<ReplaceArguments> {
  return command({
    verb: byUid ? "UID REPLACE" : "REPLACE",
    states: ["selected"],
    rfc: byUid ? "RFC 8508 §3.4" : "RFC 8508 §3.3",
    usage: `${byUid ? "uid" : "number"} folder [(flag …)] [date-time] message`,
    about: `Puts a message into a folder and removes another${byUid ? ", named by UID" : ""}, both or neither.`,
    ...(!byUid && { capabilities: ["REPLACE"], speaksNumbers: true }),
    streams: true,
    syntax: replaceArguments,
    run: (session, args) => run(session, args, byUid),
  });
}

/**
 * ```
 * C: a3 REPLACE 4 Drafts (\Seen \Draft) {312}
 * S: + Go on
 * C: (312 octets)
 * S: * OK [APPENDUID 1 2000] Replacement message is there
 * S: * 4 EXPUNGE
 * S: * 4 EXISTS
 * S: a3 OK REPLACE completed
 * ```
 */
export const replace = replacing(false);
/** REPLACE by UID. */
export const uidReplace = replacing(true);
