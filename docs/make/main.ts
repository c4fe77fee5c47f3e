/** `make docs`: writes the regions of all pages anew from the code. */
import { askOffers } from "./house.ts";
import { makersOf } from "./makers.ts";
import { pages, readPage, writePage } from "./pages.ts";
import { filled } from "./regions.ts";

const makers = makersOf(await askOffers());
for (const page of pages()) {
  const before = readPage(page);
  const after = filled(before, makers);
  if (after === before) continue;
  writePage(page, after);
  console.log(`wrote ${page}`);
}
