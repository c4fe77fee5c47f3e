/**
 * The first start's answers while they are being given. They are kept in memory and belong to the one browser that came with the
 * link; after a restart `serve` prints a new link, and the questions begin anew. The password is never written anywhere in clear.
 */
import type { StepName } from "../../../views/setup/wizard.tsx";
import { newToken, sameSecret } from "../../auth/tokens.ts";
import type { SetupAnswers } from "./answers.ts";

export class Wizard {
  #token: string | undefined;
  #answers: Partial<SetupAnswers> = {};

  /** Begins for a browser: gives the token for its cookie. Another browser's answers are forgotten. */
  begin(): string {
    this.#token = newToken();
    this.#answers = {};
    return this.#token;
  }

  /** Whether a cookie is that of the browser which began. */
  admits(token: string | undefined): boolean {
    return token !== undefined && this.#token !== undefined && sameSecret(token, this.#token);
  }

  get answers(): Readonly<Partial<SetupAnswers>> {
    return this.#answers;
  }

  answer(part: Partial<SetupAnswers>): void {
    this.#answers = { ...this.#answers, ...part };
  }

  /** The steps that have an answer. */
  get answered(): StepName[] {
    const { administrator, domain, outgoing, certificate } = this.#answers;
    const steps: [StepName, unknown][] = [
      ["password", administrator],
      ["domain", domain],
      ["sending", outgoing],
      ["certificate", certificate],
    ];
    return steps.filter(([, answer]) => answer !== undefined).map(([step]) => step);
  }

  /** All answers, once there are all. */
  complete(): SetupAnswers | undefined {
    const { administrator, domain, outgoing, certificate } = this.#answers;
    if (!administrator || !domain || !outgoing || !certificate) return undefined;
    return { administrator, domain, outgoing, certificate };
  }

  /** Forgets everything. */
  end(): void {
    this.#token = undefined;
    this.#answers = {};
  }
}
