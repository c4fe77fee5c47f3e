/** Holds the floors of the house: a room imports only rooms on lower floors, and no files import each other in a circle. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const ROOT = join(import.meta.dir, "..");

/** From the cellar up. Rooms of one floor do not know each other. */
const FLOORS: readonly (readonly string[])[] = [
  ["src/refusal.ts", "src/turns.ts", "src/version.ts"],
  ["src/store", "src/net", "src/mime", "views"],
  ["src/directory", "src/mailstore", "src/files", "src/filter", "src/sieve", "src/lists", "src/news", "src/groupware"],
  ["src/transport", "src/auth", "src/gateway"],
  ["src/administration"],
  ["src/services", "src/web"],
  ["src/appliance.ts", "src/appliance"],
  ["src/cli"],
  ["src/main.ts"],
];

/** The filter judges for mailboxes by what lies in them, so it stands on these rooms of its floor. */
const stands = (room: string, on: string) =>
  room === "src/filter" && (on === "src/directory" || on === "src/mailstore");

/** Rooms that are divided: each folder in them is a room of its own that its siblings do not import. */
const DIVIDED = ["src/services"];

interface Place {
  readonly floor: number;
  readonly room: string;
}

function placeOf(file: string): Place {
  for (const [floor, rooms] of FLOORS.entries()) {
    for (const room of rooms) {
      if (file !== room && !file.startsWith(`${room}/`)) continue;
      const inner = file.slice(room.length + 1).split("/");
      const divided = DIVIDED.includes(room) && inner.length > 1;
      return { floor, room: divided ? `${room}/${inner[0]}` : room.replace(/\.ts$/, "") };
    }
  }
  throw new Error(`${file} stands on no floor`);
}

function sources(): string[] {
  const glob = new Bun.Glob("{src,views}/**/*.{ts,tsx}");
  return [...glob.scanSync({ cwd: ROOT })].sort();
}

interface Import {
  readonly to: string;
  readonly typeOnly: boolean;
}

const IMPORT = /^(?:import|export)\s+(type\s+)?(?:[^"';]*?\sfrom\s+)?"(\.[^"]+)"|\bimport\("(\.[^"]+)"\)/gm;

function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), "utf8");
  return [...text.matchAll(IMPORT)].map((match) => ({
    to: relative(ROOT, join(ROOT, dirname(file), match[2] ?? match[3] ?? "")),
    typeOnly: match[1] !== undefined,
  }));
}

test("every import leads to a lower floor or stays in its room", () => {
  const wrong: string[] = [];
  for (const file of sources()) {
    const from = placeOf(file);
    for (const { to } of importsOf(file)) {
      if (!/^(src|views)\//.test(to)) continue;
      const target = placeOf(to);
      // The ground floor's store is under every other room, also beside it: it alone is shared within the floor.
      const shared = from.floor === target.floor && (target.room === "src/store" || stands(from.room, target.room));
      if (target.room !== from.room && target.floor >= from.floor && !shared) wrong.push(`${file} -> ${to}`);
    }
  }
  expect(wrong).toEqual([]);
});

test("no files import each other in a circle", () => {
  const graph = new Map(
    sources().map((file) => [
      file,
      importsOf(file)
        .filter(({ typeOnly }) => !typeOnly)
        .map(({ to }) => to),
    ]),
  );
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: string[]): void => {
    if (path.includes(file)) {
      circles.push([...path.slice(path.indexOf(file)), file].join(" -> "));
      return;
    }
    if (done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  expect(circles).toEqual([]);
});

test("the rule is broken by an import upward", () => {
  expect(placeOf("src/store/store.ts").floor).toBeLessThan(placeOf("src/mailstore/view.ts").floor);
  expect(placeOf("src/services/imap/session.ts").room).not.toBe(placeOf("src/services/smtp/session.ts").room);
  expect(() => placeOf("src/utils/helper.ts")).toThrow("stands on no floor");
});
