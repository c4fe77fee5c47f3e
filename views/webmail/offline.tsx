/** Stands in where the server cannot be reached and the page was not kept. */
import type { Frame } from "../layout.tsx";
import { Gate } from "../parts/gate.tsx";
import { t } from "../words/words.ts";

export const Offline = ({ frame }: { frame: Frame }) => (
  <Gate title={t("No connection")} frame={frame} headline={t("Mind the gap.")}>
    <div class="stack">
      <h1>{t("No connection")}</h1>
      <p class="lede">{t("The server cannot be reached. What you read on this device before can be read again.")}</p>
      <div class="form-actions">
        <a class="btn btn-primary" href="/mail">
          {t("To the inbox")}
        </a>
      </div>
    </div>
  </Gate>
);
