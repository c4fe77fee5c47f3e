/**
 * What the filter is asked and what it answers: the types that transport, the checks of who wrote a message
 * (authentication/) and the tests of what it is share. Types only.
 */
import type { Structure } from "../mime/structure.ts";
import type { Refusal } from "../refusal.ts";

/** Somebody outside hands in a message: what is known before its first octet. */
export interface Visit {
  /** The client's address. */
  readonly remote: string;
  /** What the client called itself; "" where it said nothing. */
  readonly helo: string;
  /** "" is the null reverse-path of reports (RFC 5321 §4.5.5). */
  readonly reversePath: string;
  readonly recipients: readonly VisitRecipient[];
  readonly tls: boolean;
  readonly smtputf8: boolean;
  /**
   * It was collected from an account elsewhere: nobody is there to be refused or asked to come again, and the client is the one that brought
   * it to that server; its address is "" where that is not known.
   */
  readonly collected?: boolean;
  /** The pattern by which an address is excepted from the bars of the house: there its mail is wanted. */
  readonly excepted?: (address: string) => string | undefined;
  readonly trace: string;
  readonly session: string;
}

export interface VisitRecipient {
  readonly address: string;
  /** The mailboxes here that get it; empty where the address is sent on elsewhere. */
  readonly mailboxes: readonly number[];
}

/** One message on its way through the filter. */
export interface Inspection {
  /** Takes the next octets as they came; they may be reused once this resolves. */
  write(octets: Uint8Array): void | Promise<void>;
  /** The message is complete. Never throws for what a message or the DNS is like. */
  end(whole: WholeMessage): Promise<Judgement>;
  /** The message is not taken; ends whatever was begun. */
  abort(): void;
}

/** A message that is in. */
export interface WholeMessage {
  /** Without trace fields and without what was taken out of its header. */
  readonly structure: Structure;
  /** Its octets, from the start; may be asked for more than once. */
  octets(): AsyncIterable<Uint8Array>;
}

/** What is to be done with a message. */
export interface Judgement {
  /** Whether the ARC chain holds, for who seals the message on; undefined where nobody looked. */
  readonly chain?: ArcOutcome["result"];
  /** Complete header fields with CRLF, to be set in front of the message: Authentication-Results and what the verdict adds. */
  readonly fields: string;
  /** The value of Authentication-Results, folded: what an ARC set repeats when the message is sent on. */
  readonly results: string;
  /** Whether whoever has the return path sent it: he may be told what became of it, others may not. */
  readonly returnPath?: "proven" | "unknown" | "disproven";
  /** Who wrote it, as far as that was found out. */
  readonly authentication?: Authentication;
  /** The name the client's address has in reverse, confirmed forward (RFC 8601 §2.7.3). */
  readonly hostname?: string;
  /** The message is not taken, e.g. because its domain's policy says so. */
  readonly refusal?: Refusal;
  /** Mailboxes whose copy goes to their junk folder. */
  readonly junk: ReadonlySet<number>;
  /** The score from which mail is junk in each mailbox. */
  readonly limits?: ReadonlyMap<number, number>;
  /** Copies that wait for somebody's decision, or go nowhere. */
  readonly holds?: readonly Hold[];
  /** Every test and what it found; kept with the trace. */
  readonly findings: readonly Finding[];
}

/** Why a copy is held; where it has several reasons the strongest counts (holds.ts). */
export type HoldReason = "virus" | "unscanned" | "attachment" | "rule" | "junk" | "policy";

/** A message, or the copies of some mailboxes, that is accepted and goes to nobody until it is released from the quarantine. */
export interface Hold {
  readonly reason: HoldReason;
  /** Why, in one plain sentence. */
  readonly sentence: string;
  /** Whose copies are held; undefined: all of them, those for other servers too. */
  readonly mailboxes?: ReadonlySet<number>;
  /** Where mailboxes are named: recipients at other servers whose copies are held beside theirs. */
  readonly elsewhere?: ReadonlySet<string>;
  /** Nobody shall see it: it is thrown away. */
  readonly discards?: boolean;
}

/** What one test found. */
export interface Finding {
  /** The test, in lower case: "spf", "dmarc", "words". */
  readonly test: string;
  /** One word or name, as the test's standard has it: "pass", "softfail", "listed". */
  readonly result: string;
  /** What it adds to the score; above 0 speaks for junk, below 0 against it. */
  readonly points: number;
  /** One plain sentence for a person. */
  readonly sentence: string;
  /** Counts only for the mail of this mailbox, e.g. words that its owner trained. */
  readonly mailbox?: number;
}

/** A message as the tests see it. */
export interface Mail extends WholeMessage {
  readonly visit: Visit;
  readonly authentication: Authentication;
}

/** A test of what a message is. All tests of a message run at once. */
export interface Tester {
  readonly name: string;
  /**
   * Called when the visit begins, so that questions to the DNS are under way while the message comes. `test` is called at most once;
   * `signal` ends what is not needed any more.
   */
  begin(visit: Visit, signal: AbortSignal): Test;
}

/** One test of one message. */
export interface Test {
  /** @throws anything: a test that fails says nothing, and the fault is logged */
  end(mail: Mail): Promise<readonly Finding[]>;
}

/** The tests and who weighs what they find. */
export interface Panel {
  readonly testers: readonly Tester[];
  readonly weigher: Weigher;
}

/** Weighs what all tests found. There is one. */
export interface Weigher {
  weigh(mail: Mail, findings: readonly Finding[]): Promise<Verdict>;
}

/** What the findings of all tests come to. */
export interface Verdict {
  /** What counted, where that is not what all tests found. */
  readonly findings?: readonly Finding[];
  /** Complete header fields with CRLF. */
  readonly fields: string;
  readonly refusal?: Refusal;
  readonly junk: ReadonlySet<number>;
  /** The score from which mail is junk in each mailbox. */
  readonly limits?: ReadonlyMap<number, number>;
  readonly hold?: Hold;
}

/** Who wrote a message, as far as that can be known. */
export interface Authentication {
  readonly iprev: ReverseName;
  readonly spf: SpfOutcome;
  readonly dkim: readonly DkimOutcome[];
  readonly arc: ArcOutcome;
  readonly dmarc: DmarcOutcome;
}

/** The client's name (RFC 8601 §2.7.3). */
export interface ReverseName {
  readonly result: "pass" | "fail" | "temperror" | "permerror";
  /** The name that leads back to the address. */
  readonly hostname?: string;
}

export type SpfResult = "none" | "neutral" | "pass" | "fail" | "softfail" | "temperror" | "permerror";

/** RFC 7208 §8. */
export interface SpfOutcome {
  readonly result: SpfResult;
  /** What was checked: the domain of the reverse-path, or of HELO where that is empty (RFC 7208 §2.4). */
  readonly identity: "mailfrom" | "helo";
  /** The domain that was checked, in lower case. */
  readonly domain: string;
  /** Why, in one plain sentence. */
  readonly sentence: string;
  /** What the domain's owner has to say about a fail (RFC 7208 §6.2). Text of a stranger. */
  readonly explanation?: string;
}

/** RFC 8601 §2.7.1: "policy" is a good signature that is not accepted, such as one by a key that is too short. */
export type DkimResult = "none" | "pass" | "fail" | "policy" | "neutral" | "temperror" | "permerror";

/** One DKIM-Signature field (RFC 6376 §3.9, RFC 8601 §2.7.1). */
export interface DkimOutcome {
  readonly result: DkimResult;
  /** d=, lower case; "" where it cannot be read. */
  readonly domain: string;
  /** i=, where it is given. */
  readonly identity?: string;
  /** s= */
  readonly selector: string;
  /** a=, lower case. */
  readonly algorithm: string;
  /** The first octets of b=, enough to tell the signatures of a message apart (RFC 6008). */
  readonly signature: string;
  /** The key says t=y: its domain is only trying (RFC 6376 §3.6.1). */
  readonly testing: boolean;
  /** Why, in one plain sentence. */
  readonly sentence: string;
}

/** RFC 8617 §5.2. */
export interface ArcOutcome {
  readonly result: "none" | "pass" | "fail";
  /** Who sealed: d= of each ARC-Seal, the oldest first; empty where there is no chain that can be read. */
  readonly sealers: readonly string[];
  /** s= of the newest ARC-Seal. */
  readonly selector?: string;
  /** The payload of the ARC-Authentication-Results of each set, without `i=`, the oldest first. */
  readonly results: readonly string[];
  /** The oldest set whose message signature still holds (RFC 8617 §5.2 step 5): 0 if all do. */
  readonly oldestPass?: number;
  readonly sentence: string;
}

export type DmarcPolicy = "none" | "quarantine" | "reject";

/** RFC 7489 §6.6. */
export interface DmarcOutcome {
  readonly result: "none" | "pass" | "fail" | "temperror" | "permerror";
  /** The domain of From, lower case; "" where there is none that counts. */
  readonly domain: string;
  /** The domain whose record was found. */
  readonly policyDomain?: string;
  /** What the record asks for. */
  readonly policy?: DmarcPolicy;
  /** What is done: the policy, weakened where an exception holds. */
  readonly disposition: DmarcPolicy;
  /** Why that is less than the record asks for, as reports call it (RFC 7489 appendix C). */
  readonly override?: "sampled_out" | "trusted_forwarder" | "local_policy";
  /** What passed and is aligned; undefined where there is no record. */
  readonly aligned?: { readonly dkim: boolean; readonly spf: boolean };
  /** The record asks for reports. */
  readonly wantsReports?: boolean;
  readonly sentence: string;
}

/**
 * Verifies every DKIM-Signature and the ARC sets of one message while it streams in. Feed it the octets as they came.
 */
export interface SignatureVerifier {
  write(octets: Uint8Array): void | Promise<void>;
  /** @throws never for what a message or the DNS is like */
  end(): Promise<{ readonly dkim: readonly DkimOutcome[]; readonly arc: ArcOutcome }>;
  abort(): void;
}
