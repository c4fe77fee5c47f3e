/**
 * What a session tells without being asked: news of the selected folder, results that are kept up (RFC 5267 §4), what NOTIFY
 * asked for (RFC 5465) and changes of annotations (RFC 5464 §4.4). Of what few clients use the code comes with the first of them.
 */
import type { Contexts, Kept, Renewed } from "./contexts.ts";
import type { FetchItem } from "./fetch-items.ts";
import { Fetch } from "./fetch-run.ts";
import { MetadataNews } from "./metadata.ts";
import type { EventGroup } from "./notify-groups.ts";
import type { Notifying } from "./notifying.ts";
import { GrammarError } from "./parse.ts";
import type { Place } from "./places.ts";
import type { Session } from "./session.ts";
import type { News } from "./watch.ts";

/** What one session tells unasked. */
export class Unasked {
  /** Results that are kept up in the selected folder. */
  contexts: Contexts | undefined;
  /** What NOTIFY was last asked for; undefined until it is used for the first time. */
  notifying: Notifying | undefined;
  /** What others changed in annotations, for a client that wants to know. */
  metadata: MetadataNews | undefined;

  constructor(private readonly session: Session) {}

  /** Tells what changed in the selected folder, and in the results that are kept up. */
  async report(expunges: boolean, flags = true): Promise<void> {
    const { selected, out } = this.session;
    if (selected === undefined) return;
    if (expunges) this.contexts?.tellGone();
    const fresh = await selected.report(out, expunges, flags);
    const renewed = await this.contexts?.renew();
    // RFC 5465 §7: the number of messages, then those that came, then what they change in results.
    if (this.notifying?.itemsOfNew.length || renewed?.shows) await this.#show(fresh, renewed);
    renewed?.tell();
  }

  /** Shows new messages as NOTIFY and RETURN (UPDATE (…)) want it, each once (RFC 5465 §5.2). */
  async #show(uids: Uint32Array, renewed: Renewed | undefined): Promise<void> {
    const { session } = this;
    const ofAll = this.notifying?.itemsOfNew ?? [];
    const groups = new Map<string, { readonly items: readonly FetchItem[]; readonly uids: number[] }>();
    for (const uid of uids) {
      const asked = [...ofAll, ...(renewed?.itemsOf(uid) ?? [])];
      if (asked.length === 0) continue;
      if (!session.enabled.uidOnly) asked.unshift({ kind: "uid" });
      const items = new Map(asked.map((item) => ["label" in item ? item.label : item.kind, item]));
      // RFC 7162 §3.1: whoever knows mod-sequences is told them with whatever he did not ask for just now.
      if (session.enabled.condstore) items.set("modseq", { kind: "modseq" });
      const name = [...items.keys()].join(" ");
      const group = groups.get(name) ?? { items: [...items.values()], uids: [] };
      group.uids.push(uid);
      groups.set(name, group);
    }
    for (const group of groups.values()) {
      await new Fetch(session, group.items, { quiet: true }).all(Uint32Array.from(group.uids));
    }
  }

  /**
   * Before a search whose result is to be kept up: notes changes from now on.
   * @throws GrammarError where the command's tag names such a result already (RFC 5267 §4.3)
   */
  async beginKeeping(): Promise<void> {
    const { session } = this;
    if (this.contexts?.has(session.tag)) throw new GrammarError("This tag names a result that is kept up");
    const { Contexts } = await import("./contexts.ts");
    this.contexts ??= new Contexts(session, session.folderSelected);
    this.contexts.begin();
  }

  /** After it: keeps the result up under the command's tag. More than enough are refused (RFC 5267 §4.3.1). */
  keepUp(kept: Kept, members: Uint32Array): void {
    const { session } = this;
    if (this.contexts?.add(session.tag, kept, members)) return;
    session.untagged(`NO [NOUPDATE "${session.tag}"] So many results are kept up already that this one is not`);
  }

  /** Ends what was kept of the selected folder. */
  leave(): void {
    this.contexts?.close();
    this.contexts = undefined;
  }

  /** Tells from now on of the events asked for, and of no others; none of them ends that (RFC 5465 §3.1). */
  async notify(groups: readonly EventGroup[]): Promise<Notifying> {
    const { Notifying } = await import("./notifying.ts");
    this.notifying?.close();
    this.notifying = new Notifying(this.session, groups);
    this.hearOfMetadata();
    return this.notifying;
  }

  /** Begins to note changes of annotations, or ends that, as ENABLE and NOTIFY ask for it. */
  hearOfMetadata(): void {
    if (this.#enabledMetadata || this.notifying?.hearsMetadata) {
      this.metadata ??= new MetadataNews(this.session, (place) => this.#wantsMetadata(place));
    } else {
      this.metadata?.close();
      this.metadata = undefined;
    }
  }

  get #enabledMetadata(): boolean {
    const { enabled } = this.session;
    return enabled.has("METADATA") || enabled.has("METADATA-SERVER");
  }

  /** RFC 5464 §4.1: METADATA-SERVER alone is about the server's annotations. */
  #wantsMetadata(place: Place | undefined): boolean {
    const { enabled } = this.session;
    if (enabled.has("METADATA") || (place === undefined && enabled.has("METADATA-SERVER"))) return true;
    return this.notifying?.wantsMetadata(place) === true;
  }

  /** Tells changes of annotations while no command but IDLE runs: all, or what NOTIFY asked for (RFC 5465 §4). */
  tellMetadata(): void {
    const { notifying } = this;
    if (notifying === undefined) this.metadata?.tell();
    else this.metadata?.tell((place) => notifying.wantsMetadata(place));
  }

  /** What is told of the selected folder: what NOTIFY asked for, or else the usual. */
  newsOf(usual: News): News {
    const wanted = this.notifying?.ofSelected;
    return wanted === undefined ? usual : { ...wanted, expunges: usual.expunges || wanted.expunges };
  }

  /** Calls `news` when there is something to tell, or nobody any more. */
  set onNews(news: (() => void) | undefined) {
    const { selected } = this.session;
    for (const source of [selected, this.notifying, this.metadata]) if (source) source.onNews = news;
  }

  /** Forgets whatever was asked for. */
  close(): void {
    this.leave();
    this.notifying?.close();
    this.notifying = undefined;
    this.metadata?.close();
    this.metadata = undefined;
  }
}
