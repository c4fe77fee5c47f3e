/** What judges junk and learns of it, put together: read when the first message, command or lesson comes. */
import type { Store } from "../store/store.ts";
import { AttachmentsTester } from "./attachments/attachments-tester.ts";
import { attachmentSettings } from "./attachments/settings.ts";
import { Greylist } from "./greylist.ts";
import type { Finding, Mail, Panel, Test, Tester, Verdict, Weigher } from "./judgement.ts";
import { KnownTester } from "./known.ts";
import { ListsTester } from "./lists.ts";
import { LooksTester } from "./looks/looks.ts";
import { Reputation } from "./reputation.ts";
import { JudgesTester } from "./scanners/judges-tester.ts";
import { Score, scoreOf } from "./score.ts";
import { SentMail } from "./sent.ts";
import type { SpamDeps } from "./spam.ts";
import { spamSettings } from "./spam-settings.ts";
import { Wishes } from "./wishes/wishes.ts";
import { WishesTester } from "./wishes/wishes-tester.ts";
import { Readings } from "./words/readings.ts";
import { School } from "./words/school.ts";
import { Statistics } from "./words/statistics.ts";
import { Taught } from "./words/taught.ts";
import { WordsTester } from "./words/words.ts";

const DAY_MS = 86_400_000;
const SAYS_NOTHING: Test = { end: async () => [] };

export class SpamRoom {
  readonly panel: Panel;
  readonly statistics: Statistics;
  readonly taught: Taught;
  readonly school: School;
  readonly sentMail: SentMail;
  readonly wishes: Wishes;
  readonly judges: JudgesTester;
  readonly #store: Store;
  readonly #reputation: Reputation;
  readonly #aging: ReturnType<typeof setInterval>;

  constructor({ store, directory, resolver, hostname, now = Date.now }: SpamDeps) {
    this.#store = store;
    const settings = () => store.settings.get(spamSettings);
    const readings = new Readings();
    this.statistics = new Statistics(store, now);
    this.taught = new Taught(store, now);
    this.school = new School(store, this.statistics, this.taught);
    this.sentMail = new SentMail(store, directory, now);
    this.wishes = new Wishes(store, now);
    this.judges = new JudgesTester(store, hostname);
    this.#reputation = new Reputation(store, readings, now);
    const score = new Score({
      thresholds: settings,
      limitsOf: (mailbox) => ({
        ...this.wishes.limits(mailbox),
        junkAt: this.statistics.profile(mailbox)?.junkAt ?? null,
      }),
      greylist: new Greylist(store, settings, now),
    });
    const testers: readonly Tester[] = [
      new LooksTester({ readings, hostname, now }),
      new AttachmentsTester(() => store.settings.get(attachmentSettings)),
      new WordsTester(this.statistics, readings, () => settings().words),
      new KnownTester(directory, readings, store.turns),
      new WishesTester(this.wishes, readings, store.turns),
      new ListsTester({ resolver, readings, lists: settings }),
      this.judges,
      this.#reputation,
    ];
    this.panel = {
      testers: testers.map((tester) => ({
        name: tester.name,
        begin: (visit, signal) => (settings().enabled ? tester.begin(visit, signal) : SAYS_NOTHING),
      })),
      weigher: this.#weigher(score, () => settings().enabled),
    };
    this.#aging = setInterval(() => void this.#age(), DAY_MS);
    this.#aging.unref();
  }

  /** Forgets what a mailbox taught, and what it set. */
  async forget(mailbox: number): Promise<void> {
    await this.#store.commit((tx) => {
      this.taught.forgetAllWithin(tx, mailbox);
      this.wishes.forgetWithin(tx, mailbox);
    });
    await this.statistics.forget(mailbox);
  }

  async stop(): Promise<void> {
    clearInterval(this.#aging);
    await this.#reputation.flush();
  }

  #weigher(score: Score, enabled: () => boolean): Weigher {
    return {
      weigh: async (mail: Mail, findings: readonly Finding[]): Promise<Verdict> => {
        if (!enabled()) return { fields: "", junk: new Set() };
        const counted = this.judges.settled(findings);
        const verdict = await score.weigh(mail, counted);
        const others = counted.filter(({ test }) => test !== "reputation");
        await this.#reputation.note(mail, scoreOf(others, mail.visit.recipients[0]?.mailboxes[0]));
        return { ...verdict, findings: counted };
      },
    };
  }

  async #age(): Promise<void> {
    try {
      await this.statistics.age();
    } catch (fault) {
      this.#store.events.fault("filter", "forget old words", fault);
    }
  }
}
