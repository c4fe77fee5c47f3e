/** What somebody's rights mean for flags, and for the words READ-ONLY and READ-WRITE (RFC 4314 §4 and §5.2). Pure. */
import type { Right } from "../../auth/folder-rights.ts";
import type { FlagReach, Flags } from "../../mailstore/flags.ts";
import { notAllowed, type Place } from "./places.ts";

/** Those of the flags that somebody may set. */
export function withinReach({ system, keywords = [] }: Flags, reach: FlagReach): Flags {
  return { system: system & reach.system, keywords: reach.keywords ? keywords : [] };
}

/** @throws No "NOPERM" where a right is missing that a command needs in the selected folder */
export function needsRights({ name, rights }: Place, ...needed: Right[]): void {
  if (!needed.every((right) => rights.includes(right))) throw notAllowed(name);
}

/** What PERMANENTFLAGS lists (RFC 4314 §5.1.1). */
export function permanentFlags(rights: string, keywords: readonly string[]): string {
  const words = [
    ...(rights.includes("w") ? ["\\Answered", "\\Flagged"] : []),
    ...(rights.includes("t") ? ["\\Deleted"] : []),
    ...(rights.includes("s") ? ["\\Seen"] : []),
    ...(rights.includes("w") ? ["\\Draft", ...keywords, "\\*"] : []),
  ];
  return `(${words.join(" ")})`;
}

/** Whether nothing can be changed that others see: then SELECT says READ-ONLY. Marks of one's own are seen by nobody else. */
export function changesNothing({ rights, reader }: Place): boolean {
  const changing = reader === undefined ? "iewts" : "iewt";
  return ![...changing].some((right) => rights.includes(right));
}

/** Rights as clients are told them: with the "c" and "d" of RFC 2086, which stand for "kx" and "te" (RFC 4314 §2.1.1). */
export function toldRights(rights: string): string {
  const create = /[kx]/.test(rights) ? "c" : "";
  const remove = /[te]/.test(rights) ? "d" : "";
  return rights.endsWith("a") ? `${rights.slice(0, -1)}${create}${remove}a` : `${rights}${create}${remove}`;
}

/** Rights as a client writes them, "c" and "d" spelled out; undefined for letters that are none (RFC 4314 §3.1). */
export function writtenRights(text: string): string | undefined {
  return /^[lrswipkxteacd]*$/.test(text) ? text.replaceAll("c", "kx").replaceAll("d", "te") : undefined;
}
