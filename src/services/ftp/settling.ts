/** What both sides settle on, and what is merely answered: TYPE, MODE, STRU, FEAT, OPTS, HELP, SYST, NOOP and their kin. */

import type { Command } from "./commands.ts";
import { ALGORITHMS } from "./folders.ts";
import { FACTS } from "./listing.ts";
import { reply, replyLines, SyntaxRefusal } from "./reply.ts";

/** RFC 959 §4.1.2. */
export const type: Command = {
  verb: "TYPE",
  states: "in",
  syntax: "TYPE A|I|L 8",
  rfc: "RFC 959 §3.1.1",
  summary: "Says whether files travel as text (A) or as they are (I, L 8).",
  run: (session, rest) => {
    const wish = rest.toUpperCase();
    if (wish === "A" || wish === "A N") session.type = "A";
    else if (wish === "I" || wish === "L 8" || wish === "L8") session.type = "I";
    else return reply(504, "The types are A, I and L 8.");
    return reply(
      200,
      session.type === "A" ? "Text, with ends of lines as the network has them." : "Octets as they are.",
    );
  },
};

/** RFC 959 §3.4. */
export const mode: Command = {
  verb: "MODE",
  states: "in",
  syntax: "MODE S",
  rfc: "RFC 959 §3.4",
  summary: "Stream mode is what there is.",
  run: (_, rest) =>
    rest.toUpperCase() === "S" ? reply(200, "Stream mode.") : reply(504, "Stream mode is what there is."),
};

/** RFC 959 §3.1.2. */
export const stru: Command = {
  verb: "STRU",
  states: "in",
  syntax: "STRU F",
  rfc: "RFC 959 §3.1.2",
  summary: "Files have no structure here.",
  run: (_, rest) =>
    rest.toUpperCase() === "F" ? reply(200, "File structure.") : reply(504, "File structure is what there is."),
};

/** RFC 959 §4.1.3. An upload that is announced too large is refused before it begins. */
export const allo: Command = {
  verb: "ALLO",
  states: "in",
  syntax: "ALLO octets",
  rfc: "RFC 959 §4.1.3",
  summary: "Announces the size of the next upload, which is refused at once where it has no room.",
  run: (session, rest) => {
    const match = /^(\d{1,15})( R \d{1,15})?$/i.exec(rest);
    if (!match) throw new SyntaxRefusal(allo.syntax);
    session.announced = Number(match[1]);
    return reply(200, "Room is looked for when the file comes.");
  },
};

/** RFC 2389 §3. */
export const feat: Command = {
  verb: "FEAT",
  states: "any",
  syntax: "FEAT",
  rfc: "RFC 2389 §3",
  summary: "Lists what this server can do beyond RFC 959.",
  // RFC 2640 §3.2, RFC 3659 §6 (TVFS: paths with slashes, "." and "..").
  features: () => ["UTF8", "TVFS"],
  run: (session) => {
    const lines = [...session.commands.values()].flatMap((command) => command.features?.(session) ?? []);
    return replyLines(211, "Features:", lines, "End.");
  },
};

/** RFC 2389 §4. */
export const opts: Command = {
  verb: "OPTS",
  states: "any",
  syntax: "OPTS MLST|HASH|UTF8 [value]",
  rfc: "RFC 2389 §4",
  summary: "Chooses the facts of MLST and the algorithm of HASH.",
  run: (session, rest) => {
    const [name = "", ...values] = rest.split(" ");
    const value = values.join(" ");
    switch (name.toUpperCase()) {
      case "UTF8":
        return /^(on|nlst)?$/i.test(value) ? reply(200, "Names are UTF-8.") : reply(504, "Names are UTF-8, always.");
      case "MLST": {
        const wanted = value.toLowerCase().split(";");
        session.facts = new Set(FACTS.filter((fact) => wanted.includes(fact.toLowerCase())));
        return reply(200, `MLST OPTS ${[...session.facts].map((fact) => `${fact};`).join("")}`);
      }
      case "HASH": {
        const wanted = value.toUpperCase();
        if (wanted !== "" && !ALGORITHMS.has(wanted)) return reply(504, "That algorithm is not here.");
        if (wanted !== "") session.hashName = wanted;
        return reply(200, session.hashName);
      }
      default:
        return reply(501, `Syntax: ${opts.syntax}`);
    }
  },
};

/** RFC 959 §4.1.3. */
export const help: Command = {
  verb: "HELP",
  states: "any",
  syntax: "HELP [command]",
  rfc: "RFC 959 §4.1.3",
  summary: "Lists the commands, or tells how one is written.",
  run: (session, rest) => {
    if (rest !== "") {
      const command = session.commandOf(rest.toUpperCase());
      if (!command) return reply(502, "No such command.");
      return reply(214, `${command.syntax} (${command.rfc}): ${command.summary}`);
    }
    const verbs = [...session.commands.keys()];
    const rows = Array.from({ length: Math.ceil(verbs.length / 8) }, (_row, index) =>
      verbs.slice(index * 8, index * 8 + 8).join(" "),
    );
    return replyLines(214, "Commands:", rows, "HELP and a command tells more.");
  },
};

/** RFC 959 §4.1.3. */
export const syst: Command = {
  verb: "SYST",
  states: "any",
  syntax: "SYST",
  rfc: "RFC 959 §4.1.3",
  summary: "Says how LIST looks.",
  run: () => reply(215, "UNIX Type: L8"),
};

/** RFC 959 §4.1.3. */
export const noop: Command = {
  verb: "NOOP",
  states: "any",
  syntax: "NOOP",
  rfc: "RFC 959 §4.1.3",
  summary: "Does nothing.",
  run: () => reply(200, "Fine."),
};

/** Names the client, for a log; not of any RFC. */
export const clnt: Command = {
  verb: "CLNT",
  states: "any",
  syntax: "CLNT name",
  rfc: "RFC 2389 §3",
  summary: "Names the client, as some do; nothing comes of it.",
  features: () => ["CLNT"],
  run: () => reply(200, "Good to know."),
};

/** The same with more about the client (draft-peterson-streamlined-ftp-command-extensions). */
export const csid: Command = {
  verb: "CSID",
  states: "any",
  syntax: "CSID Name=…;Version=…;",
  rfc: "RFC 2389 §3",
  summary: "Names client and server.",
  features: () => ["CSID"],
  run: () => reply(200, "Name=Gatepost;DirSep=/;"),
};

/** RFC 959 §4.1.1. */
export const smnt: Command = {
  verb: "SMNT",
  states: "in",
  syntax: "SMNT path",
  rfc: "RFC 959 §4.1.1",
  summary: "Is not needed: shared folders are in the tree.",
  run: () => reply(502, "There is one tree; shared folders are in it."),
};
