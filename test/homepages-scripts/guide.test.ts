/** The examples of docs/homepage-scripts.md, run as they stand there. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { form, House } from "./house.ts";

const guide = readFileSync(join(import.meta.dir, "..", "..", "docs", "homepage-scripts.md"), "utf8");
const examples = new Map(
  [...guide.matchAll(/^`([\w.]+)`:\n\n```html\n(.*?)^```$/gms)].map(([, name = "", source = ""]) => [name, source]),
);

let house: House;

beforeAll(async () => {
  house = await House.build();
});
afterAll(() => house.close());

const example = (name: string): string => {
  const source = examples.get(name);
  if (source === undefined) throw new Error(`the guide has no ${name}`);
  return source;
};

test("the guide's examples are these", () => {
  expect([...examples.keys()]).toEqual(["hello.html", "counter.html", "guestbook.html", "contact.html"]);
});

test("a first page", async () => {
  const text = await house.text(example("hello.html"), { query: "?name=%3Cb%3EZo%C3%AB" });
  expect(text).toContain("<h1>Hello, &lt;b&gt;Zoë</h1>");
  expect(text.match(/Good (?:morning|day)\./g)).toHaveLength(1);
  expect(await house.text(example("hello.html"))).toContain("Hello, stranger");
});

test("a counter", async () => {
  const numbers = [];
  for (let i = 0; i < 3; i++) numbers.push(/number (\d+)/.exec(await house.text(example("counter.html")))?.[1]);
  expect(numbers).toEqual(["1", "2", "3"]);
});

test("a guest book", async () => {
  const source = example("guestbook.html");
  for (const text of ["First!", "<script>alert(1)</script>"]) {
    const { status, headers } = await house.ask(source, form({ name: "Zoë & co", text }));
    expect([status, headers.get("location")]).toEqual([303, "guestbook.html"]);
  }
  await house.ask(source, form({ name: "", text: "nobody" }));
  const text = await house.text(source);
  expect(text.match(/<article>/g)).toHaveLength(2);
  expect(text.indexOf("&lt;script&gt;alert(1)&lt;/script&gt;")).toBeLessThan(text.indexOf("First!"));
  expect(text).toContain("<h2>Zoë &amp; co</h2>");
});

test("a contact form", async () => {
  const source = example("contact.html");
  expect(await house.text(source)).toContain('<form method="post">');
  const sent = await house.ask(source, form({ name: "Zoë", address: "zoe@example.org", text: "Hello" }));
  expect([sent.status, sent.headers.get("location")]).toEqual([303, "contact.html?sent"]);
  expect(await house.text(source, { query: "?sent" })).toContain("Thank you");
  const refused = await house.text(source, form({ name: "Zoë", address: "nobody", text: "Hello <again>" }));
  expect(refused).toContain("This is no mail address");
  expect(refused).toContain("Hello &lt;again&gt;</textarea>");
  const letters = await house.messages(house.folderId("anna"));
  expect(letters).toHaveLength(1);
  expect(letters[0]?.text).toContain("Subject: From my home page");
});
