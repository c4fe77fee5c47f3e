/** The sheets say where things stand by the direction of lines (CSS Logical Properties 1), so that pages read from either side. */
import { expect, test } from "bun:test";

const SIDES = /\b(?:left|right)\b/;
/** What the screen's own edges take away lies where it lies. */
const DEVICE = /env\(safe-area-inset-(?:left|right)\)/g;
const FOUR = new Set(["margin", "padding", "inset", "border-width", "border-color", "border-style"]);

/** The parts of a value that stand between blanks outside of brackets. */
const partsOf = (value: string): readonly string[] => value.match(/(?:[^\s(]|\((?:[^()]|\([^()]*\))*\))+/g) ?? [];

/** Whether a declaration says another thing of the left than of the right. */
function physical(property: string, value: string): boolean {
  const told = value.replace(DEVICE, "");
  if (property !== "--end" && (SIDES.test(property) || SIDES.test(told))) return true;
  const [first, second, third, fourth] = partsOf(told);
  if (property === "border-radius")
    return (second ?? first) !== first || (third !== undefined && (fourth ?? second) !== third);
  if (property === "translate" && second !== undefined) return Number.parseFloat(first ?? "") !== 0;
  return FOUR.has(property) && fourth !== undefined && second !== fourth;
}

test("what is physical is known", () => {
  const known = [
    ["margin-left", "0"],
    ["text-align", "right"],
    ["padding", "1px 2px 3px 4px"],
    ["inset", "0 auto auto calc(100% - (2px + 1px))"],
    ["border-radius", "4px 0 0 4px"],
    ["translate", "1rem 0"],
    ["background", "linear-gradient(to right, red, blue)"],
  ] as const;
  expect(known.filter(([property, value]) => !physical(property, value))).toEqual([]);
  const logical = [
    ["padding", "1px 2px 3px 2px"],
    ["padding", "0 max(1rem, env(safe-area-inset-right)) 0 max(1rem, env(safe-area-inset-left))"],
    ["inset", "0 auto auto"],
    ["border-radius", "0 0 4px 4px"],
    ["translate", "0 -50%"],
    ["background", "linear-gradient(to var(--end), red, blue)"],
  ] as const;
  expect(logical.filter(([property, value]) => physical(property, value))).toEqual([]);
});

test("no sheet knows left and right", async () => {
  const wrong: string[] = [];
  for await (const file of new Bun.Glob("**/*.css").scan("views")) {
    const rules = (await Bun.file(`views/${file}`).text()).replace(/\/\*[\s\S]*?\*\//g, "");
    for (const [, property = "", value = ""] of rules.matchAll(/(?<=[{;]\s*)([\w-]+):\s*([^;{}]+);/g))
      if (physical(property, value.replace(/\s+/g, " ").trim())) wrong.push(`${file}: ${property}: ${value}`);
  }
  expect(wrong).toEqual([]);
});
