/** The text of a message: HTML in its frame with what is said about its pictures, or text. */
import type { Child } from "hono/jsx";
import { CsrfField } from "../parts/forms.tsx";
import { Icon } from "../parts/icon.tsx";
import { t, tn } from "../words/words.ts";
import type { Body, MailMessage, PictureChoice } from "./message.tsx";
import { TextBlocks } from "./text.tsx";

type Html = Body & { readonly kind: "html" };

/** Shows a sender's pictures from now on, or asks again. */
const Choose = ({ sender, csrf, back }: { sender: PictureChoice; csrf: string; back: string }) => (
  <form action={sender.href} method="post" hx-post={sender.href} hx-target="#reader" hx-swap="outerHTML">
    <CsrfField token={csrf} />
    <input type="hidden" name="back" value={back} />
    <button class="btn btn-small" type="submit" name="show" value={sender.kept ? "ask" : "always"}>
      {sender.kept ? t("Ask again next time") : t("Always from this sender")}
    </button>
  </form>
);

const Pictures = ({ body, csrf, back }: { body: Html; csrf: string; back: string }) => {
  if (body.remote === 0) return null;
  if (body.shown)
    return body.sender?.kept ? (
      <div class="mail-held small">
        <Icon name="image" />
        <p>{t("Pictures of {address} are shown without asking.", { address: body.sender.address })}</p>
        <Choose sender={body.sender} csrf={csrf} back={back} />
      </div>
    ) : null;
  return (
    <div class="mail-held small">
      <Icon name="image" />
      <p>
        {tn(
          body.remote,
          "One picture was not loaded, because that would tell the sender that you read this.",
          "{n} pictures were not loaded, because that would tell the sender that you read this.",
        )}
      </p>
      <a
        class="btn btn-small"
        href={body.showHref}
        hx-get={body.showHref}
        hx-target="#reader"
        hx-swap="outerHTML"
        hx-replace-url="true"
        data-key="i"
      >
        {t("Show pictures")}
      </a>
      {body.sender ? <Choose sender={body.sender} csrf={csrf} back={back} /> : null}
    </div>
  );
};

const Clipped = ({ href }: { href: string }) => (
  <p class="mail-clipped muted small">
    {t("This message is very long, and its end is not shown here.")}{" "}
    <a href={href}>{t("Save it as a file to have all of it.")}</a>
  </p>
);

export const Content = ({ message, csrf }: { message: MailMessage; csrf: string }): Child => {
  const { body } = message;
  if (body.kind === "html") {
    return (
      <>
        <Pictures body={body} csrf={csrf} back={message.back} />
        {/* Not one of the allowances that would let a message run a script, be part of this site, or leave the frame. */}
        <iframe
          class="mail-frame"
          src={body.frameHref}
          title={t("The message: {subject}", { subject: message.subject })}
          sandbox="allow-popups allow-popups-to-escape-sandbox"
          referrerpolicy="no-referrer"
        />
        {body.clipped ? <Clipped href={message.links.download} /> : null}
      </>
    );
  }
  return (
    <div class="mail-text" dir="auto">
      {body.blocks.length === 0 ? (
        <p class="muted">{t("This message has no text.")}</p>
      ) : (
        <TextBlocks blocks={body.blocks} />
      )}
      {body.clipped ? <Clipped href={message.links.download} /> : null}
    </div>
  );
};
