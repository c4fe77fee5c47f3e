/** API tokens in a user's own hands. */
import { Tokens, type TokensPage } from "../parts/tokens.tsx";
import { t } from "../words/words.ts";
import { type OptionsFrame, OptionsPage } from "./options.tsx";

export const TokenOptions = ({ frame, page }: { frame: OptionsFrame; page: TokensPage }) => (
  <OptionsPage
    frame={frame}
    title={t("API tokens")}
    lede={t("For programs that use this server's HTTP API in your name. A token never has more rights than you have.")}
  >
    <Tokens page={page} csrf={frame.csrf} now={frame.now} />
  </OptionsPage>
);
