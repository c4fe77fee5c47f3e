/** Pages are compressed for whoever asks of himself, and for nobody that another site sends. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { brotliDecompressSync } from "node:zlib";
import { smallerScript, smallerSheet } from "../../src/web/smaller.ts";
import { until } from "../harness.ts";
import { House } from "./house.ts";

let house: House;
beforeAll(async () => {
  house = await House.build();
});
afterAll(async () => {
  await house.close();
});

const login = async (headers: Record<string, string>) => {
  const request = new Request("http://gatepost.test/login?next=/admin", { headers });
  const response = await house.web.fetch(request, { address: "127.0.0.1", secure: true });
  return { response, octets: await response.bytes(), encoding: response.headers.get("content-encoding") };
};

test("a page goes out small, with all that the answer says", async () => {
  const plain = await login({});
  expect(plain.encoding).toBeNull();
  const asked = { "accept-encoding": "gzip, deflate, br, zstd", "sec-fetch-site": "none" };
  const packed = await login(asked);
  expect(packed.encoding).toBe("br");
  expect(packed.octets.length).toBeLessThan(plain.octets.length / 2);
  expect(brotliDecompressSync(packed.octets).length).toBeCloseTo(plain.octets.length, -2);
  expect(packed.response.headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(packed.response.headers.getSetCookie().length).toBe(plain.response.headers.getSetCookie().length);
  const newer = await login({ ...asked, "accept-encoding": "gzip, zstd" });
  expect(newer.encoding).toBe("zstd");
  expect(Bun.zstdDecompressSync(newer.octets).length).toBeCloseTo(plain.octets.length, -2);
  const zipped = await login({ ...asked, "accept-encoding": "gzip" });
  expect(zipped.encoding).toBe("gzip");
  expect(Bun.gunzipSync(zipped.octets).length).toBeCloseTo(plain.octets.length, -2);
});

test("another site that has a page asked for learns nothing from its length", async () => {
  for (const site of ["cross-site", "same-site"]) {
    const { encoding } = await login({ "accept-encoding": "gzip, zstd", "sec-fetch-site": site });
    expect({ site, encoding }).toEqual({ site, encoding: null });
  }
  expect((await login({ "accept-encoding": "gzip, zstd" })).encoding).toBeNull();
});

test("sheets and scripts lose what only their readers need", () => {
  const sheet =
    '/* a "comment; { */ .a::before ,\n .b { content: " ; /* no */ " ;\n width: calc(1px + 2px); background: url(x;y.svg) }';
  expect(smallerSheet(sheet)).toBe(
    '.a::before,.b{content: " ; /* no */ ";width: calc(1px + 2px);background: url(x;y.svg)}'.replace(/^/, " "),
  );
  expect(smallerScript("(() => {\n  // why\n  const word = 'a  b';\n  go(word);\n})();")).not.toContain("why");
});

test("a file is sent in its smallest form as soon as there is one", async () => {
  const { response, octets } = await login({});
  expect(response.status).toBe(200);
  const address = /href="(\/assets\/[^"]+\/style\.css)"/.exec(new TextDecoder().decode(octets))?.[1] ?? "";
  const get = async () =>
    await house.web.fetch(
      new Request(`http://gatepost.test${address}`, { headers: { "accept-encoding": "gzip, br, zstd" } }),
      { address: "127.0.0.1", secure: true },
    );
  expect((await get()).headers.get("content-encoding")).toBe("zstd");
  await until(async () => (await get()).headers.get("content-encoding") === "br", "the smallest form");
  expect((await (await get()).bytes()).length).toBeLessThan(11_000);
});
