/** Senders whose mail the house always or never wants. */
import { Senders, type SendersPart } from "../../parts/senders.tsx";
import { PageHead } from "../../parts/telling.tsx";
import { Admin, type AdminFrame } from "../frame.tsx";
import { HouseTabs } from "./tabs.tsx";

export const SENDERS = "/admin/house/senders";

export const HouseSenders = ({ frame, part }: { frame: AdminFrame; part: SendersPart }) => (
  <Admin title="Wanted senders" frame={frame} place="house">
    <PageHead
      title="House rules"
      lede="For judging junk in all mailboxes, where they have no line of their own. Barred addresses are refused instead, before they say anything."
    />
    <HouseTabs current="senders" />
    <div class="stack">
      <Senders part={part} />
    </div>
  </Admin>
);
