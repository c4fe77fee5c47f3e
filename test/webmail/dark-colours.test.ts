import { expect, test } from "bun:test";
import { BothPapers, darkColour, PAPER } from "../../src/web/webmail/dark-colours.ts";

const papers = new BothPapers();

test("white paper becomes dark paper, black ink light ink, and what suits stays", () => {
  expect(darkColour("white", "ground")).toBe(PAPER);
  expect(darkColour("#000", "ground")).toBe("#000000");
  expect(darkColour("#fff", "ink")).toBe("#ffffff");
  expect(darkColour("#000", "ink")).toMatch(/^#e[\da-f]e[\da-f]e[\da-f]$/);
  expect(darkColour("transparent", "ground")).toBeUndefined();
  expect(darkColour("constructor", "ink")).toBeUndefined();
  expect(darkColour("rgba(0,0,0,.5)", "ink")).toEndWith("80");
});

/** Relative luminance and contrast (WCAG 2.2). */
function contrast(one: string, other: string): number {
  const light = (colour: string) => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255);
    const linear = (part: number) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  };
  const [more = 0, less = 0] = [light(one), light(other)].sort((a, b) => b - a);
  return (more + 0.05) / (less + 0.05);
}

test("what could be read on white can be read on dark paper", () => {
  for (const ink of ["#000", "#333", "#666", "#0000ee", "#b00020", "#006400", "#800080", "#5f6368"])
    expect({ ink, enough: contrast(darkColour(ink, "ink") ?? "", PAPER) >= 4.5 }).toEqual({ ink, enough: true });
  // Dark words on a yellow note, and on a pale blue one.
  for (const ground of ["#fff3cd", "#e8f0fe", "#f4f4f4", "#ffcc00"])
    expect(contrast(darkColour("#333", "ink") ?? "", darkColour(ground, "ground") ?? "")).toBeGreaterThan(4.5);
});

test("colours within values have both, and what is quoted or an address has none", () => {
  expect(papers.of("1px solid #ddd", "line")).toMatch(/^1px solid light-dark\(#ddd, #[\da-f]{6}\)$/);
  expect(papers.of('url("/red/blue.png") white', "ground")).toBe(`url("/red/blue.png") light-dark(white, ${PAPER})`);
  expect(papers.of("none", "ground")).toBeUndefined();
  expect(papers.of("inherit", "ink")).toBeUndefined();
  expect(papers.ruleForAttribute("bgcolor", "ffffff")).toBe(
    `:where([bgcolor="ffffff"]) { background-color: light-dark(#ffffff, ${PAPER}) }`,
  );
});
