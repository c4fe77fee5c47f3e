/** The files of a message: their list, all of them in one, and small pictures to look at. */
import { Icon } from "../parts/icon.tsx";
import { t, tn } from "../words/words.ts";
import type { AttachmentLink } from "./message.tsx";

const File = ({ file }: { file: AttachmentLink }) => (
  <li class="mail-attachment">
    {file.picture && file.viewHref ? (
      <a class="mail-attachment-picture" href={file.viewHref} target="_blank" rel="noopener">
        <img src={file.viewHref} alt={file.name} loading="lazy" decoding="async" />
      </a>
    ) : (
      <Icon name={file.icon} />
    )}
    <a class="mail-attachment-name" href={file.href} download>
      <bdi class="clip">{file.name}</bdi>
      <span class="muted small num">{file.size}</span>
    </a>
    {file.viewHref ? (
      <a
        class="btn btn-quiet btn-small btn-icon"
        href={file.viewHref}
        target="_blank"
        rel="noopener"
        title={t("Look at it")}
        aria-label={t("Look at {name}", { name: file.name })}
      >
        <Icon name="eye" />
      </a>
    ) : null}
  </li>
);

export const Attachments = ({ list, zip }: { list: readonly AttachmentLink[]; zip: string }) =>
  list.length === 0 ? null : (
    <section class="mail-attachments" aria-label={t("Attachments")}>
      <h2 class="visually-hidden">{tn(list.length, "1 attachment", "{n} attachments")}</h2>
      <ul>
        {list.map((file) => (
          <File file={file} />
        ))}
      </ul>
      {list.length > 1 ? (
        <a class="btn btn-small" href={zip} download>
          <Icon name="download" />
          {tn(list.length, "Save the file", "Save all {n} files")}
        </a>
      ) : null}
    </section>
  );
