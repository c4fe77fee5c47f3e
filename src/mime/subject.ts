/** The base subject (RFC 5256 §2.1): what is left of a subject without the marks of replies, forwards and lists. Pure. */

/** A subject without its marks. */
export interface BaseSubject {
  /** As written, but for the spaces; "" where nothing is left. */
  readonly base: string;
  /** A mark of a reply or a forward was taken away (RFC 5256 §5, "is a reply or a forward"). */
  readonly replied: boolean;
}

/** subj-trailer. */
const TRAILER = /(?:\(fwd\)|[ \t])$/i;
/** subj-refwd with the subj-blobs before it: the marks of a leader that is not white space. */
const LEADER = /^(?:\[[^[\]]*\][ \t]*)*(?:re|fwd?)[ \t]*(?:\[[^[\]]*\][ \t]*)?:/i;
/** subj-blob. */
const BLOB = /^\[[^[\]]*\][ \t]*/;
/** Longer subjects are cut: what stands further behind tells nobody apart. */
const LONGEST = 2_000;

/**
 * The base subject of a decoded subject.
 *
 * @example baseSubject("Re: [list] Fwd: Lunch (fwd)") // { base: "Lunch", replied: true }
 */
export function baseSubject(subject: string): BaseSubject {
  // §2.1 (1): tabs and line ends are spaces, and several are one.
  let text = subject.slice(0, LONGEST).replace(/[ \t\r\n]+/g, " ");
  let replied = false;
  for (;;) {
    // (2)
    for (let match = TRAILER.exec(text); match !== null; match = TRAILER.exec(text)) {
      replied ||= match[0].length > 1;
      text = text.slice(0, match.index);
    }
    // (3) to (5)
    for (;;) {
      const trimmed = text.replace(/^[ \t]+/, "");
      const leader = LEADER.exec(trimmed);
      if (leader !== null) {
        replied = true;
        text = trimmed.slice(leader[0].length);
        continue;
      }
      const blob = BLOB.exec(trimmed);
      if (blob !== null && blob[0].length < trimmed.length) {
        text = trimmed.slice(blob[0].length);
        continue;
      }
      text = trimmed;
      break;
    }
    // (6)
    if (!/^\[fwd:.*\]$/i.test(text)) return { base: text, replied };
    replied = true;
    text = text.slice(5, -1);
  }
}
