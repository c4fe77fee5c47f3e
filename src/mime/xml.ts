/**
 * The little of XML that strangers' requests and reports are written in: elements, attributes, namespaces, text, CDATA. A document
 * with a document type is refused before anything of it is read, so there are no entities but the five that XML itself has (RFC 4918 §20.6), nothing is
 * fetched, and nothing grows. Pure.
 */
import { Refusal } from "../refusal.ts";

/** An element. Names are in their namespaces, prefixes gone. */
export interface Element {
  readonly namespace: string;
  readonly name: string;
  readonly attributes: readonly { readonly namespace: string; readonly name: string; readonly value: string }[];
  readonly children: readonly (Element | string)[];
  /** xml:lang as it holds here (RFC 4918 §4.3 keeps it with a property). */
  readonly language: string;
}

const XML = "http://www.w3.org/XML/1998/namespace";

/** What a reader bears. */
export interface XmlLimits {
  /** Octets of the document. */
  readonly octets: number;
  readonly elements: number;
  /** Elements within each other. */
  readonly depth: number;
  /** Characters of one text, comment or tag: what is between two slices. */
  readonly piece: number;
}

/** Marks between two looks of whoever reads in slices. */
const SLICE = 500;
/** Prefixes that stand for something in one place: every element is read with all of them. */
const MOST_PREFIXES = 100;
/** Characters of a namespace, a language and a name: they are written again with every element that has them. */
const LONGEST_NAME = 1_000;

const NAME = "[A-Za-z_\\u00c0-\\ufffd][\\w.\\-\\u00b7-\\ufffd]*";
const QNAME = new RegExp(`^(?:(${NAME}):)?(${NAME})$`);

const bad = (what: string): Refusal => new Refusal("invalid", `The XML that was sent is not well-formed: ${what}.`);

/** The octets as text: UTF-8, or UTF-16 where the first octets say so (XML 1.0 §4.3.3). */
const textOf = (octets: Uint8Array): string => {
  const label =
    octets[0] === 0xff && octets[1] === 0xfe
      ? "utf-16le"
      : octets[0] === 0xfe && octets[1] === 0xff
        ? "utf-16be"
        : "utf-8";
  try {
    return new TextDecoder(label, { fatal: true }).decode(octets);
  } catch {
    throw bad(`it is no ${label.toUpperCase()}`);
  }
};

/** Reads a document and gives its root. @throws Refusal "invalid", "tooLarge" */
export const readXml = (octets: Uint8Array, limits: XmlLimits): Element => {
  const reading = readingXml(octets, limits);
  for (;;) {
    const { done, value } = reading.next();
    if (done === true) return value;
  }
};

/**
 * Reads a document in slices: whoever asks for the next one may let others go on before.
 * @param take told each element directly below the root when it is complete; what it takes is not kept in the root
 * @throws Refusal "invalid", "tooLarge"
 */
export const readingXml = (
  octets: Uint8Array,
  limits: XmlLimits,
  take: (element: Element) => boolean = () => false,
): Generator<void, Element> => {
  if (octets.length > limits.octets)
    throw new Refusal("tooLarge", `The XML that was sent has more than ${limits.octets} octets.`);
  return new Reader(textOf(octets), limits, take).document();
};

interface Open {
  readonly tag: string;
  readonly prefixes: ReadonlyMap<string, string>;
  readonly language: string;
  readonly element: {
    namespace: string;
    name: string;
    attributes: Element["attributes"];
    children: (Element | string)[];
    language: string;
  };
}

const START = /^<([^\s<>/="']+)((?:\s+[^\s<>/="']+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/;

class Reader {
  readonly #open: Open[] = [];
  #at = 0;
  #elements = 0;
  #root: Element | undefined;

  constructor(
    private readonly text: string,
    private readonly limits: XmlLimits,
    private readonly take: (element: Element) => boolean,
  ) {
    // Characters that XML 1.0 §2.2 has not, in no form.
    if (/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/.test(text)) throw bad("it holds control characters");
  }

  *document(): Generator<void, Element> {
    this.#skip(/<\?xml\s[^<>]*\?>/y);
    for (let marks = 1; this.#at < this.text.length; marks++) {
      if (marks % SLICE === 0) yield;
      if (this.text[this.#at] !== "<") this.#characters();
      else if (this.text.startsWith("<!--", this.#at)) this.#comment();
      else if (this.text.startsWith("<![CDATA[", this.#at)) this.#cdata();
      else if (this.text.startsWith("<!", this.#at)) throw bad("document types are not taken");
      else if (this.text.startsWith("<?", this.#at)) this.#instruction();
      else if (this.text.startsWith("</", this.#at)) this.#end();
      else this.#start();
    }
    if (this.#root === undefined || this.#open.length > 0) throw bad("it ends too early");
    return this.#root;
  }

  #skip(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text);
    if (found !== null) this.#at = pattern.lastIndex;
    return found;
  }

  /** Text up to, and without, a mark; the place is then behind it. */
  #until(mark: string, from: number): string {
    const end = this.text.indexOf(mark, from);
    if (end < 0) throw bad("it ends too early");
    this.#fits(end - from);
    this.#at = end + mark.length;
    return this.text.slice(from, end);
  }

  #fits(characters: number): void {
    if (characters <= this.limits.piece) return;
    throw new Refusal("tooLarge", "A part of the XML that was sent is too long.");
  }

  #comment(): void {
    if (this.#until("-->", this.#at + 4).includes("--")) throw bad("a comment holds --");
  }

  #instruction(): void {
    if (/^xml\s/i.test(this.#until("?>", this.#at + 2))) throw bad("its declaration is not at the beginning");
  }

  #cdata(): void {
    this.#add(this.#until("]]>", this.#at + 9));
  }

  #characters(): void {
    const end = this.text.indexOf("<", this.#at);
    const raw = this.text.slice(this.#at, end < 0 ? this.text.length : end);
    this.#fits(raw.length);
    if (raw.includes("]]>")) throw bad("text holds ]]>");
    this.#at += raw.length;
    this.#add(unescaped(raw));
  }

  #add(text: string): void {
    const parent = this.#open.at(-1);
    if (parent !== undefined) parent.element.children.push(text);
    else if (text.trim() !== "") throw bad("there is text outside of it");
  }

  #start(): void {
    const found = START.exec(this.text.slice(this.#at, this.#at + this.limits.piece));
    if (found === null) {
      const end = this.text.indexOf(">", this.#at);
      if (end >= 0) this.#fits(end - this.#at);
      throw bad("a tag is not complete");
    }
    const [whole, tag = "", list = "", empty = ""] = found;
    this.#at += whole.length;
    if (++this.#elements > this.limits.elements)
      throw new Refusal("tooLarge", "The XML that was sent has too many elements.");
    if (this.#open.length >= this.limits.depth) throw new Refusal("tooLarge", "The XML that was sent is too deep.");
    if (this.#root !== undefined) throw bad("there is more than one element in all");
    const element = this.#element(tag, attributesIn(list));
    this.#open.push(element);
    if (empty !== "") this.#close();
  }

  #element(tag: string, attributes: ReadonlyMap<string, string>): Open {
    const parent = this.#open.at(-1);
    const prefixes = prefixesIn(attributes, parent?.prefixes ?? ONLY_XML);
    const language = limited(attributes.get("xml:lang") ?? parent?.language ?? "");
    const own = [...attributes]
      .filter(([name]) => name !== "xmlns" && !name.startsWith("xmlns:"))
      .map(([name, value]) => ({ ...expanded(name, prefixes, true), value }));
    return {
      tag,
      prefixes,
      language,
      element: { ...expanded(tag, prefixes, false), attributes: own, children: [], language },
    };
  }

  #end(): void {
    const tag = this.#skip(/<\/([^\s<>/]+)\s*>/y)?.[1];
    if (tag === undefined || tag !== this.#open.at(-1)?.tag) throw bad("a tag is closed that is not open");
    this.#close();
  }

  #close(): void {
    const closed = this.#open.pop();
    if (closed === undefined) return;
    const parent = this.#open.at(-1);
    if (parent === undefined) this.#root = closed.element;
    else if (this.#open.length > 1 || !this.take(closed.element)) parent.element.children.push(closed.element);
  }
}

const attributesIn = (list: string): Map<string, string> => {
  const attributes = new Map<string, string>();
  for (const [, name = "", double, single] of list.matchAll(/([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) {
    if (attributes.has(name)) throw bad("an attribute is given twice");
    attributes.set(name, unescaped(double ?? single ?? ""));
  }
  return attributes;
};

const ONLY_XML: ReadonlyMap<string, string> = new Map([["xml", XML]]);

/** What prefixes stand for within an element; those around it hold on, and are not copied for an element that declares none. */
const prefixesIn = (
  attributes: ReadonlyMap<string, string>,
  around: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> => {
  let own: Map<string, string> | undefined;
  for (const [name, value] of attributes) {
    if (name !== "xmlns" && !name.startsWith("xmlns:")) continue;
    // Namespaces in XML 1.0 §2.2: a prefix stands for something, and the reserved ones stay what they are.
    if (name !== "xmlns" && (value === "" || /^xmlns:xml/i.test(name))) throw bad("a namespace is declared wrongly");
    own ??= new Map(around);
    own.set(name.slice(6), limited(value));
    if (own.size > MOST_PREFIXES) throw new Refusal("tooLarge", "The XML that was sent has too many namespaces.");
  }
  return own ?? around;
};

const limited = (text: string): string => {
  if (text.length > LONGEST_NAME) throw new Refusal("tooLarge", "A name in the XML that was sent is too long.");
  return text;
};

const expanded = (tag: string, prefixes: ReadonlyMap<string, string>, attribute: boolean) => {
  const [, prefix, name] = QNAME.exec(limited(tag)) ?? [];
  if (name === undefined) throw bad("a name is none");
  if (prefix === undefined) return { namespace: attribute ? "" : (prefixes.get("") ?? ""), name };
  const namespace = prefixes.get(prefix);
  if (namespace === undefined) throw bad(`the prefix ${prefix.slice(0, 40)} stands for nothing`);
  return { namespace, name };
};

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

const unescaped = (text: string): string =>
  text.includes("&")
    ? text.replace(/&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|([^;&\s]{1,20}))?;?/g, (whole, hex, decimal, name) => {
        if (!whole.endsWith(";")) throw bad("an & stands alone");
        if (name !== undefined && Object.hasOwn(ENTITIES, name)) return ENTITIES[name] ?? "";
        const code = hex !== undefined ? Number.parseInt(hex, 16) : decimal !== undefined ? Number(decimal) : 0;
        const allowed =
          code === 9 ||
          code === 10 ||
          code === 13 ||
          (code >= 32 && code <= 0xd7ff) ||
          (code >= 0xe000 && code <= 0xfffd);
        if (!allowed && !(code >= 0x10000 && code <= 0x10ffff)) throw bad("it names an entity that there is not");
        return String.fromCodePoint(code);
      })
    : text;

/** Text as it stands in an element or an attribute; what XML has no characters for becomes U+FFFD. */
export const escapeXml = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "\ufffd")
    .replace(/[&<>"\r]/g, (character) => `&#${character.charCodeAt(0)};`);

/** An element as a document of its own, each namespace declared where it is used. */
export const writeXml = (element: Element): string => {
  const own = element.attributes.map(({ namespace, name, value }, index) => {
    if (namespace === "") return ` ${name}="${escapeXml(value)}"`;
    if (namespace === XML) return ` xml:${name}="${escapeXml(value)}"`;
    return ` xmlns:a${index}="${escapeXml(namespace)}" a${index}:${name}="${escapeXml(value)}"`;
  });
  const children = element.children.map((child) => (typeof child === "string" ? escapeXml(child) : writeXml(child)));
  const head = `${element.name} xmlns="${escapeXml(element.namespace)}"${own.join("")}`;
  return children.length === 0 ? `<${head}/>` : `<${head}>${children.join("")}</${element.name}>`;
};

/** The elements in an element, text between them left out. */
export const elementsIn = (element: Element): Element[] =>
  element.children.filter((child) => typeof child !== "string");

/** All text in an element. */
export const textIn = (element: Element): string =>
  element.children.map((child) => (typeof child === "string" ? child : textIn(child))).join("");
