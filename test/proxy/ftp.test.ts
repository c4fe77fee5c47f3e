/** ftp:// through the web proxy with a server that does as told: what is barred, cut, broken off, and what stands behind a request. */
import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { GateRefusal } from "../../src/gateway/visit.ts";
import { House, type Raw, RawOrigin } from "./house.ts";

let house: House;
const origins: RawOrigin[] = [];

beforeAll(async () => {
  house = await House.build();
});
afterEach(() => {
  for (const origin of origins.splice(0)) origin.close();
  expect(house.faults).toEqual([]);
});
afterAll(() => house.close());

interface Told {
  /** What the data connection gives. */
  readonly data?: (raw: Raw) => void | Promise<void>;
  /** The reply behind a transfer. */
  readonly end?: string;
  /** Of SIZE; where left out the server does not know. */
  readonly size?: number;
  readonly login?: (raw: Raw) => Promise<void>;
}

/** A server, and the commands it has heard. */
function serve({ data = (raw) => raw.write("hello"), end = "226 Done.", size, login }: Told = {}) {
  const heard: string[] = [];
  const over = Promise.withResolvers<void>();
  const passive = new RawOrigin(async (raw) => {
    await data(raw);
    raw.close();
    over.resolve();
  });
  const replies: Readonly<Record<string, string>> = {
    ...{ USER: "230 In.", TYPE: "200 So be it.", CWD: "250 There.", EPSV: `229 Passive (|||${passive.port}|)` },
    ...(size !== undefined && { SIZE: `213 ${size}` }),
  };
  const control = new RawOrigin(async (raw) => {
    raw.write("220 Ready.\r\n");
    for (;;) {
      const line = (await raw.until(/\r\n/).catch(() => "")).trim();
      if (line === "") return raw.close();
      heard.push(line);
      const verb = line.split(" ", 1)[0] as string;
      if (verb === "USER") await login?.(raw);
      const transfers = verb === "RETR" || verb === "MLSD";
      raw.write(`${transfers ? "150 Here." : (replies[verb] ?? "502 No.")}\r\n`);
      if (!transfers) continue;
      await over.promise;
      raw.write(`${end}\r\n`);
    }
  });
  origins.push(passive, control);
  return { heard, url: (path: string) => `ftp://${control.at()}${path}`, control };
}

const get = (url: string, more = "Connection: close\r\n\r\n", version = "1.1") =>
  `GET ${url} HTTP/${version}\r\nHost: x\r\n${more}`;
const bodyOf = (text: string) => text.slice(text.indexOf("\r\n\r\n") + 4);

test("addresses, media types and sizes that are not wanted are not fetched", async () => {
  await house.set({ barredTypes: ["video/*"], barredUrls: ["*.exe"], maxResponse: 10 });
  const status = async (path: string, told?: Told, more?: string) => {
    const { url, heard } = serve(told);
    const answer = await house.say(get(url(path), more));
    return [answer.slice(9, 12), heard.length > 0];
  };
  expect(await status("/a/x.bin")).toEqual(["200", true]);
  expect(await status("/a/setup.exe;type=i")).toEqual(["403", false]);
  expect(await status("/a/setup%2e%65xe")).toEqual(["403", false]);
  expect(await status("/a/x.mp4")).toEqual(["403", true]);
  expect(await status("/a/x.bin", { size: 11 })).toEqual(["403", true]);
  expect(await status("/a/x.bin", { size: 5 })).toEqual(["200", true]);
  const { url } = serve({ data: (raw) => raw.write("x".repeat(100)) });
  expect(await house.say(get(url("/long")))).not.toContain("0\r\n\r\n");
  expect(house.gateway.trips.at(-1)?.why?.kind).toBe("barred");
  expect(house.gateway.refusals).toEqual(["ftp site.test", "ftp site.test"]);
  await house.set({ barredTypes: [], barredUrls: [], maxResponse: 0 });
});

test("what stands behind a request is no request", async () => {
  const { url } = serve();
  const hidden = "GET http://hidden.test/ HTTP/1.1\r\nHost: x\r\n\r\n";
  const answer = await house.say(get(url("/file"), `Content-Length: ${hidden.length}\r\n\r\n${hidden}`));
  expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1);
  expect(answer).toContain("Connection: close\r\n");
  expect(house.gateway.trips.some(({ host }) => host === "hidden.test")).toBe(false);
});

test("a file of unknown size is whole when its server says so, and not before", async () => {
  const whole = serve();
  expect(bodyOf(await house.say(get(whole.url("/file"))))).toBe("5\r\nhello\r\n0\r\n\r\n");
  const broken = serve({ end: "426 Broken off." });
  expect(bodyOf(await house.say(get(broken.url("/file"))))).not.toContain("0\r\n\r\n");
});

test("a trip that is cut is told as long as it can be, and ends the answer after that", async () => {
  const cut = () => house.gateway.trips.at(-1)?.cut?.(new GateRefusal("quota", "Used up."));
  const early = serve({
    login: async () => cut(),
  });
  expect(await house.say(get(early.url("/file")))).toMatch(/^HTTP\/1\.1 429 [\s\S]*Used up\./);
  let go = () => {};
  const late = serve({
    size: 100,
    data: async (raw) => {
      raw.write("hello");
      await new Promise<void>((resolve) => {
        go = resolve;
      });
    },
  });
  const client = await house.dial();
  client.write(get(late.url("/file")));
  await client.until(/hello$/);
  cut();
  expect(await client.rest()).toBe("");
  go();
});

test("a listing that comes line by line has its time", async () => {
  await house.set({ responseTimeout: 0.3 });
  const { url } = serve({
    data: async (raw) => {
      for (let line = 0; !raw.ended && line < 200; line++) {
        raw.write(`type=file; file${line}\r\n`);
        await Bun.sleep(20);
      }
    },
  });
  expect(await house.say(get(url("/folder/")))).toStartWith("HTTP/1.1 504 ");
  await house.set({ responseTimeout: 300 });
});
