import { expect, test } from "bun:test";
import type { Event } from "../../src/store/events.ts";
import { storyOf } from "../../src/transport/traces/story.ts";

const NAMES = { mailbox: (id: number) => `mailbox ${id}`, folder: (_: number, id: number) => `folder ${id}` };

const event = (name: string, rest: Partial<Event> = {}): Event => ({
  ...{ at: 1, level: "info", room: "transport", trace: "t", name },
  ...rest,
});

const told = (...events: Event[]) =>
  storyOf(events, "t", NAMES).map(({ title, text, details, mood }) => [title, text, details.join("; "), mood]);

test("a message's way is told in plain words, one step for each event", () => {
  const findings = [
    { test: "spf", result: "fail", points: 1.52, sentence: "192.0.2.1 may not send for x.test." },
    { test: "dkim", result: "none", points: 0, sentence: "There is no signature." },
  ];
  expect(
    told(
      event("message.judged", { room: "filter", data: { findings, junk: [3] } }),
      event("message.accepted", {
        ...{ text: "From <a@x.test> to b@home.test", remote: "192.0.2.1" },
        data: { helo: "mx", hostname: "mx.x.test", tls: "TLSv1.3", protocol: "ESMTPS", size: 1_200, origin: "smtp" },
      }),
      event("sieve.sorted", { text: "kept in Work" }),
      event("message.delivered", { data: { delivered: [{ mailbox: 3, folder: 4, uid: 1 }] } }),
      event("message.queued"),
    ),
  ).toEqual([
    [
      ...["Checks", "Taken for junk."],
      "spf fail (+1.5): 192.0.2.1 may not send for x.test.; dkim none: There is no signature.",
      "waiting",
    ],
    [
      ...["Accepted", "From <a@x.test> to b@home.test."],
      "From the client mx.x.test [192.0.2.1], which calls itself mx; Encrypted: TLSv1.3; Protocol: ESMTPS; 1,200 octets",
      "good",
    ],
    ["Rules", "kept in Work", "", "plain"],
    ["Delivered", "It is in mailbox 3, folder folder 4.", "", "good"],
    ["Queue", "It is put into the queue for other servers.", "", "plain"],
  ]);
});

test("what other servers say is told with what it means", () => {
  const to = ["x@far.test", "y@far.test"];
  const [put, sent, back] = told(
    event("message.deferred", {
      text: "mx [192.0.2.1] refused the recipient for now: 450 Greylisted",
      data: { to, recipients: 3, next: 0 },
    }),
    event("message.sent", { remote: "mx [192.0.2.1]", text: "250 Taken", data: { to } }),
    event("message.bounced", { text: "That shop has closed.", data: { to: ["x@far.test"] } }),
  );
  expect(put).toEqual([
    "Put off",
    "It waits for x@far.test, y@far.test and 1 more.",
    expect.stringMatching(/\(greylisting\).*450 Greylisted; Next try: 1970-01-01T00:00:00.000Z$/),
    "waiting",
  ]);
  expect(sent).toEqual(["Sent", "mx [192.0.2.1] took it for x@far.test, y@far.test.", "250 Taken", "good"]);
  expect(back).toEqual(["Returned", "It could not be delivered for x@far.test.", "That shop has closed.", "bad"]);
});

test("an event that nobody foresaw stands with its own words, and what came of a message is marked", () => {
  expect(
    told(
      event("moon.rose", { text: "It is full.", level: "warn" }),
      event("report.sent", { trace: "u", text: "Told." }),
    ),
  ).toEqual([
    ["moon.rose", "It is full.", "", "waiting"],
    ["Report (what came of it)", "Told.", "", "plain"],
  ]);
  expect(told(event("session.ended"))).toEqual([]);
  // Whatever stands in the data, nothing is thrown.
  expect(
    told(
      event("message.delivered", { data: { delivered: [null, 3] } }),
      event("message.judged", { data: { findings: 1 } }),
    ),
  ).toHaveLength(2);
});
