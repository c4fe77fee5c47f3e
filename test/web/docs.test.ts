import { expect, test } from "bun:test";
import { join } from "node:path";
import { webSettings } from "../../src/web/settings.ts";

test("docs/web.md names every setting with its default and meaning", async () => {
  const page = await Bun.file(join(import.meta.dir, "..", "..", "docs", "web.md")).text();
  const defaults: Readonly<Record<string, unknown>> = webSettings.schema.parse({});
  for (const [name, { description }] of Object.entries(webSettings.schema.shape)) {
    const value = Array.isArray(defaults[name]) ? "none" : String(defaults[name]);
    expect(page).toContain(`| \`web.${name}\` | ${value} | ${description} |`);
  }
});
