/**
 * Whose domains somebody knows: those of this house, of his contacts and of those he wrote to, and the few that imitators like best. Looked
 * together when he first opens a message, and kept for a while, or until his contacts change.
 */
import { contactChanged } from "../../directory/changes.ts";
import type { Directory } from "../../directory/directory.ts";
import type { Store } from "../../store/store.ts";
import { Looks } from "./look-alikes.ts";

const OFTEN_IMITATED = [
  ..."amazon.com amazon.de apple.com icloud.com google.com gmail.com microsoft.com outlook.com office.com live.com".split(
    " ",
  ),
  ..."paypal.com ebay.com ebay.de netflix.com facebook.com instagram.com linkedin.com whatsapp.com dropbox.com".split(
    " ",
  ),
  ..."docusign.com docusign.net adobe.com dhl.com dhl.de ups.com fedex.com gls.de hermes.de deutschepost.de".split(" "),
  ..."sparkasse.de commerzbank.de deutsche-bank.de ing.de n26.com telekom.de vodafone.de gmx.de gmx.net web.de".split(
    " ",
  ),
];

/** How long what was found is taken to be so, in milliseconds, and for how many users. */
const KEPT_MS = 300_000;
const KEPT = 50;

export class Acquaintances {
  readonly #kept = new Map<number, { readonly until: number; readonly looks: Looks }>();

  constructor(
    private readonly directory: Directory,
    store: Pick<Store, "changes">,
    private readonly now: () => number,
  ) {
    store.changes.on(contactChanged, ({ ownerId }) => {
      if (ownerId === null) this.#kept.clear();
      else this.#kept.delete(ownerId);
    });
  }

  /** What the domains that a user knows look like. */
  of(user: number): Looks {
    const kept = this.#kept.get(user);
    if (kept !== undefined && kept.until > this.now()) return kept.looks;
    const own = this.directory.domains.list().map(({ name }) => name);
    const looks = new Looks([...OFTEN_IMITATED, ...this.directory.contacts.domains(user)], own);
    this.#kept.delete(user);
    this.#kept.set(user, { until: this.now() + KEPT_MS, looks });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT && oldest !== undefined) this.#kept.delete(oldest);
    return looks;
  }
}
