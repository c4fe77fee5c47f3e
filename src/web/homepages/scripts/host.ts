/** Answers what a script asks while its page is made. Nothing of a question is believed: it may say anything, in any shape. */
import { z } from "zod";
import type { User } from "../../../directory/user.ts";
import { Refusal } from "../../../refusal.ts";
import type { PageRequest } from "../script-seam.ts";
import type { Question, Reply } from "./frames.ts";
import type { MailForms } from "./mail-form.ts";
import type { PageScriptLimits } from "./settings.ts";
import type { PageValues } from "./values.ts";

const key = z.string().max(1_000);
const json = z.string().max(16_777_216).refine(isJson, "Only what JSON knows can be kept.");
const listing = z.object({
  limit: z.number().int().min(1).max(1_000).default(100),
  after: z.string().max(1_000).optional(),
  reverse: z.boolean().default(false),
});
const letter = z.object({
  subject: z.string().max(10_000),
  text: z.string().max(1_000_000),
  replyTo: z.string().max(1_000),
  name: z.string().max(1_000),
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** What questions are answered with. */
export interface HostParts {
  readonly values: PageValues;
  readonly forms: MailForms;
}

/** Answers the questions of one page. */
export class Host {
  #questions = 0;

  constructor(
    private readonly parts: HostParts,
    private readonly request: PageRequest,
    private readonly owner: User,
    private readonly limits: PageScriptLimits,
    /** Told of what is a fault of the server, and not the page's. */
    private readonly fault: (thrown: unknown) => void,
  ) {}

  /** Never rejects. */
  async answer({ about, values }: Question): Promise<Reply> {
    try {
      if (++this.#questions > this.limits.questions) {
        throw new Refusal("tooMany", `A page may ask its store at most ${this.limits.questions} times.`);
      }
      const value = await this.#answer(about, values);
      return { kind: "reply", ...(value !== undefined && { value }) };
    } catch (thrown) {
      if (thrown instanceof Refusal) return { kind: "reply", refused: thrown.sentence };
      if (thrown instanceof z.ZodError)
        return { kind: "reply", refused: `This cannot be asked so: ${wordsOf(thrown)}.` };
      this.fault(thrown);
      return { kind: "reply", refused: "The server could not do that now." };
    }
  }

  async #answer(about: string, given: readonly unknown[]): Promise<unknown> {
    const { values, forms } = this.parts;
    const { limits } = this;
    const { id } = this.owner;
    const [first, second, third] = given;
    switch (about) {
      case "include":
        return await this.request.include(z.string().max(1_000).parse(first), limits.sourceOctets);
      case "store.get":
        return values.get(id, key.parse(first));
      case "store.list":
        return values.list(id, { prefix: key.parse(first), ...listing.parse(second) });
      case "store.set":
        return await values.set(id, key.parse(first), json.parse(second), limits);
      case "store.add":
        return await values.add(id, key.parse(first), json.parse(second), limits);
      case "store.swap":
        return await values.swap(
          id,
          key.parse(first),
          json.nullable().parse(second),
          json.nullable().parse(third),
          limits,
        );
      case "store.increment":
        return await values.increment(id, key.parse(first), z.number().parse(second), limits);
      case "store.delete":
        return await values.remove(id, key.parse(first));
      case "mail.send":
        return await forms.send(letter.parse(first), {
          owner: this.owner,
          page: `${this.request.base}${this.request.path}`,
          path: this.request.path,
          remote: this.request.remote,
          perVisitor: limits.mailPerVisitor,
          perPage: limits.mailPerPage,
        });
      default:
        throw new Refusal("invalid", "There is no such thing to ask.");
    }
  }
}

function wordsOf({ issues }: z.ZodError): string {
  return issues.map(({ message }) => message).join("; ");
}
