/**
 * Opens messages for their readers: what stands in the reading pane, with what the reader should be told first and whether the sender's
 * pictures are shown. Every page that shows a message asks here.
 */
import type { MailMessage } from "../../../views/webmail/message.tsx";
import type { User } from "../../directory/user.ts";
import type { Part } from "../../mime/structure.ts";
import type { RoledFolder } from "./access.ts";
import { Acquaintances } from "./acquaintances.ts";
import { type Author, authorOf } from "./author.ts";
import { type About, displayMessage, type OpenWish } from "./display.ts";
import type { StoredMessage } from "./message.ts";
import { offersOf } from "./offers/offers.ts";
import { type PackedEntry, PackedLists, packedParts } from "./packed.ts";
import { peopleOf } from "./people.ts";
import type { Rendered } from "./rendering.ts";
import type { Webmail } from "./room.ts";
import { warningsOf } from "./warnings.ts";

/** A sender whose pictures may be shown without asking. */
export interface PictureSender {
  readonly address: string;
  /** They are. */
  readonly kept: boolean;
}

export class Letters {
  readonly #acquaintances: Acquaintances;
  readonly #packedLists: PackedLists;

  constructor(private readonly webmail: Pick<Webmail, "front" | "access" | "messages" | "renderings">) {
    const { directory, store, now } = webmail.front.deps;
    this.#acquaintances = new Acquaintances(directory, store, now);
    this.#packedLists = new PackedLists(webmail.messages);
  }

  /** The message as its reader wants to see it, and the text of it as it is shown. */
  async show(
    message: StoredMessage,
    folder: RoledFolder,
    wish: OpenWish,
  ): Promise<{ shown: MailMessage; rendered: Rendered }> {
    const { front, access, messages, renderings } = this.webmail;
    const { user } = folder;
    const author = await this.#author(message);
    const pictureSender = this.#pictureSender(user, message, author);
    const seen: OpenWish = { ...wish, pictures: wish.pictures || pictureSender?.kept === true };
    const rendered = await renderings.render(message, seen);
    const warnings = warningsOf(message, author, this.#acquaintances.of(user.id), rendered);
    const opened = { ...{ access, messages, user, folder, message }, deps: front.deps };
    const about: About = {
      ...{ access, folder, pictureSender, warnings, rendered, now: front.deps.now() },
      offers: await offersOf(opened, author),
      packed: await this.#packed(message),
    };
    return { shown: displayMessage(about, message, seen), rendered };
  }

  /** The sender of a message, where it may be he. */
  async pictureSender(user: User, message: StoredMessage): Promise<PictureSender | undefined> {
    return this.#pictureSender(user, message, await this.#author(message));
  }

  /** What is in winmail.dat, by its part. */
  async #packed(message: StoredMessage): Promise<About["packed"]> {
    const parts = message.structure.root.type === "text" ? [] : packedParts(message);
    const found = new Map<Part, readonly PackedEntry[]>();
    for (const part of parts) found.set(part, await this.#packedLists.of(message, part));
    return found;
  }

  /** Nobody of whom it is known that he is somebody else. */
  #pictureSender(user: User, { envelope }: StoredMessage, author: Author): PictureSender | undefined {
    const address = peopleOf(envelope.from)[0]?.address ?? "";
    if (author.kind === "danger" || !address.includes("@")) return undefined;
    return { address, kept: this.webmail.front.deps.directory.pictureSenders.has(user.id, address) };
  }

  /** Who a message is from, by what this server found when it came. */
  async #author({ envelope, header }: StoredMessage): Promise<Author> {
    const { toldOf } = await import("../../filter/told.ts");
    return authorOf(envelope, toldOf(header, this.webmail.front.deps.transport.hostname()));
  }
}
