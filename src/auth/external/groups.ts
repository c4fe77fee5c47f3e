/**
 * Who is in which group: as entries say themselves (memberOf), as Active Directory works it out for groups in groups, or as the entries
 * of groups list their members. The first rule whose group a person is in decides the template.
 */

import type { DatabaseProperties, GroupRule } from "./database.ts";
import { comparableDn, firstValueOf, isDn } from "./dn.ts";
import { escapeFilterValue, filterForAll, parenthesised } from "./filter.ts";
import type { LdapLink } from "./link.ts";
import type { Person } from "./person.ts";

/** LDAP_MATCHING_RULE_IN_CHAIN of Active Directory (MS-ADTS §3.1.1.3.4.4.3): members of members count. */
const IN_CHAIN = "1.2.840.113556.1.4.1941";
const IS_GROUP =
  "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=posixGroup)(objectClass=groupOfMembers)(objectClass=group))";
const MEMBERS = ["member", "uniqueMember", "memberUid"] as const;
const MOST_GROUPS_OF_ONE = 1_000;

/** The groups of people by DN. */
export type GroupsOf = (person: Person) => readonly string[];

/** The first rule that holds for somebody's groups. */
export function ruleFor(rules: readonly GroupRule[], groups: readonly string[]): GroupRule | undefined {
  if (rules.length === 0) return undefined;
  const names = new Set(
    groups.flatMap((group) => (isDn(group) ? [comparableDn(group), nameOf(firstValueOf(group))] : [nameOf(group)])),
  );
  return rules.find(({ group }) => names.has(isDn(group) ? comparableDn(group) : nameOf(group)));
}

/** The groups of one person, as far as rules ask for them. @throws DirectoryAway */
export async function groupsOfOne(link: LdapLink, person: Person, properties: DatabaseProperties): Promise<string[]> {
  const { groups, rules } = properties;
  if (rules.length === 0 || groups === "attribute") return [...person.groups];
  if (groups === "search") {
    const found = await link.search({
      base: groupBaseOf(properties),
      filter: `(&${IS_GROUP}${membershipFilter(person)})`,
      attributes: [],
      most: MOST_GROUPS_OF_ONE,
    });
    return found.map(({ dn }) => dn);
  }
  const known = [...person.groups];
  for (const rule of rules) {
    if (ruleFor([rule], known) !== undefined) break;
    for (const dn of await groupDns(link, rule.group, properties)) {
      const inChain = `(${properties.groupsAttribute}:${IN_CHAIN}:=${escapeFilterValue(dn)})`;
      const found = await link.search({ base: person.dn, scope: "base", filter: inChain, attributes: [], most: 1 });
      if (found.length > 0) return [...known, dn];
    }
  }
  return known;
}

/** The groups of everybody, read at once. @throws DirectoryAway */
export async function groupsOfAll(link: LdapLink, properties: DatabaseProperties): Promise<GroupsOf> {
  const { groups, rules } = properties;
  if (rules.length === 0 || groups === "attribute") return (person) => person.groups;
  const members = groups === "nested" ? await chains(link, properties) : await listed(link, properties);
  return (person) => [
    ...person.groups,
    ...(members.get(comparableDn(person.dn)) ?? []),
    ...(members.get(nameOf(person.login)) ?? []),
  ];
}

/** For every rule, who is in its group by whatever way. */
async function chains(link: LdapLink, properties: DatabaseProperties): Promise<Map<string, string[]>> {
  const members = new Map<string, string[]>();
  const everybody = parenthesised(filterForAll(properties.filter));
  for (const { group } of properties.rules) {
    for (const dn of await groupDns(link, group, properties)) {
      const filter = `(&${everybody}(${properties.groupsAttribute}:${IN_CHAIN}:=${escapeFilterValue(dn)}))`;
      for await (const page of link.pages({ base: properties.base, filter, attributes: [] }, properties.pageSize))
        for (const entry of page) add(members, comparableDn(entry.dn), dn);
    }
  }
  return members;
}

/** What the entries of groups say: DNs of members, or their login names (RFC 2307). */
async function listed(link: LdapLink, properties: DatabaseProperties): Promise<Map<string, string[]>> {
  const members = new Map<string, string[]>();
  const request = { base: groupBaseOf(properties), filter: IS_GROUP, attributes: MEMBERS };
  for await (const page of link.pages(request, properties.pageSize))
    for (const { dn, attributes } of page)
      for (const name of MEMBERS)
        for (const value of attributes.get(name.toLowerCase()) ?? [])
          if (typeof value === "string") add(members, name === "memberUid" ? nameOf(value) : comparableDn(value), dn);
  return members;
}

/** The DNs a rule may mean: its own, or those of the groups with its name. */
async function groupDns(link: LdapLink, group: string, properties: DatabaseProperties): Promise<string[]> {
  if (isDn(group)) return [group];
  const filter = `(&${IS_GROUP}(cn=${escapeFilterValue(group)}))`;
  const found = await link.search({ base: groupBaseOf(properties), filter, attributes: [], most: 10 });
  return found.map(({ dn }) => dn);
}

function membershipFilter({ dn, login }: Person): string {
  const [own, name] = [escapeFilterValue(dn), escapeFilterValue(login)];
  return `(|(member=${own})(uniqueMember=${own})(memberUid=${name}))`;
}

function groupBaseOf({ groupBase, base }: DatabaseProperties): string {
  return groupBase || base;
}

function nameOf(text: string): string {
  return text.trim().toLowerCase();
}

function add(members: Map<string, string[]>, who: string, group: string): void {
  const groups = members.get(who);
  if (groups === undefined) members.set(who, [group]);
  else groups.push(group);
}
