/** Sieve scripts that run for every mailbox. */
import { Scripts, type ScriptsPart } from "../parts/scripts.tsx";
import { PageHead } from "../parts/telling.tsx";
import { Admin, type AdminFrame } from "./frame.tsx";

export const HouseScripts = ({ frame, part }: { frame: AdminFrame; part: ScriptsPart }) => (
  <Admin title="Sieve scripts" frame={frame} place="scripts">
    <PageHead
      title="Sieve scripts"
      lede="Sieve scripts for all mailboxes: “before” runs ahead of everybody's own script, “after” behind it. Own scripts may include the others."
    />
    <Scripts part={part} />
  </Admin>
);
