/** Pages of the server's own, which stand in for a home page. */
import type { HtmlEscapedString } from "hono/utils/html";
import { NoPageView } from "../../../views/homepages/pages.tsx";
import { OWN_POLICY } from "./fence.ts";

/** A page of the server's own. */
export const ownPage = async (
  status: number,
  page: HtmlEscapedString | Promise<HtmlEscapedString>,
): Promise<Response> => {
  const octets = Buffer.from(String(await page));
  const headers = {
    "content-type": "text/html; charset=utf-8",
    "content-length": String(octets.length),
    "content-security-policy": OWN_POLICY,
    "cache-control": "no-cache",
  };
  return new Response(octets, { status, headers });
};

/** What is said where there is no page. */
export const noPage = (status: number, sentence: string, title = "Not here"): Promise<Response> =>
  ownPage(status, <NoPageView title={title} sentence={sentence} />);
