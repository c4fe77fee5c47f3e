/**
 * What may be meant by the beginning of a name or an address: people the writer wrote to before, his own contacts, shared contacts, and
 * users here who are listed in the directory. Every keystroke asks, so each source is one prepared look through an index.
 */
import type { Store } from "../store/store.ts";
import { displayDomain, fold, joinAddress } from "./address.ts";
import { type ContactCard, nameOfCard } from "./contact.ts";
import { beginnings, plain, searchable, typedWords } from "./words.ts";

/** From where a suggestion is known. */
export type Source = "correspondent" | "own" | "shared" | "directory";

/** One address that may be meant. */
export interface Suggestion {
  readonly name: string;
  readonly address: string;
  readonly source: Source;
}

/** Suggestions that are given unless fewer are asked for. */
const MOST_SUGGESTIONS = 10;
/** Rows that are read of each source. */
const MOST_ROWS = 60;
const LONGEST_TYPED = 200;
/** A letter counts half as much after so long, in milliseconds. */
const HALF_LIFE_MS = 60 * 86_400_000;

/** The better names of an address stand first, and those who keep them. */
const SOURCES: readonly Source[] = ["own", "shared", "directory", "correspondent"];

interface Candidate extends Suggestion {
  /** How much was written to this address lately; 0 for never. */
  readonly habit: number;
}

interface PersonRow {
  readonly fullName: string;
  readonly givenName: string | null;
  readonly familyName: string | null;
  readonly local: string;
  readonly domain: string;
}

/** Of a user: his name, and the return address of his primary mailbox. */
const LISTED = `SELECT u.full_name AS fullName, u.entry ->> 'givenName' AS givenName, u.entry ->> 'familyName' AS familyName,
    a.local_part AS local, d.name AS domain
  FROM users u
  JOIN addresses a ON a.mailbox_id = u.primary_mailbox AND a.is_primary = 1
  JOIN domains d ON d.id = a.domain_id
  WHERE u.kind = 'user' AND u.enabled = 1 AND coalesce(u.entry ->> 'listed', 1)`;

const BY_NAME = `${LISTED}
  AND (' ' || u.search_text) LIKE ?1 ESCAPE '\\' AND (' ' || u.search_text) LIKE ?2 ESCAPE '\\'
  AND (' ' || u.search_text) LIKE ?3 ESCAPE '\\'
  ORDER BY u.search_text LIMIT ${MOST_ROWS}`;

const BY_ADDRESS = `SELECT u.full_name AS fullName, u.entry ->> 'givenName' AS givenName,
    u.entry ->> 'familyName' AS familyName, a.local_part AS local, d.name AS domain
  FROM addresses a
  JOIN domains d ON d.id = a.domain_id
  JOIN users u ON u.primary_mailbox = a.mailbox_id AND u.id = (SELECT owner_id FROM mailboxes WHERE id = a.mailbox_id)
  WHERE a.local_key >= ?1 AND a.local_key < ?2 AND a.is_primary = 1 AND d.name LIKE ?3 ESCAPE '\\'
    AND u.kind = 'user' AND u.enabled = 1 AND coalesce(u.entry ->> 'listed', 1)
  ORDER BY a.local_key LIMIT ${MOST_ROWS}`;

const CONTACTS = (owner: string) => `SELECT card FROM contacts
  WHERE ${owner} AND removed = 0 AND search_text LIKE ?1 ESCAPE '\\' AND search_text LIKE ?2 ESCAPE '\\'
    AND search_text LIKE ?3 ESCAPE '\\'
  ORDER BY sort_key LIMIT ${MOST_ROWS}`;

const WRITTEN_TO = `SELECT name, address FROM correspondents
  WHERE search_text LIKE ?1 ESCAPE '\\' AND search_text LIKE ?2 ESCAPE '\\' AND search_text LIKE ?3 ESCAPE '\\'
    AND user_id = ?4
  ORDER BY last_at DESC LIMIT ${MOST_ROWS}`;

const HABIT = "SELECT times, last_at AS lastAt FROM correspondents WHERE user_id = ? AND address_key = ?";

type Words = [string, string, string];

export class Completion {
  constructor(private readonly store: Store) {}

  /** Addresses that may be meant, the likeliest first. `userId` is the writer; nobody has only what is shared. */
  complete(userId: number | undefined, typed: string, now: number, most = MOST_SUGGESTIONS): Suggestion[] {
    const words = typedWords(typed.slice(0, LONGEST_TYPED));
    if (words.length === 0) return [];
    const patterns = beginnings(words);
    const found = [
      ...(userId === undefined ? [] : [...this.#writtenTo(userId, patterns), ...this.#own(userId, patterns)]),
      ...this.#shared(patterns),
      ...this.#directory(patterns),
      ...(words.length === 1 ? this.#byAddress(words[0] ?? "") : []),
    ].filter((suggestion) => matches(suggestion, words));
    const candidates = [...merged(found)].map(([key, suggestion]) => ({
      ...suggestion,
      habit: userId === undefined ? 0 : this.#habit(userId, key, now),
    }));
    return ranked(candidates, words)
      .slice(0, most)
      .map(({ habit: _, ...suggestion }) => suggestion);
  }

  /** Each letter counts, one of long ago less. */
  #habit(userId: number, key: string, now: number): number {
    type Row = { readonly times: number; readonly lastAt: number };
    const row = this.store.client.query<Row, [number, string]>(HABIT).get(userId, key);
    return row === null ? 0 : row.times * 0.5 ** (Math.max(0, now - row.lastAt) / HALF_LIFE_MS);
  }

  #writtenTo(userId: number, patterns: Words): Suggestion[] {
    type Row = { readonly name: string; readonly address: string };
    const rows = this.store.client.query<Row, [...Words, number]>(WRITTEN_TO).all(...patterns, userId);
    return rows.map((person) => ({ ...person, source: "correspondent" }));
  }

  #own(userId: number, patterns: Words): Suggestion[] {
    const rows = this.store.client.query<{ card: string }, [...Words, number]>(CONTACTS("owner_id = ?4"));
    return rows.all(...patterns, userId).flatMap(({ card }) => ofCard(card, "own"));
  }

  #shared(patterns: Words): Suggestion[] {
    const rows = this.store.client.query<{ card: string }, Words>(CONTACTS("owner_id IS NULL"));
    return rows.all(...patterns).flatMap(({ card }) => ofCard(card, "shared"));
  }

  #directory(patterns: Words): Suggestion[] {
    return this.store.client
      .query<PersonRow, Words>(BY_NAME)
      .all(...patterns)
      .map(ofPerson);
  }

  #byAddress(typed: string): Suggestion[] {
    const at = typed.indexOf("@");
    const local = fold(at < 0 ? typed : typed.slice(0, at));
    const domain = at < 0 ? "" : typed.slice(at + 1);
    if (local === "") return [];
    const pattern = `${domain.replaceAll(/[\\%_]/g, "\\$&")}%`;
    return this.store.client
      .query<PersonRow, Words>(BY_ADDRESS)
      .all(local, at < 0 ? `${local}\u{10ffff}` : `${local}\u0000`, pattern)
      .map(ofPerson);
  }
}

function ofPerson({ fullName, givenName, familyName, local, domain }: PersonRow): Suggestion {
  const name = fullName || [givenName, familyName].filter(Boolean).join(" ");
  return { name, address: joinAddress({ local, domain: displayDomain(domain) }), source: "directory" };
}

function ofCard(json: string, source: Source): Suggestion[] {
  const card: ContactCard = JSON.parse(json);
  const called = nameOfCard(card);
  return card.mails.map(({ address }) => ({ name: called === address ? "" : called, address, source }));
}

/** Of a contact with several addresses, those for which name or address begins so; a name alone stands for all of them. */
function matches({ name, address, source }: Suggestion, words: readonly string[]): boolean {
  if (source === "directory") return true;
  const text = searchable([name], [address]);
  const typedAddress = words.find((word) => word.includes("@"));
  return typedAddress === undefined || text.includes(` ${typedAddress}`);
}

/** Each address (folded) once, by its best name. */
function merged(found: readonly Suggestion[]): Map<string, Suggestion> {
  const byAddress = new Map<string, Suggestion>();
  for (const suggestion of found) {
    const key = fold(suggestion.address);
    const known = byAddress.get(key) ?? suggestion;
    const better = SOURCES.indexOf(suggestion.source) < SOURCES.indexOf(known.source) ? suggestion : known;
    byAddress.set(key, { ...better, name: better.name || known.name || suggestion.name });
  }
  return byAddress;
}

/** By habit first; then who begins as was typed, then who keeps the address, then by name. */
function ranked(candidates: readonly Candidate[], words: readonly string[]): Candidate[] {
  const typed = words[0] ?? "";
  const places = new Map(
    candidates.map((candidate) => {
      const name = plain(candidate.name);
      const begins = name.startsWith(typed) || plain(candidate.address).startsWith(typed);
      return [candidate, { name, begins: begins ? 0 : 1 }];
    }),
  );
  const placeOf = (candidate: Candidate) => places.get(candidate) ?? { name: "", begins: 1 };
  return [...candidates].sort((one, two) => {
    const [a, b] = [placeOf(one), placeOf(two)];
    return (
      two.habit - one.habit ||
      a.begins - b.begins ||
      SOURCES.indexOf(one.source) - SOURCES.indexOf(two.source) ||
      (a.name < b.name ? -1 : a.name > b.name ? 1 : one.address < two.address ? -1 : 1)
    );
  });
}
