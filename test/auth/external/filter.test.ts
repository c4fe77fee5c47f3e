/** What strangers send never becomes the syntax of a filter (RFC 4515), and names are compared as directories do (RFC 4514). */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { FilterParser } from "ldapts";
import { comparableDn, firstValueOf, isDn } from "../../../src/auth/external/dn.ts";
import { escapeFilterValue, filterForAll, filterForLogin, filterProblem } from "../../../src/auth/external/filter.ts";
import { bindRefusal, describeResult } from "../../../src/auth/external/results.ts";
import { parseServer } from "../../../src/auth/external/server-url.ts";
import { processorMs } from "../../timing.ts";

const TEMPLATE = "(&(objectClass=person)(|(uid={login})(mail={login})))";

test("what is syntax in a filter is written as octets", () => {
  expect(escapeFilterValue("*)(uid=*")).toBe("\\2a\\29\\28uid=\\2a");
  expect(escapeFilterValue("a\\b\0c")).toBe("a\\5cb\\00c");
  expect(escapeFilterValue("müller@example.test")).toBe("müller@example.test");
});

test("a template has the login in every place, and a star for everybody", () => {
  expect(filterForLogin(TEMPLATE, "anna")).toBe("(&(objectClass=person)(|(uid=anna)(mail=anna)))");
  expect(filterForLogin(TEMPLATE, "$&")).toBe("(&(objectClass=person)(|(uid=$&)(mail=$&)))");
  expect(filterForAll(TEMPLATE)).toBe("(&(objectClass=person)(|(uid=*)(mail=*)))");
});

test("no login whatever changes the shape of a filter, and every login is the value that is looked for", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: "binary" }), (login) => {
      const written = JSON.stringify(FilterParser.parseString(filterForLogin("(uid={login})", login)));
      const { attribute, value } = JSON.parse(written) as { attribute: string; value: string };
      expect(attribute).toBe("uid");
      expect(value).toBe(JSON.parse(JSON.stringify(login)));
    }),
    { numRuns: 300 },
  );
});

test.each([
  "(uid={login})",
  TEMPLATE,
  "(&(!(cn=a*b*c))(cn>=a)(cn~=b)(cn:dn:2.5.13.5:=x)(memberOf:1.2.840.113556.1.4.1941:=cn=a,dc=b)(mail=*))",
  "(cn=a\\28b\\29)",
])("%s is a filter", (text) => expect(filterProblem(text)).toBeUndefined());

test.each([
  "",
  "uid={login}",
  "(&(uid={login})",
  "(uid={login}))",
  "(&)",
  "(!(a=b)(c=d))",
  "(a=b)(c=d)",
  "(=x)x",
  "(a=\\zz)",
  "(".repeat(90),
])("%s is no filter", (text) => expect(filterProblem(text)).toBeString());

test("names are the same whatever their case and blanks", () => {
  expect(comparableDn("CN=Staff, OU=Groups,DC=example")).toBe(comparableDn("cn=staff,ou=groups ,dc=Example"));
  expect(comparableDn("cn=a\\,b,dc=x")).not.toBe(comparableDn("cn=a,b,dc=x"));
  expect(firstValueOf("CN=Smith\\, John,OU=People,DC=example")).toBe("Smith, John");
  expect(firstValueOf("cn=M\\c3\\bcller,dc=example")).toBe("Müller");
  expect([isDn("cn=staff,dc=x"), isDn("staff"), isDn("12ab-34")]).toEqual([true, false, false]);
});

test("a server is named by scheme, name or address, and port", () => {
  expect(parseServer("ldaps://DC1.example.test")).toMatchObject({
    host: "dc1.example.test",
    port: 636,
    implicitTls: true,
  });
  expect(parseServer("ldap://[2001:db8::5]:3890")).toMatchObject({
    host: "2001:db8::5",
    port: 3890,
    implicitTls: false,
  });
  expect(parseServer("ldap://192.168.1.5/")).toMatchObject({ host: "192.168.1.5", port: 389 });
  for (const wrong of [
    "dc1.example.test",
    "http://dc1",
    "ldap://",
    "ldap://a b",
    "ldap://user@host",
    "ldap://host:0",
    "ldaps://[::1",
  ])
    expect(parseServer(wrong)).toBeString();
});

const AD = (data: string) =>
  `80090308: LdapErr: DSID-0C09041C, comment: AcceptSecurityContext error, data ${data}, v4563`;

test.each([
  [{ code: 49, message: "Invalid Credentials" }, "wrong"],
  [{ code: 49, message: AD("52e") }, "wrong"],
  // A locked account is told to whoever guesses, too: it must not sound different.
  [{ code: 49, message: AD("775") }, "wrong"],
  [{ code: 49, message: AD("532") }, "expired"],
  [{ code: 49, message: AD("773") }, "expired"],
  [{ code: 49, message: AD("701") }, "expired"],
  [{ code: 49, message: AD("533") }, "disabled"],
  [{ code: 49, message: AD("530") }, "disabled"],
  [{ code: 48, message: "" }, "wrong"],
  [{ code: 51, message: "" }, "away"],
  [{ code: 52, message: "" }, "away"],
  [{ code: 53, message: "" }, "away"],
  [{ code: 8, message: "" }, "away"],
  [{ code: 13, message: "TLS required" }, "away"],
] as const)("the result %p of a bind means %s", (result, kind) => {
  expect(bindRefusal(result).kind).toBe(kind);
});

test("who does not know the password hears nothing but that", () => {
  for (const data of ["525", "52e", "775"])
    expect(bindRefusal({ code: 49, message: AD(data) }).sentence).toBeUndefined();
});

test("results are told in words, with the server's own where it has some", () => {
  expect(describeResult({ code: 51, message: "" })).toBe("the server is busy");
  expect(describeResult({ code: 53, message: "no\r\nwrites Code: 0x35" })).toBe(
    "the server is not willing to do this (no writes)",
  );
  expect(describeResult({ code: 4_097, message: "" })).toBe("result code 4097");
});

test("names and refusals are read as quickly, whatever a directory says", () => {
  const blanks = " ".repeat(20_000);
  const begun = processorMs();
  expect(comparableDn(`cn${blanks}=${blanks}a${blanks}b${blanks},dc=x`)).toBe(`cn=a${blanks}b,dc=x`);
  expect(comparableDn(`${blanks}a${blanks}b`)).toBe(`a${blanks}b`);
  expect(bindRefusal({ code: 52, message: `busy${blanks}now  Code: 0x34` }).detail).toContain("busy now");
  expect(processorMs() - begun).toBeLessThan(300);
});
