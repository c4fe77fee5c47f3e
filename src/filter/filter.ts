/**
 * The filter: judges mail that comes from outside, before it is accepted. Transport begins an inspection for each such message, hands it
 * the octets as they come, and does what the judgement says: refuse, or put into the junk folder, with what was found in the header.
 *
 * Who wrote a message is found out in `authentication/`: SPF (RFC 7208), DKIM (RFC 6376), ARC (RFC 8617), DMARC (RFC 7489), the client's
 * name (RFC 8601 §2.7.3); Authentication-Results (RFC 8601) says it. A name server that does not answer delays a message by a bounded
 * time and never loses it. The code of the checks is read with the first message.
 */
import { KeptAccess } from "../net/access.ts";
import type { Store } from "../store/store.ts";
import type { Conduct } from "./inspection.ts";
import type { Hold, Inspection, Judgement, Panel, Visit, WholeMessage } from "./judgement.ts";
import { quarantineSettings } from "./quarantine/settings.ts";
import type { Lookups } from "./questions.ts";
import { scannerSettings } from "./scanners/settings.ts";
import type { Scanned, ScanResult } from "./scanners/viruses.ts";
import { scoreOf } from "./score.ts";
import { filterSettings } from "./settings.ts";

export interface FilterDeps {
  readonly store: Store;
  readonly resolver: Lookups;
  /** The name of this server, also as authserv-id. */
  readonly hostname: () => string;
  /** Makes the tests of what a message is, when the first one comes. */
  readonly panel?: () => Promise<Panel>;
  /** The clock, milliseconds since the epoch. */
  readonly now?: () => number;
  /** 0 up to 1, for policies that hold for a part of the mail (RFC 7489 §6.6.4). */
  readonly random?: () => number;
}

/** Where it is not known who brought a message, nothing is asked about him, and DMARC cannot count what his address would prove. */
function conductFor(set: Conduct, { collected, remote }: Visit): Conduct {
  if (collected !== true || remote !== "") return set;
  return { ...set, spf: false, reverseName: false, dmarc: set.dmarc === "off" ? "off" : "observe" };
}

export class Filter {
  readonly #exempt = new KeptAccess();
  #panel: Promise<Panel> | undefined;

  constructor(private readonly deps: FilterDeps) {}

  /** Whether mail of a client is judged at all. */
  judges(remote: string): boolean {
    return !this.#exempt.permits(this.deps.store.settings.get(filterSettings).exempt, [], remote);
  }

  /** A message from outside begins; the questions that can be put already are. */
  async begin(visit: Visit): Promise<Inspection> {
    const { store, resolver, hostname, now = Date.now, random = Math.random } = this.deps;
    const about = { trace: visit.trace, session: visit.session };
    const onFault = (doing: string, fault: unknown) => store.events.fault("filter", doing, fault, about);
    const [{ MessageInspection }, panel] = await Promise.all([import("./inspection.ts"), this.#sit(onFault)]);
    const conduct = conductFor(store.settings.get(filterSettings), visit);
    const inspection = new MessageInspection(
      { ...{ conduct, panel, now, random, onFault }, lookups: resolver, host: hostname() },
      visit,
    );
    return {
      write: (octets) => inspection.write(octets),
      abort: () => inspection.abort(),
      end: async (whole: WholeMessage) => {
        const judgement = this.#keptApart(visit, await inspection.end(whole));
        this.#tell(visit, judgement, scoreOf(judgement.findings, visit.recipients[0]?.mailboxes[0]));
        return judgement;
      },
    };
  }

  /** Holds what its domain asks to keep apart (RFC 7489 §6.3), where that is wanted. */
  #keptApart(visit: Visit, judgement: Judgement): Judgement {
    const dmarc = judgement.authentication?.dmarc;
    if (dmarc?.disposition !== "quarantine" || !this.deps.store.settings.get(quarantineSettings).dmarc)
      return judgement;
    const mailboxes = new Set(visit.recipients.flatMap((one) => one.mailboxes));
    const hold: Hold = { reason: "policy", sentence: dmarc.sentence, mailboxes };
    return { ...judgement, holds: [...(judgement.holds ?? []), hold] };
  }

  /** Whether a message carries a virus; undefined where nobody is asked. */
  async scan(whole: WholeMessage, about: Scanned): Promise<ScanResult | undefined> {
    const { store } = this.deps;
    const { clamd, scanUsers } = store.settings.get(scannerSettings);
    if (clamd.length === 0 || (about.own && !scanUsers)) return undefined;
    const { scanForViruses } = await import("./scanners/viruses.ts");
    return await scanForViruses(store, whole, about);
  }

  /** The panel. Where it cannot be made, this message goes without it, and the next one tries again. */
  async #sit(onFault: (doing: string, fault: unknown) => void): Promise<Panel | undefined> {
    this.#panel ??= this.deps.panel?.();
    try {
      return await this.#panel;
    } catch (fault) {
      this.#panel = undefined;
      onFault("make the tests of messages", fault);
      return undefined;
    }
  }

  #tell(visit: Visit, { findings, junk, refusal }: Judgement, score: number): void {
    this.deps.store.events.log({
      ...{ room: "filter", name: "message.judged", trace: visit.trace, session: visit.session, remote: visit.remote },
      text: findings.map((one) => one.sentence).join(" "),
      data: { findings, score, junk: [...junk], ...(refusal !== undefined && { refused: refusal.sentence }) },
    });
  }
}
