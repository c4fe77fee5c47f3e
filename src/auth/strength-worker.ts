/**
 * The thread on which passwords are judged: loading the word lists and looking at a hard case each take longer than the
 * event loop may be held. Built into the executable as an entry of its own.
 */
import { parentPort } from "node:worker_threads";
import { ZxcvbnFactory } from "@zxcvbn-ts/core";
import * as common from "@zxcvbn-ts/language-common";
import * as english from "@zxcvbn-ts/language-en";
import type { Judged, Question } from "./strength.ts";

const zxcvbn = new ZxcvbnFactory({
  dictionary: { ...common.dictionary, ...english.dictionary },
  graphs: common.adjacencyGraphs,
  translations: {
    ...english.translations,
    warnings: {
      ...english.translations.warnings,
      userInputs: "It holds a name, an address or another word that belongs to this account or server.",
    },
  },
  // The time grows with it; twenty ways to read a password as a word are enough.
  l33tMaxSubstitutions: 20,
});

parentPort?.on("message", ({ id, password, words }: Question) => {
  const { score, feedback } = zxcvbn.check(password, [...words]);
  const strength = { score, warning: feedback.warning ?? "", suggestions: feedback.suggestions };
  parentPort?.postMessage({ id, strength } satisfies Judged);
});
