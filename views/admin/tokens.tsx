/** The administrator's own tokens for the HTTP API. */

import { PageHead } from "../parts/telling.tsx";
import { Tokens, type TokensPage } from "../parts/tokens.tsx";
import { Admin, type AdminFrame } from "./frame.tsx";

export const AdminTokens = ({ frame, page }: { frame: AdminFrame; page: TokensPage }) => (
  <Admin title="API tokens" frame={frame} place="tokens">
    <PageHead
      title="API tokens"
      lede={
        <>
          {"With a token of yours, programs do what you do here, as far as its scopes go. "}
          <a href="/api/openapi.json">What there is to do</a>
          {" stands in a document for programs (OpenAPI)."}
        </>
      }
    />
    <Tokens page={page} csrf={frame.csrf} now={frame.now} />
  </Admin>
);
