/**
 * What may be done to the house, and by whom. Everything that can be seen or changed is one operation (operation.ts), listed in
 * operations.ts; pages, command line and HTTP API all come through `perform`, which asks who may, checks the input, and lets no change
 * happen without its line in the audit log, and a short one in the log of events. So each rule stands in one place, and nothing can be
 * done in one place only.
 *
 * The finer rules (whose users, which fields) are in may.ts. The operations stand by families: users/ (accounts, contacts), mail/
 * (mailboxes, addresses, domains, the queue), signing-in/ (passwords, factors, sessions, tokens) and server/ (services, bars, settings,
 * certificates, user databases, the log). Called by src/web, src/cli and the appliance.
 */
import type { z } from "zod";
import { Refusal } from "../refusal.ts";
import { type Actor, isAtLeast, nameOf, type Reach, reachOf, reachOfUser } from "./actor.ts";
import { type Change, pruneAudit, writeAudit } from "./audit.ts";
import { needsScope } from "./may.ts";
import type { Context, Operation } from "./operation.ts";
import type { Parts } from "./parts.ts";
import { wordsFor } from "./words.ts";

const NOT_YOURS: Readonly<Record<Operation["who"], string>> = {
  administrator: "Only administrators may do this.",
  manager: "Only administrators may do this.",
  user: "Sign in to do this.",
};

/** Characters of what was changed that the log of events shows; the audit log has all. */
const MOST_LOGGED = 300;

export class Administration {
  constructor(readonly parts: Parts) {}

  /**
   * Does one thing for somebody.
   * @throws Refusal "notPermitted" if he may not, "invalid" if the input does not do, and whatever the operation refuses
   */
  async perform<I extends z.ZodObject, O extends z.ZodType>(
    operation: Operation<I, O>,
    actor: Actor,
    input: z.input<I>,
  ): Promise<z.output<O>> {
    permit(operation, actor);
    const parsed = operation.input.safeParse(input);
    if (!parsed.success) throw new Refusal("invalid", sentenceFor(parsed.error), { cause: parsed.error });
    return await operation.run(this.#context(operation, actor), parsed.data);
  }

  /** Deletes what the audit log need not keep any longer. */
  async keepHouse(): Promise<void> {
    await pruneAudit(this.parts.store, this.parts.now());
  }

  #context({ name }: Operation, actor: Actor): Context {
    const { store, now } = this.parts;
    const reach = reachOf(actor);
    return {
      ...this.parts,
      actor,
      reach,
      commit: async (work) => {
        const changed = new Set<string>();
        const done = await store.commit((tx) => {
          this.#refuseChanged(actor, reach);
          changed.clear();
          return work(tx, (change: Change) => {
            if (writeAudit(tx, now(), actor, name, change)) changed.add(change.subject);
          });
        });
        this.#log(actor, name, changed);
        return done;
      },
      record: async (change) => {
        const isNew = await store.commit((tx) => writeAudit(tx, now(), actor, name, change));
        if (isNew) this.#log(actor, name, [change.subject]);
      },
    };
  }

  /** A line in the log for what has a line in the audit log: what was changed, not how. */
  #log(actor: Actor, name: string, subjects: Iterable<string>): void {
    const text = [...subjects].join(", ").slice(0, MOST_LOGGED);
    if (text === "") return;
    const { remote } = actor;
    const about = { room: "administration", name, user: nameOf(actor), text };
    this.parts.store.events.log(remote === undefined ? about : { ...about, remote });
  }

  /** Who may was asked before the work began, which may have taken its time: by then it can be another answer. @throws Refusal "notPermitted" */
  #refuseChanged({ user }: Actor, reach: Reach): void {
    if (user === undefined) return;
    const now = this.parts.directory.users.byId(user.id);
    if (now?.enabled && isSame(reachOfUser(now), reach)) return;
    throw new Refusal("notPermitted", "Your account was changed meanwhile, so nothing was done. Try again.");
  }
}

function isSame(one: Reach, other: Reach): boolean {
  if (one === "all" || other === "all") return one === other;
  return one.size === other.size && [...one].every((id) => other.has(id));
}

/** Whether somebody may use an operation at all. @throws Refusal "notPermitted" */
function permit({ who, scope, notByToken }: Pick<Operation, "who" | "scope" | "notByToken">, actor: Actor): void {
  if (!isAtLeast(actor, who)) throw new Refusal("notPermitted", NOT_YOURS[who]);
  if (actor.scopes === undefined) return;
  if (notByToken !== undefined) throw new Refusal("notPermitted", notByToken);
  needsScope(actor, scope);
}

/** What is wrong with an input, in the words of its schema. */
function sentenceFor(error: z.ZodError): string {
  const [issue] = error.issues;
  if (issue === undefined) return "The input is not valid.";
  if (issue.code === "unrecognized_keys") return `There is no property ${issue.keys.join(", ")}.`;
  const path = issue.path.join(".");
  const words = wordsFor(issue);
  return path === "" || words === issue.message ? words : `${path}: ${words}`;
}
