/** The first words of messages: kept when they are indexed, read until then, gone with the message. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { House } from "../webmail/house.ts";

let house: House;
let inbox: number;
beforeAll(async () => {
  house = await House.build();
  inbox = house.folderId("ann");
});
afterAll(async () => await house.close());

const stored = () => house.store.client.query("SELECT words FROM previews ORDER BY content").values().flat();
const contentOf = async (text: string): Promise<number> => {
  const uid = await house.put(inbox, text);
  return house.mailstore.contentOf(inbox, uid) ?? 0;
};

test("words are there at once, are kept with the index, and go with the message", async () => {
  const { mailstore } = house;
  const html = '<style>p { color: red }</style><p>Dear&nbsp;Ann,</p>\n<p>see <a href="x">this</a>.</p>';
  const content = await contentOf(`Subject: a\nContent-Type: text/html\n\n${html}\n`);
  expect(mailstore.previews.soon(content)).toBe("Dear Ann, see this.");
  expect(stored()).toEqual([]);
  await mailstore.index.catchUp();
  expect(stored()).toEqual(["Dear Ann, see this."]);
  await mailstore.expunge(
    inbox,
    (await house.messages(inbox)).map(({ uid }) => uid),
  );
  await mailstore.index.catchUp();
});

test("what cannot be indexed whole has them, too; what says nothing has none", async () => {
  const { mailstore } = house;
  const long = await contentOf(`Subject: b\n\nAt the beginning. ${"word ".repeat(200_000)}\n`);
  const empty = await contentOf("Subject: c\n\n\n");
  const invitation = await contentOf("Subject: d\nContent-Type: text/calendar\n\nBEGIN:VCALENDAR\n");
  await mailstore.index.catchUp();
  expect(mailstore.previews.of(long)).toStartWith("At the beginning. word");
  expect(mailstore.previews.of(long).length).toBeLessThanOrEqual(200);
  expect(mailstore.previews.of(empty)).toBe("");
  expect(mailstore.previews.of(invitation)).toBe("");
  expect(stored()).toHaveLength(3);
});
