/** The tests of what can be seen of a message and of whoever brings it. */
import type { Finding, Mail, Test, Tester } from "../judgement.ts";
import type { Readings } from "../words/readings.ts";
import { lookAtClient } from "./client.ts";
import { CONTENT_LOOKS } from "./contents.ts";
import { HEADER_LOOKS } from "./header.ts";
import { look, type Seen } from "./look.ts";
import { phrasesIn } from "./phrases.ts";

export class LooksTester implements Tester {
  readonly name = "looks";

  constructor(
    private readonly parts: {
      readonly readings: Readings;
      readonly hostname: () => string;
      readonly now: () => number;
    },
  ) {}

  begin(): Test {
    return { end: (mail) => this.#look(mail) };
  }

  async #look(mail: Mail): Promise<Finding[]> {
    const { readings, hostname, now } = this.parts;
    const seen = { reading: await readings.of(mail), at: now() };
    return [...lookAtClient(mail, hostname()), ...lookAtMessage(seen)];
  }
}

/** What can be seen of a message itself. */
export function lookAtMessage(seen: Seen): Finding[] {
  return [...look("header", HEADER_LOOKS, seen), ...look("contents", CONTENT_LOOKS, seen), ...phrasesIn(seen.reading)];
}
