/** Actions of rules as commands of Sieve, and back. */
import type { CommandPhrase } from "../syntax.ts";
import type { Written } from "./conditions.ts";
import type { Action } from "./model.ts";
import { Arguments, listed, NotShown, prose, proseIn, quoted } from "./phrases.ts";

const FLAG_COMMANDS = { add: "addflag", set: "setflag", remove: "removeflag" } as const;

/** An action as a command, with its semicolon. */
export function writeAction(action: Action): Written {
  switch (action.do) {
    case "file": {
      const { folder, copy, create } = action;
      const needs = ["fileinto", ...(copy ? ["copy"] : []), ...(create ? ["mailbox"] : [])];
      return { text: `fileinto${copy ? " :copy" : ""}${create ? " :create" : ""} ${quoted(folder)};`, needs };
    }
    case "flag":
      return { text: `${FLAG_COMMANDS[action.how]} ${listed(action.flags)};`, needs: ["imap4flags"] };
    case "redirect": {
      const { address, copy } = action;
      return { text: `redirect${copy ? " :copy" : ""} ${quoted(address)};`, needs: copy ? ["copy"] : [] };
    }
    case "reject": {
      const name = action.early ? "ereject" : "reject";
      return { text: `${name} ${prose(action.reason)};`, needs: [name] };
    }
    case "reply":
      return writeReply(action);
    default:
      return { text: `${action.do};`, needs: [] };
  }
}

function writeReply(reply: Extract<Action, { do: "reply" }>): Written {
  const { text, subject, days, seconds, from, addresses, handle } = reply;
  const tags = [
    ...(days === undefined ? [] : [`:days ${days}`]),
    ...(seconds === undefined ? [] : [`:seconds ${seconds}`]),
    ...(subject === undefined ? [] : [`:subject ${quoted(subject)}`]),
    ...(from === undefined ? [] : [`:from ${quoted(from)}`]),
    ...(addresses === undefined ? [] : [`:addresses ${listed(addresses)}`]),
    ...(handle === undefined ? [] : [`:handle ${quoted(handle)}`]),
  ];
  const needs = ["vacation", ...(seconds === undefined ? [] : ["vacation-seconds"])];
  return { text: `${["vacation", ...tags, prose(text)].join(" ")};`, needs };
}

const VALUED = ["days", "seconds", "subject", "from", "addresses", "handle"];

/** A command as an action. @throws NotShown */
export function readAction(phrase: CommandPhrase): Action {
  if (phrase.block !== undefined || phrase.tests.length > 0) throw new NotShown();
  const args = new Arguments(phrase, phrase.name === "vacation" ? VALUED : []);
  const action = readBy(phrase.name, args);
  args.end();
  return action;
}

function readBy(name: string, args: Arguments): Action {
  switch (name) {
    case "fileinto":
      return { do: "file", copy: args.tag("copy"), create: args.tag("create"), folder: args.nextText() };
    case "addflag":
    case "setflag":
    case "removeflag":
      return { do: "flag", how: name.slice(0, -4) as "add" | "set" | "remove", flags: flagsIn(args.nextTexts()) };
    case "redirect":
      return { do: "redirect", copy: args.tag("copy"), address: args.nextText() };
    case "reject":
    case "ereject":
      return { do: "reject", early: name === "ereject", reason: proseIn(args.nextText()) };
    case "vacation":
      return readReply(args);
    case "keep":
    case "discard":
    case "stop":
      return { do: name };
    default:
      throw new NotShown();
  }
}

/** RFC 5232 §2: a string may hold several flags between spaces. */
function flagsIn(texts: readonly string[]): string[] {
  const flags = texts.flatMap((text) => text.split(" ")).filter((flag) => flag !== "");
  if (flags.length === 0) throw new NotShown();
  return flags;
}

function readReply(args: Arguments): Action {
  const [days, seconds] = [args.number("days"), args.number("seconds")];
  const [subject, from, handle] = [args.text("subject"), args.text("from"), args.text("handle")];
  const addresses = args.texts("addresses");
  return {
    do: "reply",
    text: proseIn(args.nextText()),
    ...(days !== undefined && { days }),
    ...(seconds !== undefined && { seconds }),
    ...(subject !== undefined && { subject }),
    ...(from !== undefined && { from }),
    ...(addresses !== undefined && { addresses }),
    ...(handle !== undefined && { handle }),
  };
}
