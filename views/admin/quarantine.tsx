/** The quarantine: what is held, and one held message. */
import { ActionButton } from "../parts/forms.tsx";
import { HeldHead, type HeldLine, HeldLines, type HeldMessage, HeldParts } from "../parts/held.tsx";
import { type Found, FoundList } from "../parts/list.tsx";
import { PageHead } from "../parts/telling.tsx";
import { AskToRemove } from "./confirm.tsx";
import { Admin, type AdminFrame, Crumbs } from "./frame.tsx";

export interface QuarantinePage extends Found {
  readonly lines: readonly HeldLine[];
}

const AT = "/admin/quarantine";

export const Quarantine = ({ frame, page }: { frame: AdminFrame; page: QuarantinePage }) => (
  <Admin title="Quarantine" frame={frame} place="quarantine">
    <PageHead
      title="Quarantine"
      lede="Mail that was taken and goes to nobody until it is released. What nobody releases is deleted after its time."
    />
    <FoundList
      at={AT}
      label="Search sender, subject, recipient or trace"
      found={page}
      lines={page.lines.length}
      noun={["message", "messages"]}
      empty={{
        icon: "lock",
        title: page.search ? "Nothing matches" : "Nothing is held",
        hint: "Mail with a virus, what is surely junk, and what rules of the house keep back can be held here.",
      }}
    >
      <HeldLines lines={page.lines} now={frame.now} at={AT} />
    </FoundList>
  </Admin>
);

export const QuarantinedMessage = ({ frame, page }: { frame: AdminFrame; page: HeldMessage }) => {
  const here = `${AT}/${page.id}`;
  return (
    <Admin title={page.subject || "Held message"} frame={frame} place="quarantine">
      <Crumbs href={AT} label="Quarantine" here={page.id} />
      <HeldHead page={page}>
        <ActionButton
          action={`${here}/release`}
          csrf={frame.csrf}
          label={page.recipients.length === 1 ? "Release" : "Release to all"}
          icon="play"
          class="btn btn-primary"
        />
        {page.reason === "junk" ? (
          <ActionButton
            action={`${here}/release`}
            csrf={frame.csrf}
            label="Release, it is no junk"
            icon="check"
            class="btn"
            fields={{ learn: "on" }}
          />
        ) : null}
        <AskToRemove href={`${here}/remove`} label="Delete" />
      </HeldHead>
      <HeldParts page={page} now={frame.now} trace={`/admin/log?trace=${encodeURIComponent(page.trace)}`}>
        {page.recipients.length < 2 ? null : (
          <section class="panel panel-flush" aria-labelledby="recipients">
            <div class="panel-head">
              <h2 id="recipients">Recipients</h2>
            </div>
            <ul class="lines">
              {page.recipients.map((address) => (
                <li>
                  <bdi class="clip">{address}</bdi>
                  <ActionButton
                    action={`${here}/release`}
                    csrf={frame.csrf}
                    label="Release to this one"
                    class="btn btn-small"
                    fields={{ to: address }}
                  />
                </li>
              ))}
            </ul>
          </section>
        )}
      </HeldParts>
    </Admin>
  );
};
