/**
 * Walks a heading of docs/accounts.md: each property is set by the command that stands there, over the API, and in a browser on the page
 * that stands there, each time on somebody new; it is read back by command and API, and its effect is looked for.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Locator, Page } from "playwright-core";
import { type Heading, type Reading, type Row, rowsOf, type Shown } from "../../docs/make/accounts.ts";
import { DOMAIN, PASSWORD } from "../harness.ts";
import { Town } from "./town.ts";

const PATIENCE_MS = 60_000;

/** How a property is shown to work. */
export interface Proof {
  /** The user has no password at first. */
  readonly bare?: true;
  /** What must be there before. */
  readonly before?: (scene: Scene) => Promise<unknown>;
  /** How it is without the change. */
  readonly without?: (scene: Scene) => Promise<unknown>;
  /** Changes it in the browser; missing where the property is only shown. */
  readonly change?: (scene: Scene) => Promise<unknown>;
  readonly effect: (scene: Scene) => Promise<unknown>;
  /** Puts back what concerns the whole house. */
  readonly after?: (scene: Scene) => Promise<unknown>;
}

/** One property on somebody. */
export class Scene {
  readonly #numbers = new Map<string, number>();

  constructor(
    readonly town: Town,
    readonly row: Row,
    private readonly count: number,
  ) {}

  /** The administrator's page. */
  get page(): Page {
    return this.town.page;
  }

  get anna(): string {
    return this.named("anna");
  }

  get ben(): string {
    return this.named("ben");
  }

  /** anna's address. */
  get address(): string {
    return `${this.anna}@${DOMAIN}`;
  }

  /** The number of anna's mailbox. */
  get mailbox(): number {
    return this.number("id");
  }

  number(name: string): number {
    return this.#numbers.get(name) ?? 0;
  }

  /** Says what stands for a number in braces. */
  stands(name: string, value: number): void {
    this.#numbers.set(name, value);
  }

  /** The names of the page as they are here. */
  named(text: string): string {
    return text
      .replace(/\b(?:h?anna|ben|carla|staff|office|company|firm)\b/g, (name) => `${name}${this.count}`)
      .replaceAll("example.org", DOMAIN)
      .replace(/\{day ([\d-]+)\}/g, (_whole, day: string) => new Date(`${day}T00:00:00`).toISOString())
      .replace(/\{end of ([\d-]+)\}/g, (_whole, day: string) => new Date(`${day}T23:59:59.999`).toISOString())
      .replace(/"\{(\w+)\}"|\{(\w+)\}/g, (_whole, quoted: string, plain: string) =>
        String(this.number(quoted ?? plain)),
      );
  }

  /** The same within a value. */
  value<T>(value: T): T {
    return JSON.parse(this.named(JSON.stringify(value))) as T;
  }

  /** Makes a user with a mailbox. */
  async user(name: string, more: object = {}): Promise<{ primaryMailbox: number }> {
    return await this.town.done("POST /users", { login: this.named(name), password: PASSWORD, ...more });
  }

  /** The people of the row, and what else it names. */
  async people(bare: boolean): Promise<void> {
    const text = JSON.stringify(this.row);
    const names = (name: string) => new RegExp(`\\b${name}\\b`).test(text);
    const firm = this.named("firm.example");
    if (names("firm\\.example")) await this.town.done("POST /domains", { name: firm });
    const addresses = [...(names("firm\\.example") ? [`${this.anna}@${firm}`] : []), this.address];
    const { primaryMailbox } = await this.town.done<{ primaryMailbox: number }>("POST /users", {
      ...{ login: this.anna, addresses, ...(!bare && { password: PASSWORD }) },
    });
    this.stands("id", primaryMailbox);
    if (names("ben")) await this.user("ben");
    if (names("office")) await this.town.done("POST /mail-groups", { name: this.named("office") });
  }

  /** By the command that stands there. */
  async byCommand(): Promise<void> {
    const { command = "", stdin } = this.row;
    await this.town.command(words(this.named(command)), stdin);
  }

  async byApi(): Promise<void> {
    const { change = "", body } = this.row.api;
    await this.town.done(this.named(change), body === undefined ? undefined : this.value(body));
  }

  /** What the command shows. */
  async shownByCommand(): Promise<void> {
    expect(held(await this.town.json(...words(this.named(this.row.show))), this.value(reading(this.row)))).toEqual(
      holding(this.value(this.row.shown)),
    );
  }

  async shownByApi(): Promise<void> {
    const { read, reading: elsewhere } = this.row.api;
    const at = this.value(reading(elsewhere ?? this.row));
    expect(held(await this.town.done(this.named(read)), at)).toEqual(holding(at.shown));
  }

  /** It is not yet what it will be, and what the page says of new accounts. */
  async asAtFirst(): Promise<void> {
    await expect(this.shownByApi()).rejects.toThrow();
    const { api, first } = this.row;
    if (first !== undefined)
      expect(held(await this.town.done(this.named(api.read)), this.value(reading(this.row)))).toEqual(first);
  }

  /** Opens the page that stands there, and gives the field, or another one beside it. */
  async field(label = this.row.page.field): Promise<Locator> {
    const at = this.named(this.row.page.at);
    if (new URL(this.page.url()).pathname + new URL(this.page.url()).search !== at) await this.page.goto(at);
    return fieldOf(this.page, label);
  }

  /** Fills the field, and saves. */
  async type(text: string): Promise<void> {
    const field = await this.field();
    await field.fill(text);
    await save(field);
  }

  /** Chooses in the field, and saves. */
  async choose(value: string): Promise<void> {
    const field = await this.field();
    await field.selectOption(value);
    await save(field);
  }

  /** Switches the field, and saves. */
  async tick(on = true): Promise<void> {
    const field = await this.field();
    await field.setChecked(on);
    await save(field);
  }
}

const reading = ({ at, shown }: Reading): Reading => ({ at, shown });

/** A field by its label, a radio button by its words. */
export function fieldOf(page: Page, label: string): Locator {
  return page.getByLabel(label, { exact: true }).first();
}

/** Sends the form of a field, and waits for the page's word; throws what it refused. */
export async function save(field: Locator): Promise<void> {
  await press(field.locator("xpath=ancestor::form[1]").locator("button[type=submit]:visible").first());
}

/** Presses a button that leads on, and waits for the page's word; throws what it refused. */
export async function press(button: Locator): Promise<void> {
  const page = button.page();
  await page.evaluate(() => {
    for (const old of document.querySelectorAll(".toast")) old.remove();
  });
  await button.click();
  const problem = page.locator(".error:visible, .notice[data-kind=danger]:visible").first();
  await page.locator(".toast").or(problem).first().waitFor();
  if (await problem.isVisible()) throw new Error(`the page says: ${await problem.textContent()}`);
}

/** Words of a command line after `gatepost`, quoted as in a shell. */
function words(command: string): string[] {
  const found = command.match(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g) ?? [];
  return found.slice(1).map((word) => word.replace(/'([^']*)'|"([^"]*)"/g, (_whole, one, two) => one ?? two));
}

function held(value: unknown, { at }: Reading): unknown {
  return at
    .split(".")
    .filter((part) => part !== "")
    .reduce<unknown>((found, part) => (found as Record<string, unknown> | null)?.[part], value);
}

/** What a value must be like. */
function holding(shown: Shown): unknown {
  if ("is" in shown) return shown.is;
  const one = "has" in shown ? shown.has : shown.lacks;
  const like = [typeof one === "object" && one !== null ? expect.objectContaining(one) : one];
  return "has" in shown ? expect.arrayContaining(like) : expect.not.arrayContaining(like);
}

/** Opens a town for the tests of a file; gives what walks a heading in it. */
export function walking(): (heading: Heading, proofs: Readonly<Record<string, Proof>>) => void {
  let town: Town;
  let count = 0;
  beforeAll(async () => {
    town = await Town.open();
  }, PATIENCE_MS);
  afterAll(async () => {
    expect(town.server.log).not.toMatch(/ fault /);
    await town.close();
  });

  const on = async (row: Row, proof: Proof, work: (scene: Scene) => Promise<unknown>) => {
    const scene = new Scene(town, row, ++count);
    await scene.people(proof.bare === true);
    try {
      await proof.before?.(scene);
      await work(scene);
    } finally {
      await proof.after?.(scene);
      await town.leave();
    }
  };

  return (heading, proofs) => {
    describe(heading, () => {
      test("has a proof for every property, and a property for every proof", () => {
        expect(Object.keys(proofs)).toEqual(rowsOf(heading).map(({ id }) => id));
      });
      for (const row of rowsOf(heading)) {
        const proof = proofs[row.id];
        if (proof !== undefined) describe(row.name, () => tests(row, (work) => on(row, proof, work), proof));
      }
    });
  };
}

function tests(row: Row, on: (work: (scene: Scene) => Promise<unknown>) => Promise<void>, proof: Proof): void {
  const inBrowser = () =>
    on(async (scene) => {
      await proof.without?.(scene);
      await proof.change?.(scene);
      await scene.shownByCommand();
      await scene.shownByApi();
      await proof.effect(scene);
    });
  if (row.command === undefined) {
    test("is shown everywhere, and true", inBrowser, PATIENCE_MS);
    return;
  }
  const byCommand = () =>
    on(async (scene) => {
      await scene.asAtFirst();
      await scene.byCommand();
      await scene.shownByApi();
    });
  const byApi = () =>
    on(async (scene) => {
      await scene.byApi();
      await scene.shownByApi();
    });
  test("is set by its command", byCommand, PATIENCE_MS);
  test("is set over the API", byApi, PATIENCE_MS);
  test("is set in a browser, shown everywhere, and has its effect", inBrowser, PATIENCE_MS);
}
