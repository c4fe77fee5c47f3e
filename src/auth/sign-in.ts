/**
 * Signing in to the pages, a step at a time: the password, then what else the account asks for (a second factor, a new password, setting
 * up a factor), then a session. Each step gives a new token; before the last one nobody is signed in (half.ts). A passkey whose owner was
 * verified is password and second factor in one. Called by src/web/login.tsx.
 *
 * A wrong answer counts against address and account as a wrong password does, and is answered as late.
 */

import type { Directory, User } from "../directory/directory.ts";
import { Refusal } from "../refusal.ts";
import type { Store } from "../store/store.ts";
import { type AuthRequest, type Refused, refused } from "./attempt.ts";
import type { Auth } from "./auth.ts";
import type { Site } from "./factors/factors.ts";
import { type Half, Halves, type Stage } from "./half.ts";
import { mustChange } from "./must-change.ts";

/** The request in which somebody signs in. */
export interface Visit {
  readonly remote: string;
  readonly secure: boolean;
  /** What the browser calls itself. */
  readonly agent: string;
  /** For the log. */
  readonly session?: string;
}

/** How far somebody has come. */
export type Step =
  | {
      readonly kind: "in";
      readonly user: User;
      /** For the session's cookie. */
      readonly token: string;
      readonly remembered: boolean;
      readonly next: string;
      /** New recovery codes, to be shown now and never again; empty where there are none. */
      readonly recoveryCodes: readonly string[];
    }
  | { readonly kind: Stage /** For the cookie of those on the way in. */; readonly token: string }
  /** `again`: the same step may be tried once more. Otherwise it begins anew. */
  | { readonly kind: "refused"; readonly refusal: Refused; readonly again: boolean };

const OVER = "Signing in took too long, or something changed meanwhile. Begin again.";
const WRONG_CODE = "That code is not right, or was used before. Wait for the next one and type that.";
const WRONG_PASSKEY = "That passkey does not open this account here. Try again, or another way.";

export class SignIn {
  readonly #halves: Halves;

  constructor(
    private readonly store: Store,
    private readonly directory: Directory,
    private readonly auth: Auth,
    private readonly options: { readonly now: () => number; readonly sleep: (ms: number) => Promise<unknown> },
  ) {
    this.#halves = new Halves(options.now);
  }

  /** The first step: login name and password. */
  async password(
    about: { readonly login: string; readonly password: string; readonly remembered: boolean; readonly next: string },
    visit: Visit,
  ): Promise<Step> {
    const request: AuthRequest = {
      ...{ service: "web", mechanism: "PLAIN", remote: visit.remote, secure: visit.secure },
      credentials: { login: about.login, password: about.password },
      ...(visit.session !== undefined && { session: visit.session }),
    };
    const proven = await this.auth.prove(request);
    if ("reason" in proven) return again(proven);
    const { subject, credential } = proven;
    if (credential.kind === "appPassword") {
      return again(
        refused("permission", "That is an app password, which is for programs. Sign in with your own password."),
      );
    }
    const no = this.auth.admission.refusalFor(subject, "web");
    if (no !== undefined) {
      this.auth.log("login.refused", request, subject.user.login, no.sentence);
      return again(no);
    }
    const { id, passwordChangedAt } = subject.user;
    const { remembered, next } = about;
    return await this.#goOn(
      { user: id, passwordChangedAt, remembered, next, shown: ["password"], factorShown: false },
      visit,
    );
  }

  /** Who is on the way in behind a token, and what is asked of him; undefined where nobody is. */
  half(token: string | undefined): { readonly user: User; readonly stage: Stage; readonly next: string } | undefined {
    const half = this.#halves.find(token);
    const user = half && this.#userOf(half);
    return half && user ? { user, stage: half.stage, next: half.next } : undefined;
  }

  /** The second step by a code: of the app, or from the paper. */
  async code(token: string | undefined, typed: string, visit: Visit): Promise<Step> {
    return await this.#factor(token, visit, async (user) => {
      const way = await this.auth.factors.takeCode(user.id, typed);
      return way === undefined ? { wrong: WRONG_CODE } : { way };
    });
  }

  /** The second step by a passkey. `binding` is what its challenge was made for. */
  async passkey(token: string | undefined, answer: unknown, site: Site, binding: string, visit: Visit): Promise<Step> {
    return await this.#factor(token, visit, async (user) => {
      const proof = await this.auth.factors.passkeys.proof({ purpose: "secondStep", binding }, answer, site);
      return proof?.passkey.user === user.id ? { way: "passkey" } : { wrong: WRONG_PASSKEY };
    });
  }

  /** The only step, by a passkey whose owner was verified. */
  async passkeyAlone(
    about: {
      readonly answer: unknown;
      readonly site: Site;
      readonly binding: string;
      readonly remembered: boolean;
      readonly next: string;
    },
    visit: Visit,
  ): Promise<Step> {
    const barred = this.auth.admission.barred(visit.remote, "");
    if (barred !== undefined) return again(barred);
    const purpose = { purpose: "signIn", binding: about.binding } as const;
    const proof = await this.auth.factors.passkeys.proof(purpose, about.answer, about.site);
    const user = proof?.ownerVerified ? this.directory.users.byId(proof.passkey.user) : undefined;
    if (user === undefined) return again(await this.#strike(visit, "a passkey", WRONG_PASSKEY));
    const request = { ...visit, service: "web" } as const;
    const no =
      this.auth.admission.barred(visit.remote, user.login) ??
      this.auth.admission.refusalFor({ user, mailboxOnly: false }, "web");
    if (no !== undefined) {
      this.auth.log("login.refused", request, user.login, no.sentence);
      return again(no);
    }
    const { id, passwordChangedAt } = user;
    const { remembered, next } = about;
    return await this.#goOn(
      { user: id, passwordChangedAt, remembered, next, shown: ["passkey"], factorShown: true },
      visit,
    );
  }

  /** The step for whoever must choose a new password. Other sessions end. */
  async newPassword(token: string | undefined, password: string, visit: Visit): Promise<Step> {
    const here = this.#here(token, "password");
    if (here === undefined) return over();
    const { half, user } = here;
    try {
      if (await this.auth.passwords.isPresent(user, password)) {
        throw new Refusal("invalid", "That is the password you have now. Choose another one.");
      }
      const prepared = await this.auth.passwords.prepare(user.login, password, { chosen: true, mustChange: false });
      await this.store.commit((tx) => this.auth.passwords.setWithin(tx, prepared));
    } catch (thrown) {
      return wrong(thrown);
    }
    this.#note("password.changed", user, visit, "Chose a new password at sign-in");
    const { passwordChangedAt = null } = this.directory.users.byId(user.id) ?? {};
    return await this.#goOn({ ...half, passwordChangedAt }, visit, here.token);
  }

  /** The step for whoever must have a second factor: codes of an app, confirmed by a first one. */
  async enrolTotp(token: string | undefined, code: string, visit: Visit): Promise<Step> {
    return await this.#enrol(token, visit, "Set up codes of an app at sign-in", (user) =>
      this.auth.factors.confirmTotp(user, code),
    );
  }

  /** The same by a passkey. */
  async enrolPasskey(
    token: string | undefined,
    about: { readonly answer: unknown; readonly site: Site; readonly binding: string; readonly name: string },
    visit: Visit,
  ): Promise<Step> {
    return await this.#enrol(token, visit, "Registered a passkey at sign-in", (user) =>
      this.auth.factors.addPasskey(user, about.answer, about),
    );
  }

  /** Gives up. */
  end(token: string | undefined): void {
    if (token !== undefined) this.#halves.end(token);
  }

  async #factor(
    token: string | undefined,
    visit: Visit,
    look: (user: User) => Promise<{ readonly way: string } | { readonly wrong: string }>,
  ): Promise<Step> {
    const here = this.#here(token, "factor");
    if (here === undefined) return over();
    const { half, user } = here;
    const barred = this.auth.admission.barred(visit.remote, user.login);
    if (barred !== undefined) return again(barred);
    try {
      const seen = await look(user);
      if ("way" in seen) {
        return await this.#goOn({ ...half, shown: [...half.shown, seen.way], factorShown: true }, visit, here.token);
      }
      const more = this.#halves.wrong(here.token);
      const refusal = await this.#strike(visit, user.login, seen.wrong, user.login);
      return { kind: "refused", refusal, again: more };
    } catch (thrown) {
      return wrong(thrown);
    }
  }

  async #enrol(
    token: string | undefined,
    visit: Visit,
    text: string,
    add: (user: User) => Promise<{ readonly recoveryCodes: readonly string[] }>,
  ): Promise<Step> {
    const here = this.#here(token, "enrol");
    if (here === undefined) return over();
    try {
      const { recoveryCodes } = await add(here.user);
      this.#note("factor.added", here.user, visit, text);
      return await this.#goOn({ ...here.half, factorShown: true }, visit, here.token, recoveryCodes);
    } catch (thrown) {
      return wrong(thrown);
    }
  }

  /** What is asked for next, or a session where nothing is. */
  async #goOn(
    about: Omit<Half, "stage" | "since">,
    visit: Visit,
    before?: string,
    recoveryCodes: readonly string[] = [],
  ): Promise<Step> {
    const user = this.directory.users.byId(about.user);
    if (user === undefined) return over();
    const stage = this.#stageOf(user, about.factorShown);
    if (stage !== undefined) return { kind: stage, token: this.#halves.keep({ ...about, stage }, before) };
    if (before !== undefined) this.#halves.end(before);
    const { remembered, next, passwordChangedAt, shown } = about;
    const { remote, agent } = visit;
    const token = await this.auth.sessions.open({ user: user.id, passwordChangedAt, remembered, remote, agent });
    this.auth.admission.note(user, { service: "web", remote, at: this.options.now() });
    const how = shown.join(" and ");
    this.auth.log("login.accepted", { ...visit, service: "web" }, user.login, `Signed in (${how}, web)`);
    return { kind: "in", user, token, remembered, next, recoveryCodes };
  }

  #stageOf(user: User, factorShown: boolean): Stage | undefined {
    const { factors } = this.auth;
    if (!factorShown && factors.any(user.id)) return "factor";
    if (mustChange(user)) return "password";
    return factors.required(user) && !factors.any(user.id) ? "enrol" : undefined;
  }

  #here(
    token: string | undefined,
    stage: Stage,
  ): { readonly half: Half; readonly user: User; readonly token: string } | undefined {
    const half = this.#halves.find(token);
    const user = half && this.#userOf(half);
    return half?.stage === stage && user && token !== undefined ? { half, user, token } : undefined;
  }

  /** The account as it is now, if it is still the one whose password was given. */
  #userOf({ user: id, passwordChangedAt }: Half): User | undefined {
    const user = this.directory.users.byId(id);
    const same = user !== undefined && user.passwordChangedAt === passwordChangedAt;
    return same && this.auth.admission.refusalFor({ user, mailboxOnly: false }, "web") === undefined ? user : undefined;
  }

  /** Counts a wrong answer as a wrong password, and holds the refusal back as long. */
  async #strike(visit: Visit, what: string, sentence: string, account?: string): Promise<Refused> {
    const { lockout } = this.auth;
    lockout.strike(visit.remote, "login", {
      ...(account !== undefined && { account }),
      detail: `webmail: second step of ${what}`,
    });
    this.auth.log("login.refused", { ...visit, service: "web" }, account ?? "", "Wrong second factor (web)");
    const delay = lockout.delayFor(visit.remote, account);
    if (delay > 0) await this.options.sleep(delay);
    return refused("credentials", sentence);
  }

  #note(name: string, user: User, { remote }: Visit, text: string): void {
    this.store.events.log({ room: "auth", name, user: user.login, remote, text });
  }
}

function again(refusal: Refused): Step {
  return { kind: "refused", refusal, again: true };
}

function over(): Step {
  return { kind: "refused", refusal: refused("malformed", OVER), again: false };
}

/** What a person got wrong in a step that may be tried again; anything else is a fault. */
function wrong(thrown: unknown): Step {
  if (!(thrown instanceof Refusal)) throw thrown;
  return again(refused(thrown.temporary || thrown.kind === "tooMany" ? "temporary" : "credentials", thrown.sentence));
}
