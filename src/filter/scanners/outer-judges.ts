/** Judges of junk beside this server, asked about each message and taught what people move: read when the first message is theirs. */
import type { Store } from "../../store/store.ts";
import type { Finding, Mail } from "../judgement.ts";
import type { Lesson } from "../words/school.ts";
import { NoAnswer } from "./exchange.ts";
import { OUTER_JUDGES, type OuterJudge } from "./outer-verdict.ts";
import { askRspamd, RSPAMD_MOST_OCTETS, teachRspamd } from "./rspamd.ts";
import { scannerSettings } from "./settings.ts";
import { askSpamd, SPAMD_MOST_OCTETS, teachSpamd } from "./spamassassin.ts";

/** Asks those that are set, at once. One that does not answer says so, and nothing else. */
export async function askJudges(store: Store, mail: Mail, host: string, signal: AbortSignal): Promise<Finding[]> {
  const { rspamd, spamassassin, seconds, rspamdFactor, spamassassinFactor } = store.settings.get(scannerSettings);
  const { visit, structure } = mail;
  const { hostname } = mail.authentication.iprev;
  const about = { seconds, size: structure.size, octets: () => mail.octets(), signal };
  const asked: Promise<Finding[]>[] = [];
  if (rspamd !== "" && structure.size <= RSPAMD_MOST_OCTETS) {
    const question = { ...about, place: rspamd };
    asked.push(heard(store, mail, "rspamd", askRspamd(question, visit, hostname, rspamdFactor)));
  }
  if (spamassassin !== "" && structure.size <= SPAMD_MOST_OCTETS) {
    const question = { ...about, place: spamassassin, head: traceFields(mail, host) };
    asked.push(heard(store, mail, "spamassassin", askSpamd(question, spamassassinFactor)));
  }
  return (await Promise.all(asked)).flat();
}

async function heard(store: Store, { visit }: Mail, judge: OuterJudge, asked: Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    const sentence = `${OUTER_JUDGES[judge]} gives no verdict: ${error.message}.`;
    const { trace, session } = visit;
    store.events.log({ room: "filter", name: "scanner.silent", level: "warn", trace, session, text: sentence });
    return [{ test: judge, result: "silent", points: 0, sentence }];
  }
}

/** Teaches them what people said of messages, one after the other; what one does not take it is not asked again. */
export async function teachJudges(store: Store, lessons: readonly Lesson[]): Promise<void> {
  const { rspamdController, rspamdPassword, spamassassin, spamassassinLearns, seconds } =
    store.settings.get(scannerSettings);
  const teach = async (judge: OuterJudge, most: number, one: (lesson: Taught) => Promise<void>) => {
    try {
      for (const lesson of taught(store, lessons, most)) await one(lesson);
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      const text = `${OUTER_JUDGES[judge]} does not learn: ${error.message}.`;
      store.events.log({ room: "filter", name: "scanner.silent", level: "warn", text });
    }
  };
  if (rspamdController !== "") {
    await teach("rspamd", RSPAMD_MOST_OCTETS, ({ kind, ...message }) =>
      teachRspamd({ ...message, place: rspamdController, seconds }, kind, rspamdPassword),
    );
  }
  if (spamassassin !== "" && spamassassinLearns) {
    await teach("spamassassin", SPAMD_MOST_OCTETS, ({ kind, ...message }) =>
      teachSpamd({ ...message, place: spamassassin, seconds, head: "" }, kind),
    );
  }
}

interface Taught {
  readonly kind: "ham" | "spam";
  readonly size: number;
  readonly octets: () => AsyncIterable<Uint8Array>;
}

/** What people said themselves, of messages that are there. */
function* taught({ content }: Store, lessons: readonly Lesson[], most: number): Generator<Taught> {
  for (const { content: id, kind, quiet } of lessons) {
    if (kind === undefined || quiet === true || content.hashOf(id) === undefined) continue;
    const size = content.size(id);
    if (size <= most) yield { kind, size, octets: () => content.stream(id) };
  }
}

/** What this server will set in front of the message, as far as SpamAssassin asks for it (RFC 5321 §4.4). */
function traceFields({ visit, authentication }: Mail, host: string): string {
  const plain = (text: string) => text.replace(/[^\x21-\x7e]|[()<>\\]/g, "?");
  const client = `${plain(authentication.iprev.hostname ?? "unknown")} [${visit.remote.includes(":") ? "IPv6:" : ""}${visit.remote}]`;
  const date = new Date().toUTCString().replace("GMT", "+0000");
  return (
    `Return-Path: <${plain(visit.reversePath)}>\r\n` +
    `Received: from ${plain(visit.helo) || "unknown"} (${client})\r\n\tby ${host} with ESMTP id ${visit.trace};\r\n\t${date}\r\n`
  );
}
