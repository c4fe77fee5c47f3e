import { describe, expect, test } from "bun:test";
import { invitationIn, replyTo } from "../../src/mime/invitation.ts";
import { zoneMoment, zoneNamed } from "../../src/mime/zones.ts";
import { processorMs } from "../timing.ts";

const calendar = (lines: string, method = "REQUEST") =>
  `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:${method}\r\nBEGIN:VEVENT\r\n${lines.trim().replace(/\n/g, "\r\n")}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`;

const MEETING = calendar(`UID:meeting-1@else.example
SEQUENCE:2
DTSTAMP:20260301T080000Z
DTSTART;TZID=Europe/Berlin:20260330T100000
DTEND;TZID=Europe/Berlin:20260330T113000
SUMMARY:Plans\\, and\\nmore
LOCATION:Room 1
ORGANIZER;CN="Carol; Carter":mailto:carol@else.example
ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;CN=Ann:MAILTO:ann@home.example
ATTENDEE;PARTSTAT=ACCEPTED:mailto:bob@else.example
RRULE:FREQ=WEEKLY;COUNT=4`);

const at = (text: string) => Date.parse(text);

describe("an invitation", () => {
  test("is read with its times as moments", () => {
    expect(invitationIn(MEETING, "")).toMatchObject({
      ...{ method: "REQUEST", uid: "meeting-1@else.example", summary: "Plans, and\nmore", location: "Room 1" },
      start: { at: at("2026-03-30T08:00:00Z"), wholeDay: false, floating: false },
      end: { at: at("2026-03-30T09:30:00Z") },
      organizer: { address: "carol@else.example", name: "Carol; Carter" },
      attendees: [
        { address: "ann@home.example", name: "Ann", status: "needs-action" },
        { address: "bob@else.example", name: "", status: "accepted" },
      ],
      ...{ repeats: { frequency: "weekly", interval: 1 }, single: false, cancelled: false },
    });
  });

  test.each([
    ["DTSTART:20260330T100000Z", "2026-03-30T10:00:00Z", false, false],
    ["DTSTART;VALUE=DATE:20260330", "2026-03-30T00:00:00Z", true, false],
    ["DTSTART:20260330T100000", "2026-03-30T10:00:00Z", false, true],
    ["DTSTART;TZID=W. Europe Standard Time:20260130T100000", "2026-01-30T09:00:00Z", false, false],
    ["DTSTART;TZID=/x.org/2007/America/New_York:20260730T100000", "2026-07-30T14:00:00Z", false, false],
    ["DTSTART;TZID=My own:20260730T100000", "2026-07-30T10:00:00Z", false, true],
  ])("%s is a time", (line, when, wholeDay, floating) => {
    expect(invitationIn(calendar(line), "")?.start).toEqual({ at: at(when), wholeDay, floating });
  });

  test("ends by its duration, and of days with the last one", () => {
    const ends = (lines: string) => invitationIn(calendar(lines), "")?.end?.at;
    expect(ends("DTSTART:20260330T100000Z\nDURATION:PT1H30M")).toBe(at("2026-03-30T11:30:00Z"));
    expect(ends("DTSTART;VALUE=DATE:20260330\nDTEND;VALUE=DATE:20260402")).toBe(at("2026-04-01"));
    expect(ends("DTSTART;VALUE=DATE:20260330\nDTEND;VALUE=DATE:20260330")).toBe(at("2026-03-30"));
    expect(ends("DTSTART:20260330T100000Z")).toBeUndefined();
  });

  test("is called off by its method or its status", () => {
    expect(invitationIn(calendar("UID:1", "CANCEL"), "")?.cancelled).toBe(true);
    expect(invitationIn(calendar("UID:1\nSTATUS:CANCELLED"), "")?.cancelled).toBe(true);
  });

  test("that is none, or without end, is nothing", () => {
    expect(invitationIn("BEGIN:VCALENDAR\nBEGIN:VTODO\nEND:VTODO\nEND:VCALENDAR", "")).toBeUndefined();
    expect(invitationIn("hello", "")).toBeUndefined();
    expect(invitationIn("BEGIN:VCALENDAR\n".repeat(50_000), "")).toBeUndefined();
  });

  test("that is long where others are short is read soon", () => {
    const begun = processorMs();
    invitationIn(calendar(`X;${";".repeat(190_000)}=\n${" =\n".repeat(19_000)}`), "");
    invitationIn(calendar(`X;A=${'"",'.repeat(60_000)}:\n`.repeat(5)), "");
    expect(processorMs() - begun).toBeLessThan(300);
    expect(invitationIn(calendar("DTSTART:99999999T999999Z\nUID:1"), "")?.start?.at).toBeNumber();
    expect(invitationIn(calendar("ATTENDEE:mailto:a@b.example\n".repeat(5_000)), "")?.attendees).toHaveLength(500);
  });
});

test("an organizer is one address", () => {
  const organizer = (address: string) => invitationIn(calendar(`ORGANIZER:mailto:${address}`), "")?.organizer?.address;
  expect(organizer("carol%2Bwork@else.example")).toBe("carol+work@else.example");
  for (const hostile of [
    "a@b.example%0D%0ABcc:x@y.example",
    "a@b.example%2Cx@y.example",
    "a@b.example%20%3Cx@y.example%3E",
  ])
    expect(organizer(hostile)).toBeUndefined();
});

describe("an answer", () => {
  test("repeats what it is about, and says who answers what", () => {
    const invitation = invitationIn(MEETING, "");
    if (invitation === undefined) throw new Error("no invitation");
    const reply = replyTo(
      invitation,
      { address: "ann@home.example", name: 'Ann "A"\r\nX:1' },
      "ACCEPTED",
      at("2026-03-01"),
    );
    expect(reply.split("\r\n")).toEqual([
      ...["BEGIN:VCALENDAR", "PRODID:-//Gatepost//Webmail//EN", "VERSION:2.0", "METHOD:REPLY", "BEGIN:VEVENT"],
      ...["UID:meeting-1@else.example", "SEQUENCE:2", "DTSTART;TZID=Europe/Berlin:20260330T100000"],
      ...["DTEND;TZID=Europe/Berlin:20260330T113000", "SUMMARY:Plans\\, and\\nmore"],
      'ORGANIZER;CN="Carol; Carter":mailto:carol@else.example',
      "DTSTAMP:20260301T000000Z",
      'ATTENDEE;PARTSTAT=ACCEPTED;CN="Ann AX:1":mailto:ann@home.example',
      ...["REQUEST-STATUS:2.0;Success", "END:VEVENT", "END:VCALENDAR", ""],
    ]);
  });
});

test("zones are found by many names, and clocks are read in them", () => {
  expect(zoneNamed("Europe/Berlin")).toBe("Europe/Berlin");
  expect(zoneNamed("America/Argentina/Buenos_Aires")).toBe("America/Argentina/Buenos_Aires");
  expect(zoneNamed("constructor")).toBeUndefined();
  expect(zoneNamed("Nowhere/Land")).toBeUndefined();
  const clock = Date.UTC(2026, 2, 29, 12);
  expect(zoneMoment(clock, "Europe/Berlin")).toBe(Date.UTC(2026, 2, 29, 10));
  expect(zoneMoment(Date.UTC(2026, 2, 29, 1, 30), "Europe/Berlin")).toBe(Date.UTC(2026, 2, 29, 0, 30));
  expect(zoneMoment(Date.UTC(2026, 9, 25, 2, 30), "Europe/Berlin")).toBeLessThanOrEqual(Date.UTC(2026, 9, 25, 1, 30));
});
