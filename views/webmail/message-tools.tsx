/** What one does with an open message. */
import { CsrfField } from "../parts/forms.tsx";
import { Icon } from "../parts/icon.tsx";
import { t } from "../words/words.ts";
import { LabelMenu, MuteItems, SnoozeMenu } from "./labels.tsx";
import { actAttributes, Do, Menu, MoveMenu, NoDefault } from "./menus.tsx";
import type { MailMessage } from "./message.tsx";
import { StarButton } from "./message-marks.tsx";

export const Tools = ({ message, csrf }: { message: MailMessage; csrf: string }) => (
  <form class="mail-tools" aria-label={t("What to do with this message")} {...actAttributes(message.actHref)}>
    <NoDefault />
    <CsrfField token={csrf} />
    <input type="hidden" name="uid" value={message.uid} />
    <input type="hidden" name="back" value={message.back} />
    {(message.conversation?.items.length ?? 0) > 1 ? <input type="hidden" name="whole" value="1" /> : null}
    <a
      class="btn btn-quiet btn-small btn-icon mail-back"
      href={message.listHref}
      title={t("Back to {folder}", { folder: message.listTitle })}
      aria-label={t("Back to {folder}", { folder: message.listTitle })}
      hx-get={message.listHref}
      hx-target="#main"
      hx-swap="outerHTML"
      hx-push-url="true"
    >
      <Icon name="arrowLeft" />
    </a>
    {message.restoresTo !== undefined ? (
      <Do what="restore" icon="restore" label={t("Restore to {folder}", { folder: message.restoresTo })} />
    ) : message.role === "Junk" || message.role === "Trash" ? (
      <Do what="inbox" icon="inbox" label={message.role === "Junk" ? t("Not junk") : t("Move to the inbox")} />
    ) : (
      <Do what="archive" icon="archive" label={t("Archive")} />
    )}
    {message.role === "Trash" ? (
      <Do what="erase" icon="trash" label={t("Delete for good")} />
    ) : (
      <Do what="delete" icon="trash" label={t("Delete")} />
    )}
    {message.role === "Junk" || message.role === "Sent" ? null : <Do what="junk" icon="junk" label={t("Junk")} />}
    <span class="mail-divider" />
    <Do what="unread" icon="mail" label={t("Mark as unread")} />
    <StarButton flagged={message.flagged} />
    {message.aside ? <SnoozeMenu choices={message.aside} /> : null}
    <MoveMenu targets={message.moveTo} />
    {message.aside ? <LabelMenu choices={message.aside} /> : null}
    <Menu icon="more" label={t("More")}>
      {message.aside ? <MuteItems choices={message.aside} /> : null}
      <a class="mail-menu-item" href={message.links.enclose}>
        <Icon name="attachment" />
        {t("Forward as an attachment")}
      </a>
      <a class="mail-menu-item" href={message.links.redirect}>
        <Icon name="arrowRight" />
        {t("Redirect")}
      </a>
      {message.links.views.map((view) => (
        <a
          class="mail-menu-item"
          href={view.href}
          target={view.apart ? "_blank" : undefined}
          rel={view.apart ? "noopener" : undefined}
        >
          <Icon name={view.icon} />
          {view.label}
        </a>
      ))}
      <a class="mail-menu-item" href={message.links.why} hx-get={message.links.why} hx-target="#dialog" data-key="w">
        <Icon name="help" />
        {t("Why is this here?")}
      </a>
      <a class="mail-menu-item" href={message.links.template}>
        <Icon name="copy" />
        {t("Make a template of it")}
      </a>
      {message.links.rule ? (
        <a class="mail-menu-item" href={message.links.rule}>
          <Icon name="filter" />
          {t("Make a rule for mail like this")}
        </a>
      ) : null}
      <a class="mail-menu-item" href={message.links.headers} hx-get={message.links.headers} hx-target="#dialog">
        <Icon name="info" />
        {t("Header fields")}
      </a>
      <a class="mail-menu-item" href={message.links.source} target="_blank" rel="noopener">
        <Icon name="external" />
        {t("Source")}
      </a>
      <a class="mail-menu-item" href={message.links.download}>
        <Icon name="download" />
        {t("Save as a file")}
      </a>
    </Menu>
  </form>
);

/** In Junk it says so, with the reasons and the way out next to it. */
export const InJunk = ({ message, csrf }: { message: MailMessage; csrf: string }) =>
  message.role !== "Junk" ? null : (
    <form class="mail-held small" {...actAttributes(message.actHref)}>
      <CsrfField token={csrf} />
      <input type="hidden" name="uid" value={message.uid} />
      <input type="hidden" name="back" value={message.back} />
      <Icon name="junk" />
      <p>
        {t("This message is in Junk.")}{" "}
        <a href={message.links.why} hx-get={message.links.why} hx-target="#dialog">
          {t("Why is this here?")}
        </a>
      </p>
      <button class="btn btn-small" type="submit" name="do" value="inbox">
        {t("This is not junk")}
      </button>
    </form>
  );

export const Answers = ({ message }: { message: MailMessage }) => (
  <div class="mail-answers">
    {message.links.edit ? (
      <a class="btn btn-primary" href={message.links.edit}>
        <Icon name="compose" />
        {t("Go on writing")}
      </a>
    ) : (
      <>
        <a class="btn btn-primary" href={message.links.reply} data-key="r">
          <Icon name="reply" />
          {t("Reply")}
        </a>
        {message.to.length + message.cc.length > 1 ? (
          <a class="btn" href={message.links.replyAll} data-key="a">
            <Icon name="replyAll" />
            {t("Reply to all")}
          </a>
        ) : null}
        <a class="btn" href={message.links.forward} data-key="f">
          <Icon name="forward" />
          {t("Forward")}
        </a>
      </>
    )}
  </div>
);
