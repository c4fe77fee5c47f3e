/**
 * Colours of a message for readers with dark pages: each colour that a stranger chose for white paper gets a companion for dark paper, of the
 * same hue, so that grounds become dark and ink light while what was dark already stays. CSS Color Module Level 5 §7.1 (light-dark()),
 * and Björn Ottosson's OKLab for lightness as people see it (CSS Color Module Level 4 §9.2).
 */

/** Dark paper: what white becomes. */
export const PAPER = "#161e19";
const WHITE = 0.99;
/** Colours of one message that are remembered; honest mail has some dozens. */
const MOST_REMEMBERED = 1_000;

/** What a colour is for. */
export type ColourRole = "ink" | "ground" | "line";

const ROLES: readonly (readonly [RegExp, ColourRole])[] = [
  [/^(?:color|text-decoration-color)$/, "ink"],
  [/^background/, "ground"],
  [/^border/, "line"],
];

/** A colour; what is quoted or an address is passed over. */
const TOKEN =
  /url\("[^"]*"\)|"[^"]*"|'[^']*'|#[\da-f]{3,8}\b|(?:rgb|hsl)a?\([^()]*\)|(?<![\w-])[a-z]{3,20}(?![\w(-])/gi;

/** The role of a property's colours; undefined where it has none. */
export const roleOf = (property: string): ColourRole | undefined => ROLES.find(([names]) => names.test(property))?.[1];

/** The colours of one message, each looked at once. */
export class BothPapers {
  readonly #companions = new Map<string, string | undefined>();

  /** A value with its colours for both kinds of paper; undefined where it names none. */
  of(value: string, role: ColourRole): string | undefined {
    let any = false;
    const both = value.replace(TOKEN, (token) => {
      const dark = /["']/.test(token) ? undefined : this.#companion(token, role);
      if (dark === undefined) return token;
      any = true;
      return `light-dark(${token}, ${dark})`;
    });
    return any ? both : undefined;
  }

  /** What old attributes of HTML (`bgcolor`, `color`) mean on both: a rule that yields to every other. */
  ruleForAttribute(name: string, value: string): string | undefined {
    const colour = /^[\da-f]{6}$/i.test(value) ? `#${value}` : value;
    const both = this.of(colour, name === "color" ? "ink" : "ground");
    const property = name === "color" ? "color" : "background-color";
    return both && `:where([${name}="${value}"]) { ${property}: ${both} }`;
  }

  #companion(token: string, role: ColourRole): string | undefined {
    const key = `${role} ${token}`;
    if (!this.#companions.has(key)) {
      if (this.#companions.size >= MOST_REMEMBERED) this.#companions.clear();
      this.#companions.set(key, darkColour(token, role));
    }
    return this.#companions.get(key);
  }
}

/** The companion of one colour for dark paper; undefined for what is no colour, or cannot be seen. */
export function darkColour(token: string, role: ColourRole): string | undefined {
  const rgba = Bun.color(token, "[rgba]");
  if (rgba === null || rgba[3] === 0) return undefined;
  const [red, green, blue, alpha] = rgba;
  const [lightness, a, b] = toOklab(red / 255, green / 255, blue / 255);
  const wanted = lightnessFor(lightness, role);
  if (role === "ground" && lightness > WHITE) return alpha === 255 ? PAPER : PAPER + two(alpha);
  if (wanted === lightness) return hex(red, green, blue, alpha);
  // Strong colours glare on dark paper.
  return hex(...withinGamut(wanted, a * 0.8, b * 0.8), alpha);
}

/** Paper itself has 0.22, ink 0.93. */
function lightnessFor(lightness: number, role: ColourRole): number {
  if (role === "ink") return lightness > 0.62 ? lightness : 0.93 - lightness * 0.36;
  if (role === "line") return lightness >= 0.5 ? 0.32 + (1 - lightness) * 0.4 : Math.max(lightness, 0.36);
  return lightness < 0.5 ? lightness : 0.22 + (1 - lightness) * 0.46;
}

/** The colour with as much of its chroma as a screen can show at that lightness, in octets. */
function withinGamut(lightness: number, a: number, b: number): [number, number, number] {
  for (let share = 1; share > 0; share -= 0.1) {
    const rgb = toLinear(lightness, a * share, b * share);
    if (rgb.every((part) => part >= -0.001 && part <= 1.001)) return octets(rgb);
  }
  return octets(toLinear(lightness, 0, 0));
}

const octets = (linear: readonly number[]): [number, number, number] => {
  const [red = 0, green = 0, blue = 0] = linear.map((part) => {
    const clipped = Math.min(Math.max(part, 0), 1);
    return Math.round((clipped <= 0.0031308 ? clipped * 12.92 : 1.055 * clipped ** (1 / 2.4) - 0.055) * 255);
  });
  return [red, green, blue];
};

function toOklab(...rgb: readonly [number, number, number]): [number, number, number] {
  const [red, green, blue] = rgb.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)) as [
    number,
    number,
    number,
  ];
  const long = Math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue);
  const middle = Math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue);
  const short = Math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue);
  return [
    0.2104542553 * long + 0.793617785 * middle - 0.0040720468 * short,
    1.9779984951 * long - 2.428592205 * middle + 0.4505937099 * short,
    0.0259040371 * long + 0.7827717662 * middle - 0.808675766 * short,
  ];
}

function toLinear(lightness: number, a: number, b: number): [number, number, number] {
  const long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const short = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
    -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
    -0.0041960863 * long - 0.7034186147 * middle + 1.707614701 * short,
  ];
}

const two = (part: number): string => part.toString(16).padStart(2, "0");

function hex(red: number, green: number, blue: number, alpha: number): string {
  return `#${two(red)}${two(green)}${two(blue)}${alpha === 255 ? "" : two(alpha)}`;
}
