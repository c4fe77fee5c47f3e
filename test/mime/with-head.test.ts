import { expect, test } from "bun:test";
import { encodeStructure, imapEnvelope, parseStructure } from "../../src/mime/mime.ts";
import { withHead } from "../../src/mime/with-head.ts";
import { tortureMessages } from "./torture.ts";

const HEAD = Buffer.from(
  "Return-Path: <ann@example.org>\r\nReceived: from there by here;\r\n Mon, 7 Feb 1994 21:52:25 -0800\r\n",
);

test("fields set in front of a message leave its structure as if they had been there", () => {
  for (const { name, bytes } of tortureMessages()) {
    const whole = parseStructure(Buffer.concat([HEAD, bytes]));
    const later = withHead(parseStructure(bytes), HEAD);
    expect([name, Buffer.from(encodeStructure(later))]).toEqual([name, Buffer.from(encodeStructure(whole))]);
    expect([name, imapEnvelope(later.root)]).toEqual([name, imapEnvelope(whole.root)]);
    expect([name, Buffer.from(later.headerBytes.subarray(0, whole.headerBytes.length))]).toEqual([
      name,
      Buffer.from(whole.headerBytes),
    ]);
  }
});
