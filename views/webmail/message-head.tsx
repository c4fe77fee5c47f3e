/** Who a message is from and to: one line that opens. */
import { Icon } from "../parts/icon.tsx";
import { fullTime } from "../parts/telling.tsx";
import { t, tn } from "../words/words.ts";
import type { MailMessage, Person } from "./message.tsx";

const PersonWords = ({ person }: { person: Person }) =>
  person.name && person.name !== person.address ? (
    <span class="mail-person">
      <bdi>{person.name}</bdi> <bdi class="muted">{`<${person.address}>`}</bdi>
    </span>
  ) : (
    <span class="mail-person">
      <bdi>{person.address || t("nobody")}</bdi>
    </span>
  );

const shortName = (person: Person): string => person.name || person.address;

const People = ({ label, people }: { label: string; people: readonly Person[] }) =>
  people.length === 0 ? null : (
    <>
      <dt>{label}</dt>
      <dd>
        {people.map((person, index) => (
          <>
            {index > 0 ? ", " : ""}
            <PersonWords person={person} />
          </>
        ))}
      </dd>
    </>
  );

/** People who are named before the rest is counted. */
const NAMED = 3;

function summary({ to, cc }: MailMessage): string {
  const names = [...to, ...cc].map(shortName);
  if (names.length === 0) return t("to nobody named");
  const some = names.slice(0, NAMED).join(", ");
  const more = names.length - NAMED;
  return more > 0
    ? tn(more, "to {names} and {n} more", "to {names} and {n} more", { names: some })
    : t("to {names}", { names: some });
}

export const Head = ({ message }: { message: MailMessage }) => (
  <div class="mail-head">
    <span class={`mail-avatar tone-${message.tone}`} aria-hidden="true">
      <span>{message.initials}</span>
    </span>
    <details class="mail-people">
      <summary>
        <span class="mail-from">
          <b>
            <bdi>{shortName(message.from)}</bdi>
          </b>
          {message.from.name && message.from.name !== message.from.address ? (
            <bdi class="muted small">{message.from.address}</bdi>
          ) : null}
        </span>
        <span class="muted small mail-to">
          <bdi class="clip">{summary(message)}</bdi>
          <Icon name="chevronDown" label={t("All names")} />
        </span>
      </summary>
      <dl class="facts small">
        <People label={t("From")} people={[message.from]} />
        {message.sender ? <People label={t("Sent by")} people={[message.sender]} /> : null}
        <People label={t("Reply to")} people={message.replyTo} />
        <People label={t("To")} people={message.to} />
        <People label={t("Cc")} people={message.cc} />
        <People label={t("Bcc")} people={message.bcc} />
        <dt>{t("Date")}</dt>
        <dd>{fullTime(message.at)}</dd>
      </dl>
    </details>
    <time class="mail-date muted small num" datetime={new Date(message.at).toISOString()} title={fullTime(message.at)}>
      {message.when}
    </time>
  </div>
);
