/** All commands in one table: the session looks them up here, and CAPABILITY and the reference are made from it. */
import type { Command } from "../command.ts";
import type { Parser } from "../parse.ts";
import { deleteAcl, getAcl, listRights, myRights, setAcl } from "./acl.ts";
import { capability, enable, id, logout, noop } from "./any.ts";
import { append } from "./append.ts";
import { compress } from "./compress.ts";
import { copy, expunge, move, uidCopy, uidExpunge, uidMove } from "./copy.ts";
import { fetch, uidFetch } from "./fetch.ts";
import { create, namespace, remove, rename, subscribe, unsubscribe } from "./folders.ts";
import { idle } from "./idle.ts";
import { list, lsub } from "./list.ts";
import { authenticate, login, startTls, unauthenticate } from "./login.ts";
import { getMetadata, setMetadata } from "./metadata.ts";
import { cancelUpdate, multiSearch } from "./multisearch.ts";
import { notify } from "./notify.ts";
import { getQuota, getQuotaRoot, setQuota } from "./quota.ts";
import { replace, uidReplace } from "./replace.ts";
import { search, uidSearch } from "./search.ts";
import { check, close, examine, select, unselect } from "./select.ts";
import { sort, thread, uidSort, uidThread } from "./sort.ts";
import { status } from "./status.ts";
import { store, uidStore } from "./store.ts";

/** Every command, in the order in which the reference shows them. */
export const COMMANDS: readonly Command[] = [
  ...[capability, noop, logout, id],
  ...[startTls, authenticate, login, unauthenticate],
  ...[enable, select, examine, create, remove, rename, subscribe, unsubscribe, list, lsub, namespace, status],
  ...[append, idle, notify, multiSearch, cancelUpdate],
  compress,
  ...[getMetadata, setMetadata],
  ...[getQuota, getQuotaRoot, setQuota],
  ...[getAcl, setAcl, deleteAcl, listRights, myRights],
  ...[close, unselect, check, expunge, search, sort, thread, fetch, store, copy, move, replace],
  ...[uidFetch, uidStore, uidSearch, uidSort, uidThread, uidCopy, uidMove, uidReplace, uidExpunge],
];

const BY_VERB: ReadonlyMap<string, Command> = new Map(COMMANDS.map((each) => [each.verb, each]));

/** Reads the verb and gives its command. @throws GrammarError for a verb that is none */
export function findCommand(p: Parser): Command {
  const word = p.word("a command");
  let verb = word;
  if (word === "UID") {
    p.space();
    verb = `UID ${p.word("a command")}`;
  }
  return BY_VERB.get(verb) ?? p.fail(`${verb} is no command of this server`);
}
