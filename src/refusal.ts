/**
 * What a client or a person must be told, as a value. Every room throws a Refusal for what is the caller's matter;
 * anything else that is thrown is a fault of ours: it is logged with its stack, and the client hears the protocol's
 * temporary failure. Each protocol has one mapper from Refusal to its replies.
 */

/** Why something was refused, in the project's own terms; protocols map these to their codes. */
export type RefusalKind =
  | "invalid" // the request itself is malformed or a value is out of range
  | "notFound"
  | "exists" // a thing of that name is already there
  | "notPermitted"
  | "unknownRecipient"
  | "relayDenied"
  | "senderRefused"
  | "tooLarge"
  | "tooMany"
  | "overQuota"
  | "loop"
  | "credentials"
  | "barred"
  | "expired"
  | "inUse"
  | "newerFile"
  | "noSpace"
  | "temporary";

/** The SMTP reply a refusal asks for where the kind alone is too coarse (RFC 5321 §4.2, RFC 3463). */
export interface SmtpStatus {
  readonly code: number;
  /** Enhanced status code without the class dot prefix stripped, e.g. "5.1.1". */
  readonly enhanced: string;
}

const TEMPORARY: ReadonlySet<RefusalKind> = new Set(["noSpace", "temporary", "inUse"]);

/** A refusal with a sentence for a person; `temporary` says whether trying again later can help. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly temporary: boolean;

  constructor(
    readonly kind: RefusalKind,
    /** One plain sentence that says what is wrong and, where it helps, what to do. */
    readonly sentence: string,
    readonly options: {
      readonly temporary?: boolean;
      readonly smtp?: SmtpStatus;
      readonly cause?: unknown;
      /** The property of the input that is wrong, so that a form can say it beside its field. */
      readonly field?: string;
    } = {},
  ) {
    super(sentence, { cause: options.cause });
    this.temporary = options.temporary ?? TEMPORARY.has(kind);
  }

  /** The SMTP status asked for, if any. */
  get smtp(): SmtpStatus | undefined {
    return this.options.smtp;
  }

  /** The property of the input that is wrong, where it is one. */
  get field(): string | undefined {
    return this.options.field;
  }
}
