/** Messages for the benchmarks: a few KB of words each, all different, the same ones for every server. */

const WORDS = (
  "harbour lantern meadow copper winter signal garden paper morning bridge window river letter engine market " +
  "orchard candle mountain ribbon station pocket thunder mirror village compass silver saddle ticket blanket anchor"
).split(" ");
const FIRST = Date.UTC(2024, 0, 1);
const NAMES = ["Anna", "Ben", "Clara", "David", "Eva", "Felix", "Greta", "Hugo", "Ida", "Jonas"];

/** Numbers that look random and are the same in every run (a linear congruential generator). */
function* numbers(seed: number): Generator<number> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state >>> 8;
  }
}

/** Messages of one conversation. */
const CONVERSATION = 4;
const messageId = (index: number): string => `<${index}@elsewhere.test>`;

/** What a message answers: those of its conversation before it (RFC 5322 §3.6.4). */
function answering(index: number): string[] {
  const first = index - (index % CONVERSATION);
  const before = Array.from({ length: index - first }, (_, n) => messageId(first + n));
  const last = before.at(-1);
  return last === undefined ? [] : [`In-Reply-To: ${last}`, `References: ${before.join(" ")}`];
}

/** Message number `index`, about 3 KB, a minute after the one before. One in a thousand has the word "quicksilver" in its text. */
export function messageNumber(index: number): Uint8Array {
  const source = numbers(index + 1);
  const pick = (list: readonly string[]): string => list[source.next().value % list.length] ?? "";
  const words = (count: number): string => Array.from({ length: count }, () => pick(WORDS)).join(" ");
  const from = pick(NAMES);
  const lines = Array.from({ length: 36 }, () => words(10));
  if (index % 1_000 === 500) lines[18] = `a drop of quicksilver and ${words(5)}`;
  const head = [
    `Received: from relay.elsewhere.test (relay.elsewhere.test [192.0.2.7]) by mail.example.test; Sun, 22 Nov 2026 10:00:00 +0100`,
    `From: ${from} Example <${from.toLowerCase()}@elsewhere.test>`,
    "To: Anna <anna@example.test>",
    `Cc: ${pick(NAMES)} <copy@elsewhere.test>`,
    `Subject: ${words(5)} ${index}`,
    `Date: ${new Date(FIRST + index * 60_000).toUTCString().replace("GMT", "+0000")}`,
    `Message-ID: ${messageId(index)}`,
    ...answering(index),
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=utf-8",
  ];
  return new TextEncoder().encode(`${head.join("\r\n")}\r\n\r\n${lines.join("\r\n")}\r\n`);
}
