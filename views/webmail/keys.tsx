/** The keys of webmail, one table of them: the script does what stands here, and the help sheet says it. Most are those of Gmail. */
import { Icon } from "../parts/icon.tsx";
import { key, t } from "../words/words.ts";
import type { FolderGroup } from "./folders.tsx";

/** One key, or several for the same; "g i" is one after the other. */
interface Key {
  readonly on: readonly string[];
  /** What list-script.js does: the name of a deed and what it needs. */
  readonly does: string;
  readonly says: string;
}

/** Keys that lead to a folder, by the drawing that stands for it in the rail. */
const FOLDERS: readonly { readonly on: string; readonly icon: string; readonly says: string }[] = [
  { on: "g i", icon: "inbox", says: key("Go to the inbox") },
  { on: "g d", icon: "draft", says: key("Go to the drafts") },
  { on: "g t", icon: "send", says: key("Go to sent mail") },
  { on: "g a", icon: "archive", says: key("Go to the archive") },
];

const GROUPS: readonly { readonly title: string; readonly keys: readonly Key[] }[] = [
  {
    title: key("Getting around"),
    keys: [
      { on: ["j"], does: "next", says: key("Next message") },
      { on: ["k"], does: "previous", says: key("Previous message") },
      { on: ["n"], does: "nextWithin", says: key("Next message of the conversation") },
      { on: ["p"], does: "previousWithin", says: key("Previous message of the conversation") },
      { on: ["u"], does: "back", says: key("Back to the list") },
      { on: ["/"], does: "search", says: key("Search") },
      { on: ["?"], does: "press ?", says: key("This sheet") },
    ],
  },
  {
    title: key("Writing"),
    keys: [
      { on: ["c"], does: "press c", says: key("Write a message") },
      { on: ["r"], does: "press r", says: key("Reply") },
      { on: ["a"], does: "press a", says: key("Reply to all") },
      { on: ["f"], does: "press f", says: key("Forward") },
      { on: ["Ctrl Enter"], does: "", says: key("Send") },
    ],
  },
  {
    title: key("With the ticked messages, or the open one"),
    keys: [
      { on: ["e", "y"], does: "act archive", says: key("Archive") },
      { on: ["#", "Delete"], does: "act delete erase", says: key("Delete") },
      { on: ["!"], does: "act junk", says: key("Junk") },
      { on: ["v"], does: "menu move", says: key("Move to another folder") },
      { on: ["b"], does: "menu snooze", says: key("Snooze") },
      { on: ["l"], does: "menu label", says: key("Label") },
      { on: ["m"], does: "act mute", says: key("Mute the conversation") },
      { on: ["s"], does: "act flag unflag", says: key("Star") },
      { on: ["I"], does: "act read", says: key("Mark as read") },
      { on: ["U"], does: "act unread", says: key("Mark as unread") },
      { on: ["w"], does: "press w", says: key("Why is this here?") },
      { on: ["z"], does: "undo", says: key("Take back what was done last") },
    ],
  },
  {
    title: key("Ticking"),
    keys: [
      { on: ["x"], does: "tick", says: key("Tick the message one is at, or the open one") },
      { on: ["* a"], does: "tickAll", says: key("Tick all that are shown") },
      { on: ["* n"], does: "untick", says: key("Untick all") },
    ],
  },
];

/** The address of the help sheet. */
export const KEYS = "/mail/keys";

const addressesOf = (folders: readonly FolderGroup[]): Record<string, string> =>
  Object.fromEntries(
    FOLDERS.flatMap(({ on, icon }) => {
      const folder = folders[0]?.folders.find((one) => one.icon === icon);
      return folder === undefined ? [] : [[on, `go ${folder.href}`]];
    }),
  );

/** The table for the script, and the link that opens the sheet. */
export const KeyTable = ({ folders }: { folders: readonly FolderGroup[] }) => {
  const own = GROUPS.flatMap(({ keys }) => keys.flatMap(({ on, does }) => (does ? on.map((one) => [one, does]) : [])));
  const table = { ...Object.fromEntries(own), ...addressesOf(folders) };
  return (
    <a
      class="rail-link visually-hidden"
      id="keys"
      href={KEYS}
      hx-get={KEYS}
      hx-target="#dialog"
      data-key="?"
      data-keys={JSON.stringify(table)}
    >
      {t("Keys")}
    </a>
  );
};

const Line = ({ on, says }: { on: readonly string[]; says: string }) => (
  <>
    <dt>
      {on.map((one, at) => (
        <>
          {at > 0 ? ` ${t("or")} ` : ""}
          {one.split(" ").map((each) => (
            <kbd>{each}</kbd>
          ))}
        </>
      ))}
    </dt>
    <dd>{t(says)}</dd>
  </>
);

/** The help sheet. */
export const KeySheet = ({ alone }: { alone: boolean }) => {
  const [Title, Part] = alone ? (["h1", "h2"] as const) : (["h2", "h3"] as const);
  return (
    <section class="mail-keys">
      <div class="spread">
        <Title>{t("Keys")}</Title>
        {alone ? null : (
          <button class="btn btn-quiet btn-small" type="button" data-close>
            <Icon name="close" />
            {t("Close")}
          </button>
        )}
      </div>
      {GROUPS.map(({ title, keys }, at) => (
        <div>
          <Part>{t(title)}</Part>
          <dl>
            {keys.map(({ on, says }) => (
              <Line on={on} says={says} />
            ))}
            {at > 0 ? null : FOLDERS.map(({ on, says }) => <Line on={[on]} says={says} />)}
          </dl>
        </div>
      ))}
      <div class="form-actions">
        <a class="btn" href="/mail" data-close={alone ? undefined : true}>
          {t("Close")}
        </a>
      </div>
    </section>
  );
};
