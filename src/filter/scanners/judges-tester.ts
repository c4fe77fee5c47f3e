/** The door to judges of junk beside this server: where none is set, nothing of them is read. */
import type { Store } from "../../store/store.ts";
import type { Finding, Mail, Test, Tester } from "../judgement.ts";
import type { Lesson } from "../words/school.ts";
import { scannerSettings } from "./settings.ts";

/** Tests whose points others take the place of, where that is wanted: what people here know and wish still counts. */
const REPLACED: ReadonlySet<string> = new Set(["client", "header", "contents", "words", "reputation", "list"]);
/** A judge that gave its verdict (outer-verdict.ts). */
const hasJudged = ({ test, result }: Finding) => (test === "rspamd" || test === "spamassassin") && result === "score";

export class JudgesTester implements Tester {
  readonly name = "judges";

  constructor(
    private readonly store: Store,
    private readonly hostname: () => string,
  ) {}

  begin(_visit: unknown, signal: AbortSignal): Test {
    return { end: (mail) => this.#ask(mail, signal) };
  }

  async #ask(mail: Mail, signal: AbortSignal): Promise<readonly Finding[]> {
    const { rspamd, spamassassin } = this.store.settings.get(scannerSettings);
    if (rspamd === "" && spamassassin === "") return [];
    const { askJudges } = await import("./outer-judges.ts");
    return await askJudges(this.store, mail, this.hostname(), signal);
  }

  /** Tells them what people said of messages. */
  async teach(lessons: readonly Lesson[]): Promise<void> {
    const { rspamdController, spamassassinLearns } = this.store.settings.get(scannerSettings);
    if (rspamdController === "" && !spamassassinLearns) return;
    const { teachJudges } = await import("./outer-judges.ts");
    await teachJudges(this.store, lessons);
  }

  /** What counts of all findings: the judges' own instead of ours where that is set, and they answered. */
  settled(findings: readonly Finding[]): readonly Finding[] {
    if (this.store.settings.get(scannerSettings).weigh === "beside" || !findings.some(hasJudged)) return findings;
    return findings.map((one) => (REPLACED.has(one.test) ? { ...one, points: 0 } : one));
  }
}
