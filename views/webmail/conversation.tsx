/** The messages of a conversation above the one that is open, each a line that opens it. */
import { fullTime } from "../parts/telling.tsx";
import { t, tn } from "../words/words.ts";

/** One message of a conversation. */
export interface ConversationItem {
  readonly href: string;
  readonly who: string;
  readonly initials: string;
  readonly tone: number;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly when: string;
  readonly unread: boolean;
  readonly current: boolean;
}

/** What stands around an open message of a conversation. */
export interface Conversation {
  /** The UID of the line of the list that stands for it. */
  readonly line: number;
  /** All its messages, oldest first; one alone is no conversation. */
  readonly items: readonly ConversationItem[];
}

/** The lines. */
export const ConversationLines = ({ conversation }: { conversation: Conversation | undefined }) => {
  const items = conversation?.items ?? [];
  if (items.length < 2) return null;
  return (
    <nav
      class="mail-conversation"
      aria-label={tn(items.length, "{n} message of this conversation", "{n} messages of this conversation")}
    >
      <ol>
        {items.map((item) => (
          <li>
            <a
              class={item.unread ? "mail-conversation-item mail-unread" : "mail-conversation-item"}
              href={item.href}
              aria-current={item.current ? "true" : undefined}
              hx-get={item.href}
              hx-target="#reader"
              hx-swap="outerHTML"
              hx-push-url="true"
            >
              <span class={`mail-avatar tone-${item.tone}`} aria-hidden="true">
                <span>{item.initials}</span>
              </span>
              <span class="mail-who">
                {item.unread ? <span class="visually-hidden">{t("Unread:")} </span> : null}
                <bdi>{item.who}</bdi>
              </span>
              <time class="mail-when num" datetime={new Date(item.at).toISOString()} title={fullTime(item.at)}>
                {item.when}
              </time>
            </a>
          </li>
        ))}
      </ol>
    </nav>
  );
};
