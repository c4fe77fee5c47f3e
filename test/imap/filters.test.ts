/** Filters by name (RFC 5466). */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { Client } from "./client.ts";
import { House, message } from "./house.ts";

let house: House;
let ann: Client;

beforeAll(async () => {
  house = await House.build();
  await house.deliver([message("lunch"), message("report"), message("lunch again")]);
  ann = await house.select();
});
afterEach(() => expect(house.faults.splice(0)).toEqual([]));
afterAll(async () => await house.close());

const set = async (name: string, program: string) =>
  await ann.ok(`SETMETADATA "" (/private/filters/values/${name} {${program.length}+}\r\n${program})`);

describe("FILTER", () => {
  test("stands for the program that was stored under its name, in any case", async () => {
    await set("Lunch", 'OR SUBJECT "lunch" SUBJECT dinner');
    expect(await ann.ok("SEARCH FILTER lunch")).toEqual(["SEARCH 1 3"]);
    expect(await ann.ok("UID SEARCH NOT FILTER LUNCH")).toEqual(["SEARCH 2"]);
    expect(await ann.ok("SEARCH FILTER lunch SUBJECT again")).toEqual(["SEARCH 3"]);
    expect(await ann.ok("SORT (REVERSE ARRIVAL) UTF-8 FILTER lunch")).toHaveLength(1);
  });

  test("may name others, and takes changes up at once", async () => {
    await set("both", "FILTER lunch SUBJECT again");
    expect(await ann.ok("SEARCH FILTER both")).toEqual(["SEARCH 3"]);
    await set("lunch", "SUBJECT report");
    expect(await ann.ok("SEARCH FILTER both")).toEqual(["SEARCH"]);
  });

  test("that is undefined, or another's, or cannot be read, is refused", async () => {
    expect(await ann.fails("SEARCH FILTER none")).toStartWith("NO [UNDEFINED-FILTER none]");
    const ben = await house.select("INBOX", "ben");
    expect(await ben.fails("SEARCH FILTER lunch")).toStartWith("NO [UNDEFINED-FILTER lunch]");
    for (const bad of ["SUBJECT", "NO SUCH KEY", "SUBJECT {5}", "(ALL", "ALL ALL)", ""]) {
      await set("bad", bad);
      expect(await ann.fails("SEARCH FILTER bad")).toStartWith("NO [UNDEFINED-FILTER bad]");
    }
    expect(await ann.fails("SEARCH FILTER")).toStartWith("BAD");
  });

  test("cannot grow without end", async () => {
    await set("self", "NOT FILTER self");
    expect(await ann.fails("SEARCH FILTER self")).toStartWith("NO [UNDEFINED-FILTER self]");
    for (let level = 0; level < 12; level++) {
      await set(
        `n${level}`,
        Array(10)
          .fill(level === 11 ? "ALL" : `FILTER n${level + 1}`)
          .join(" "),
      );
    }
    expect(await ann.fails("SEARCH FILTER n0")).toStartWith("NO [UNDEFINED-FILTER");
    expect(await ann.ok("SEARCH FILTER n10")).toEqual(["SEARCH 1 2 3"]);
  });
});
