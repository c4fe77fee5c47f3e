/**
 * One message under inspection: all questions to the DNS are put as soon as it is known what to ask, none waits for another without need.
 * Who wrote the message is found out first; then the tests of what it is say what they found, and the weigher what it comes to.
 */
import { Refusal } from "../refusal.ts";
import { signatureVerifier } from "./authentication/dkim.ts";
import { fromDomains, judgeDmarc, judgeUnread, publications } from "./authentication/dmarc.ts";
import { type Exception, exceptionFor, type Trust } from "./authentication/exceptions.ts";
import { type Checked, resultsField, resultsValue } from "./authentication/results-field.ts";
import { confirmedName } from "./authentication/reverse-name.ts";
import { checkSpf } from "./authentication/spf.ts";
import type {
  ArcOutcome,
  Authentication,
  DmarcOutcome,
  Finding,
  Inspection,
  Judgement,
  Panel,
  ReverseName,
  SignatureVerifier,
  SpfOutcome,
  Test,
  Tester,
  Visit,
  WholeMessage,
} from "./judgement.ts";
import { returnPathOf } from "./proven.ts";
import { type Lookups, Questions } from "./questions.ts";

/** What the checks are to do. */
export interface Conduct extends Trust {
  readonly spf: boolean;
  readonly signatures: boolean;
  readonly reverseName: boolean;
  readonly dmarc: "off" | "observe" | "junk" | "apply";
  readonly dnsSeconds: number;
}

export interface InspectionParts {
  readonly conduct: Conduct;
  readonly lookups: Lookups;
  readonly panel: Panel | undefined;
  /** Our name, also as authserv-id (RFC 8601 §2.5). */
  readonly host: string;
  readonly now: () => number;
  /** 0 up to 1. */
  readonly random: () => number;
  /** A test failed, or the weigher. */
  readonly onFault: (doing: string, fault: unknown) => void;
}

const UNCHECKED_SPF: SpfOutcome = { result: "none", identity: "mailfrom", domain: "", sentence: "SPF is not checked." };
const NO_CHAIN: ArcOutcome = { result: "none", sealers: [], results: [], sentence: "Nobody sealed it (ARC)." };
const UNCHECKED_DMARC: DmarcOutcome = {
  ...{ result: "none", domain: "", disposition: "none" },
  sentence: "DMARC is not checked.",
};
/** Not looked up: nothing is known of it. */
const NO_NAME: ReverseName = { result: "temperror" };

export class MessageInspection implements Inspection {
  readonly #questions: Questions;
  readonly #spf: Promise<SpfOutcome> | undefined;
  readonly #iprev: Promise<ReverseName> | undefined;
  readonly #signatures: SignatureVerifier | undefined;
  readonly #tests: readonly { readonly name: string; readonly test: Test }[];
  readonly #over = new AbortController();

  constructor(
    private readonly parts: InspectionParts,
    private readonly visit: Visit,
  ) {
    const { conduct, panel, host, now } = parts;
    const questions = new Questions(parts.lookups);
    this.#questions = questions;
    const { remote, helo, reversePath } = visit;
    if (conduct.spf) this.#spf = checkSpf({ client: remote, helo, reversePath, receiver: host, now: now() }, questions);
    if (conduct.reverseName) this.#iprev = confirmedName(remote, questions);
    if (conduct.signatures) {
      this.#signatures = signatureVerifier({ resolver: questions, patienceMs: conduct.dnsSeconds * 1_000, now });
    }
    // A fault of ours is heard at the end of the message, not before anybody waits for it.
    for (const check of [this.#spf, this.#iprev]) check?.catch(() => {});
    this.#tests = (panel?.testers ?? []).flatMap((tester) => this.#begun(tester));
  }

  #begun(tester: Tester): { readonly name: string; readonly test: Test }[] {
    try {
      return [{ name: tester.name, test: tester.begin(this.visit, this.#over.signal) }];
    } catch (fault) {
      this.parts.onFault(`begin to test a message (${tester.name})`, fault);
      return [];
    }
  }

  write(octets: Uint8Array): void | Promise<void> {
    return this.#signatures?.write(octets);
  }

  async end(whole: WholeMessage): Promise<Judgement> {
    this.#questions.hurry(this.parts.conduct.dnsSeconds * 1_000);
    try {
      const { checked, authentication } = await this.#authenticate(whole);
      const { visit } = this;
      const results = resultsValue(this.parts.host, checked, visit);
      const judgement: Judgement = {
        fields: resultsField(results),
        results,
        ...(checked.arc !== undefined && { chain: checked.arc.result }),
        ...(authentication.iprev.hostname !== undefined && { hostname: authentication.iprev.hostname }),
        returnPath: returnPathOf(authentication, visit.reversePath),
        authentication,
        junk: new Set(),
        findings: findingsOf(checked),
      };
      const { disposition, domain } = authentication.dmarc;
      if (disposition === "reject" && visit.collected !== true) return { ...judgement, refusal: unproven(domain) };
      const aside = disposition !== "none" ? visit.recipients.flatMap((one) => one.mailboxes) : [];
      return await this.#weighed({ ...judgement, junk: new Set(aside) }, { ...whole, visit, authentication });
    } finally {
      this.abort();
    }
  }

  abort(): void {
    this.#over.abort();
    this.#questions.end();
    this.#signatures?.abort();
  }

  async #authenticate({ structure }: WholeMessage): Promise<{ checked: Checked; authentication: Authentication }> {
    const { conduct } = this.parts;
    const domains = conduct.dmarc === "off" ? undefined : fromDomains(structure);
    const [iprev, spf, signed, published] = await Promise.all([
      this.#iprev,
      this.#spf,
      this.#signatures?.end(),
      domains && publications(domains, this.#questions),
    ]);
    const proof = { spf: spf ?? UNCHECKED_SPF, dkim: signed?.dkim ?? [], arc: signed?.arc ?? NO_CHAIN };
    const sample = this.parts.random() * 100;
    const judged =
      domains && published && (judgeUnread(structure) ?? judgeDmarc(domains, published, { ...proof, sample }));
    const way = { ...proof, remote: this.visit.remote, ...(iprev && { iprev }) };
    const dmarc = judged && this.#conducted(judged, exceptionFor(conduct, judged.domain, way));
    const checked = { iprev, spf, ...signed, dmarc };
    return { checked, authentication: { ...proof, iprev: iprev ?? NO_NAME, dmarc: dmarc ?? UNCHECKED_DMARC } };
  }

  /** What is done, of what the domain asks for. */
  #conducted(judged: DmarcOutcome, exception: Exception | undefined): DmarcOutcome {
    if (judged.disposition === "none") return judged;
    if (exception !== undefined) {
      const { override, because } = exception;
      const sentence = `${judged.sentence} It is taken all the same: ${because}.`;
      return { ...judged, disposition: "none", override, sentence };
    }
    const { dmarc } = this.parts.conduct;
    const disposition = dmarc === "junk" ? "quarantine" : "none";
    if (dmarc === "apply" || disposition === judged.disposition) return judged;
    return { ...judged, disposition, override: "local_policy" };
  }

  /** Adds what the tests find, and what the weigher makes of it all. A test that fails says nothing. */
  async #weighed(judgement: Judgement, mail: Parameters<Test["end"]>[0]): Promise<Judgement> {
    const { panel, onFault } = this.parts;
    if (panel === undefined) return judgement;
    const found = this.#tests.map(async ({ name, test }): Promise<readonly Finding[]> => {
      try {
        return await test.end(mail);
      } catch (fault) {
        onFault(`test a message (${name})`, fault);
        return [];
      }
    });
    const findings = [...judgement.findings, ...(await Promise.all(found)).flat()];
    try {
      const { fields, junk, limits, hold, refusal, ...counted } = await panel.weigher.weigh(mail, findings);
      return {
        ...{ ...judgement, findings, ...counted },
        ...(limits !== undefined && { limits }),
        fields: judgement.fields + fields,
        junk: new Set([...judgement.junk, ...junk]),
        ...(hold !== undefined && { holds: [hold] }),
        ...(refusal !== undefined && { refusal }),
      };
    } catch (fault) {
      onFault("weigh a message", fault);
      return { ...judgement, findings };
    }
  }
}

/** RFC 7489 §10.3. */
function unproven(domain: string): Refusal {
  const sentence = `${domain} asks to refuse mail that does not prove to be its own (DMARC), and this message does not.`;
  return new Refusal("senderRefused", sentence, { smtp: { code: 550, enhanced: "5.7.1" } });
}

const NAMES: Readonly<Record<ReverseName["result"], string>> = {
  pass: "",
  fail: "The client's address has a name, but that does not lead back to it.",
  permerror: "The client's address has no name.",
  temperror: "No name server could say what the client's name is.",
};

function findingsOf({ iprev, spf, dkim, arc, dmarc }: Checked): Finding[] {
  const findings: Finding[] = [];
  const add = (test: string, result: string, sentence: string) => findings.push({ test, result, points: 0, sentence });
  if (iprev !== undefined) {
    const { result, hostname } = iprev;
    add("iprev", result, hostname === undefined ? NAMES[result] : `The client's name is ${hostname}.`);
  }
  if (spf !== undefined) {
    const said = spf.explanation === undefined ? "" : ` It adds: “${spf.explanation}”`;
    add("spf", spf.result, spf.sentence + said);
  }
  if (dkim?.length === 0) add("dkim", "none", "Nobody signed it (DKIM).");
  for (const { result, sentence } of dkim ?? []) add("dkim", result, sentence);
  if (arc !== undefined && arc.result !== "none") add("arc", arc.result, arc.sentence);
  if (dmarc !== undefined) add("dmarc", dmarc.result, dmarc.sentence);
  return findings;
}
