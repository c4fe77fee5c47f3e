/**
 * What a message brings beside its text, and what can be done with it at once: an invitation to be answered, a contact to be kept, a receipt
 * that its sender asks for, a subscription to be ended; and what is known of a signature or encryption.
 */
import type { Child } from "hono/jsx";
import { CsrfField } from "../parts/forms.tsx";
import { Icon, type IconName } from "../parts/icon.tsx";
import { t, tn } from "../words/words.ts";

/** An answer one may give to an invitation. */
export type Answer = "accepted" | "tentative" | "declined";

export interface InvitationOffer {
  readonly kind: "invitation";
  /** What this is: an invitation, news of one, an answer. */
  readonly title: string;
  readonly summary: string;
  readonly when: string;
  readonly where: string;
  readonly organizer: string;
  readonly attendees: readonly { readonly name: string; readonly status: string }[];
  readonly repeats: string;
  readonly cancelled: boolean;
  /** What the reader should know before he answers. */
  readonly note: string;
  /** Where an answer goes; undefined where there is nothing to answer. */
  readonly answerHref: string | undefined;
  readonly answered: Answer | undefined;
}

export interface CardOffer {
  readonly kind: "card";
  readonly name: string;
  readonly lines: readonly string[];
  readonly href: string;
  readonly part: string;
  readonly number: number;
  /** It stands in the contacts already. */
  readonly known: boolean;
}

export type Offer =
  | InvitationOffer
  | CardOffer
  | { readonly kind: "seal"; readonly icon: IconName; readonly words: string }
  | { readonly kind: "receipt"; readonly address: string; readonly href: string }
  | {
      readonly kind: "unsubscribe";
      /** By one click here, by a letter, or on a page of the list. */
      readonly how: "click" | "write" | "visit";
      readonly href: string;
      readonly host: string;
    };

/** A form of an offer, whose answer is the message as it is then. */
const OfferForm = ({ href, csrf, children }: { href: string; csrf: string; children: Child }) => (
  <form class="mail-offer-form" action={href} method="post" hx-post={href} hx-target="#reader" hx-swap="outerHTML">
    <CsrfField token={csrf} />
    {children}
  </form>
);

const Strip = ({ icon, words, children }: { icon: IconName; words: string; children?: Child }) => (
  <div class="mail-held small">
    <Icon name={icon} />
    <p>{words}</p>
    {children}
  </div>
);

const ANSWERS: readonly Answer[] = ["accepted", "tentative", "declined"];

const answerLabel = (answer: Answer): string =>
  answer === "accepted" ? t("Accept") : answer === "tentative" ? t("Maybe") : t("Decline");

const answeredWords = (answer: Answer): string =>
  answer === "accepted" ? t("You accepted.") : answer === "tentative" ? t("You answered maybe.") : t("You declined.");

const statusWords = (status: string): string =>
  ({ accepted: t("comes"), declined: t("does not come"), tentative: t("maybe comes") })[status] ??
  t("has not answered");

const Attendees = ({ list }: { list: InvitationOffer["attendees"] }) =>
  list.length === 0 ? null : (
    <details>
      <summary>{tn(list.length, "One person is invited", "{n} people are invited")}</summary>
      <ul>
        {list.map(({ name, status }) => (
          <li>
            <bdi>{name}</bdi> <span class="muted">{statusWords(status)}</span>
          </li>
        ))}
      </ul>
    </details>
  );

const Invitation = ({ offer, csrf }: { offer: InvitationOffer; csrf: string }) => (
  <section class="mail-offer" aria-label={offer.title}>
    <Icon name="clock" />
    <div class="stack stack-s">
      <p class="muted small">{offer.title}</p>
      <h3 class={offer.cancelled ? "mail-cancelled" : undefined}>
        <bdi dir="auto">{offer.summary}</bdi>
      </h3>
      <dl class="facts small">
        {[
          [t("When"), offer.when],
          [t("Repeats"), offer.repeats],
          [t("Where"), offer.where],
          [t("From"), offer.organizer],
        ].map(([label, value]) =>
          value ? (
            <>
              <dt>{label}</dt>
              <dd>
                <bdi dir="auto">{value}</bdi>
              </dd>
            </>
          ) : null,
        )}
      </dl>
      <Attendees list={offer.attendees} />
      {offer.note ? <p class="small">{offer.note}</p> : null}
      {offer.answered ? <p class="strong small">{answeredWords(offer.answered)}</p> : null}
      {offer.answerHref ? (
        <OfferForm href={offer.answerHref} csrf={csrf}>
          {ANSWERS.map((answer) => (
            <button
              class={answer === "accepted" && !offer.answered ? "btn btn-small btn-primary" : "btn btn-small"}
              type="submit"
              name="answer"
              value={answer}
              aria-pressed={offer.answered ? String(offer.answered === answer) : undefined}
            >
              {answerLabel(answer)}
            </button>
          ))}
        </OfferForm>
      ) : null}
    </div>
  </section>
);

const Card = ({ offer, csrf }: { offer: CardOffer; csrf: string }) => (
  <section class="mail-offer" aria-label={t("Contact {name}", { name: offer.name })}>
    <Icon name="contacts" />
    <div class="stack stack-s">
      <h3>
        <bdi dir="auto">{offer.name}</bdi>
      </h3>
      <ul class="small">
        {offer.lines.map((line) => (
          <li>
            <bdi dir="auto">{line}</bdi>
          </li>
        ))}
      </ul>
      {offer.known ? (
        <p class="muted small">{t("This address stands in your contacts.")}</p>
      ) : (
        <OfferForm href={offer.href} csrf={csrf}>
          <input type="hidden" name="part" value={offer.part} />
          <button class="btn btn-small" type="submit" name="card" value={String(offer.number)}>
            <Icon name="plus" />
            {t("Save to contacts")}
          </button>
        </OfferForm>
      )}
    </div>
  </section>
);

const Unsubscribe = ({ offer, csrf }: { offer: Offer & { kind: "unsubscribe" }; csrf: string }) => (
  <Strip icon="mail" words={t("This came from a mailing list.")}>
    {offer.how === "click" ? (
      <OfferForm href={offer.href} csrf={csrf}>
        <button
          class="btn btn-small"
          type="submit"
          title={t("{host} is told so by this server.", { host: offer.host })}
        >
          {t("Unsubscribe")}
        </button>
      </OfferForm>
    ) : offer.how === "write" ? (
      <a class="btn btn-small" href={offer.href}>
        {t("Unsubscribe by mail")}
      </a>
    ) : (
      <a class="btn btn-small" href={offer.href} target="_blank" rel="noopener noreferrer nofollow">
        <Icon name="external" />
        {t("Unsubscribe at {host}", { host: offer.host })}
      </a>
    )}
  </Strip>
);

const One = ({ offer, csrf }: { offer: Offer; csrf: string }) => {
  switch (offer.kind) {
    case "invitation":
      return <Invitation offer={offer} csrf={csrf} />;
    case "card":
      return <Card offer={offer} csrf={csrf} />;
    case "seal":
      return <Strip icon={offer.icon} words={offer.words} />;
    case "receipt":
      return (
        <Strip
          icon="checkCircle"
          words={t("The sender wants to hear that you read this, at {address}.", { address: offer.address })}
        >
          <OfferForm href={offer.href} csrf={csrf}>
            <button class="btn btn-small" type="submit" name="answer" value="send">
              {t("Send a receipt")}
            </button>
            <button class="btn btn-small" type="submit" name="answer" value="refuse">
              {t("Send none")}
            </button>
          </OfferForm>
        </Strip>
      );
    default:
      return <Unsubscribe offer={offer} csrf={csrf} />;
  }
};

/** Contact cards, below the text: many people send theirs with every letter. */
export const Cards = ({ offers, csrf }: { offers: readonly Offer[]; csrf: string }) =>
  offers.length === 0 ? null : (
    <div class="mail-cards">
      <Offers offers={offers} csrf={csrf} />
    </div>
  );

/** What is offered, one after the other. */
export const Offers = ({ offers, csrf }: { offers: readonly Offer[]; csrf: string }) => (
  <>
    {offers.map((offer) => (
      <One offer={offer} csrf={csrf} />
    ))}
  </>
);
