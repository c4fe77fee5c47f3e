import { expect, test } from "bun:test";
import { serverText } from "../../src/gateway/ftp/remote.ts";
import { halves, parseDestination, parseServer } from "../../src/services/ftp/proxy/destination.ts";

test.each([
  ["anna@ftp.example.org", { name: "anna", host: "ftp.example.org", port: 21, login: undefined }],
  ["anna@FTP.Example.ORG.:2121", { name: "anna", host: "ftp.example.org", port: 2121, login: undefined }],
  [
    "anna@example.org@ftp.example.org",
    { name: "anna@example.org", host: "ftp.example.org", port: 21, login: undefined },
  ],
  ["anna@[2001:DB8::1]:990", { name: "anna", host: "2001:db8::1", port: 990, login: undefined }],
  ["anna@ftp.example.org bert", { name: "anna", host: "ftp.example.org", port: 21, login: "bert" }],
  ["anna@0x7f.1", { name: "anna", host: "127.0.0.1", port: 21, login: undefined }],
])("USER %s", (text, wanted) => {
  expect(parseDestination(text)).toEqual(wanted);
});

test.each([
  "anna",
  "@ftp.example.org",
  "anna@",
  "anna@ftp.example.org:0",
  "anna@ftp.example.org:65536",
  "anna@ftp.example.org:21x",
  "anna@2001:db8::1",
  "anna@[2001:db8::1",
  "anna@ftp..example",
  "anna@ftp/example",
  "anna@ftp.example.org bert carol",
  `anna@${"a".repeat(300)}`,
])("USER %s names no server", (text) => {
  expect(parseDestination(text)).toBeUndefined();
});

test("SITE takes a blank before the port as well", () => {
  expect(parseServer("ftp.example.org 2121")).toEqual({ host: "ftp.example.org", port: 2121 });
});

test("the last @ parts name and login", () => {
  expect(halves("a@b@c")).toEqual({ first: "a@b", last: "c" });
  expect(halves("@c")).toBeUndefined();
  expect(halves("abc")).toBeUndefined();
});

test("a server is written as it was meant", () => {
  expect(serverText({ host: "2001:db8::1", port: 21 })).toBe("[2001:db8::1]");
  expect(serverText({ host: "ftp.example.org", port: 990 })).toBe("ftp.example.org:990");
});
