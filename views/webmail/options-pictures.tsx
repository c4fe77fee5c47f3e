/** Options: whose pictures are shown without asking, and whether one is asked for receipts. */
import { ActionButton, Choices, CsrfField, FormActions } from "../parts/forms.tsx";
import { type Found, listHref } from "../parts/list.tsx";
import { Empty, Pager } from "../parts/telling.tsx";
import { t } from "../words/words.ts";
import { formTo, OPTIONS, type OptionsFrame, OptionsPage } from "./options.tsx";

export const PICTURE_SENDERS = `${OPTIONS}/pictures`;

/** The senders, and how to be asked again. */
export const PictureSenders = ({
  frame,
  addresses,
  found,
  receipts,
}: {
  frame: OptionsFrame;
  addresses: readonly string[];
  found: Omit<Found, "search">;
  receipts: string;
}) => (
  <OptionsPage
    frame={frame}
    title={t("Pictures and receipts")}
    lede={t(
      "Pictures on other servers are not loaded until you ask for them. Those of these senders are shown at once; they are fetched by this server, so that nobody learns where you are.",
    )}
  >
    <section class="panel panel-flush">
      {addresses.length === 0 ? (
        <Empty icon="image" title={t("Nobody yet")}>
          <p>{t("“Always from this sender” in a message puts its sender here.")}</p>
        </Empty>
      ) : (
        <>
          <ul class="lines">
            {addresses.map((address) => (
              <li>
                <bdi class="clip">{address}</bdi>
                <ActionButton
                  action={`${PICTURE_SENDERS}/ask`}
                  csrf={frame.csrf}
                  label={t("Ask again")}
                  about={address}
                  class="btn btn-small"
                  fields={{ address }}
                />
              </li>
            ))}
          </ul>
          <Pager
            page={found.page}
            pages={found.pages}
            total={found.total}
            noun={found.total === 1 ? t("sender") : t("senders")}
            href={(page) => listHref(PICTURE_SENDERS, {}, page)}
          />
        </>
      )}
    </section>
    <form class="panel stack" {...formTo(`${PICTURE_SENDERS}/receipts`)}>
      <CsrfField token={frame.csrf} />
      <Choices
        legend={t("When a sender wants to hear that you read his message")}
        name="receipts"
        value={receipts}
        options={[
          { value: "ask", label: t("Ask me"), hint: t("Nothing is sent without your word.") },
          { value: "never", label: t("Send nothing, and do not ask") },
        ]}
      />
      <FormActions label={t("Save")} />
    </form>
  </OptionsPage>
);
