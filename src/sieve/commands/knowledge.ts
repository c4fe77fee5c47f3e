/** Tests that ask what the server knows: environment (RFC 5183), spam and viruses (RFC 5235), lists (RFC 6134). */
import type { Call, TestSpec } from "../call.ts";
import { Value } from "../comparators.ts";
import { COMPARE } from "../options.ts";
import type { Surroundings } from "../surroundings.ts";

export const environment: TestSpec = {
  rfc: "RFC 5183 §4",
  extension: "environment",
  tags: COMPARE,
  takes: [
    { name: "name", kind: "string" },
    { name: "key list", kind: "strings" },
  ],
  build(call) {
    const name = call.text("name");
    const matcher = call.matcher("key list");
    return (run) => {
      const { environment: items } = run.surroundings;
      const item = run.text(name).toLowerCase();
      const value = Object.hasOwn(items, item) ? items[item] : undefined;
      // §4: a test of an item that is not known fails, whatever it compares.
      return value !== undefined && matcher.any(run, [new Value(value, `The item “${item}”`)]);
    };
  },
};

/** A test of a judgement; :count says whether there is one (RFC 5235 §3.2). */
function judgement(
  rfc: string,
  extension: readonly string[],
  tags: TestSpec["tags"],
  value: (call: Call) => (surroundings: Surroundings) => number,
  isJudged: (surroundings: Surroundings) => boolean,
  label: string,
): TestSpec {
  return {
    rfc,
    extension,
    tags: { ...COMPARE, ...tags },
    takes: [{ name: "value", kind: "string" }],
    build(call) {
      const score = value(call);
      const matcher = call.matcher("value");
      return (run) => {
        const { surroundings } = run;
        return matcher.any(run, [new Value(String(score(surroundings)), label)], isJudged(surroundings) ? 1 : 0);
      };
    },
  };
}

const spamtest = judgement(
  "RFC 5235 §3.2",
  ["spamtest", "spamtestplus"],
  { percent: { extension: "spamtestplus" } },
  (call) => {
    if (call.has(":percent")) return ({ spamPercent }) => Math.round(spamPercent ?? 0);
    // 0: not judged; 1: surely no spam; 10: surely spam.
    return ({ spamPercent: spam }) => (spam === undefined ? 0 : 1 + Math.floor((Math.min(spam, 100) * 9) / 100));
  },
  ({ spamPercent }) => spamPercent !== undefined,
  "The spam score",
);

const virustest = judgement(
  "RFC 5235 §3.3",
  ["virustest"],
  {},
  () => (surroundings) => surroundings.virus,
  ({ virus }) => virus > 0,
  "The virus score",
);

const validList: TestSpec = {
  rfc: "RFC 6134 §2.7",
  extension: "extlists",
  takes: [{ name: "list names", kind: "strings" }],
  build(call) {
    const names = call.texts("list names");
    return (run) => {
      const missing = run.texts(names).find((name) => run.surroundings.onList(name, "") === undefined);
      run.because = missing === undefined ? "All of them are there." : `There is no list “${missing}”.`;
      return missing === undefined;
    };
  },
};

export const knowledgeTests = { environment, spamtest, virustest, valid_ext_list: validList };
