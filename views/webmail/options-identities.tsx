/** Options: as whom one writes. The list of addresses, and the form of one: name, reply address, organisation, signatures. */
import {
  ActionButton,
  AddressField,
  CsrfField,
  type FieldErrors,
  FormActions,
  TextArea,
  TextField,
} from "../parts/forms.tsx";
import { Icon } from "../parts/icon.tsx";
import { Badge, Empty, Problem } from "../parts/telling.tsx";
import { t } from "../words/words.ts";
import { LinkDialog } from "./compose-tools.tsx";
import { formTo, OPTIONS, type OptionsFrame, OptionsPage } from "./options.tsx";
import { RichField } from "./rich-field.tsx";

/** Where these pages stand. */
export const IDENTITIES = `${OPTIONS}/identities`;

/** An identity as it is shown, and filled into its form. */
export interface IdentityFields {
  readonly address: string;
  readonly name: string;
  readonly replyTo: string;
  readonly organisation: string;
  readonly signature: string;
  readonly signatureHtml: string;
}

/** One line of the list. */
export interface IdentityLine extends IdentityFields {
  readonly isDefault: boolean;
}

const formHref = (address: string) => `${IDENTITIES}/edit?address=${encodeURIComponent(address)}`;

const Line = ({ one, csrf }: { one: IdentityLine; csrf: string }) => (
  <li>
    <span class="two">
      <span class="row wrap">
        <bdi class="strong wraps">{one.name || one.address}</bdi>
        {one.isDefault ? <Badge kind="ok">{t("Default")}</Badge> : null}
      </span>
      <span class="muted small wraps">
        {[
          one.name ? one.address : "",
          one.replyTo ? t("answers to {address}", { address: one.replyTo }) : "",
          one.signature || one.signatureHtml ? t("with a signature") : "",
        ]
          .filter(Boolean)
          .join(" · ")}
      </span>
    </span>
    <span class="row wrap">
      {one.isDefault ? null : (
        <ActionButton
          action={`${IDENTITIES}/default`}
          csrf={csrf}
          label={t("Make default")}
          about={one.address}
          fields={{ address: one.address }}
        />
      )}
      <a
        class="btn btn-small"
        href={formHref(one.address)}
        aria-label={t("Change {address}", { address: one.address })}
      >
        <Icon name="compose" />
        {t("Change")}
      </a>
    </span>
  </li>
);

/** The list, and the way to add an address with a detail. */
export const Identities = ({
  frame,
  identities,
  typed,
  errors,
}: {
  frame: OptionsFrame;
  identities: readonly IdentityLine[];
  typed: string;
  errors: FieldErrors;
}) => (
  <OptionsPage
    frame={frame}
    title={t("Identities and signatures")}
    lede={t(
      "As whom you write: each of your addresses, with the name that stands before it and what stands below the text.",
    )}
  >
    <section class="panel panel-flush" aria-label={t("Identities")}>
      {identities.length === 0 ? (
        <Empty icon="user" title={t("No address to write from")}>
          <p>{t("Your account has no address yet. Ask the administrator.")}</p>
        </Empty>
      ) : (
        <ul class="lines">
          {identities.map((one) => (
            <Line one={one} csrf={frame.csrf} />
          ))}
        </ul>
      )}
    </section>
    <form class="panel form" {...formTo(`${IDENTITIES}/add`)}>
      <h2>{t("Write from an address with a detail")}</h2>
      <CsrfField token={frame.csrf} />
      <Problem text={errors[""]} />
      <AddressField
        label={t("Address")}
        name="address"
        value={typed}
        error={errors.address}
        hint={t("Such as anna+shop@ beside anna@: mail to it reaches you already.")}
        required
      />
      <FormActions label={t("Add")} plain />
    </form>
  </OptionsPage>
);

/** The form of one. */
export const IdentityForm = ({
  frame,
  identity,
  editor,
  fullName,
  errors,
}: {
  frame: OptionsFrame;
  identity: IdentityFields;
  /** The formatted signature as the editor has it. */
  editor: string;
  /** Of the account: stands where no name is given. */
  fullName: string;
  errors: FieldErrors;
}) => (
  <OptionsPage
    frame={frame}
    title={identity.address}
    under={{ href: IDENTITIES, label: t("Identities and signatures") }}
    actions={
      <ActionButton
        action={`${IDENTITIES}/remove`}
        csrf={frame.csrf}
        label={t("Forget what was said")}
        about={identity.address}
        icon="trash"
        class="btn"
        fields={{ address: identity.address }}
      />
    }
  >
    <form class="panel form" {...formTo(`${IDENTITIES}/edit`)}>
      <CsrfField token={frame.csrf} />
      <input type="hidden" name="address" value={identity.address} />
      <Problem text={errors[""] ?? errors.address} />
      <TextField
        label={t("Name")}
        name="name"
        value={identity.name}
        placeholder={fullName}
        error={errors.name}
        attributes={{ dir: "auto", autocomplete: "name" }}
      />
      <AddressField
        label={t("Answers go to")}
        name="replyTo"
        value={identity.replyTo}
        placeholder={identity.address}
        error={errors.replyTo}
        hint={t("Leave it empty for the address itself.")}
      />
      <TextField
        label={t("Organisation")}
        name="organisation"
        value={identity.organisation}
        error={errors.organisation}
        attributes={{ dir: "auto", autocomplete: "organization" }}
      />
      <TextArea
        label={t("Signature")}
        name="signature"
        value={identity.signature}
        rows={5}
        error={errors.signature}
        hint={t("Stands below what you write, after a line of two dashes.")}
        attributes={{ dir: "auto" }}
      />
      <RichField
        label={t("Signature with formatting")}
        name="signatureHtml"
        value={identity.signatureHtml}
        shown={editor}
        hint={t("For messages with formatting; empty: the one above.")}
        error={errors.signatureHtml}
      />
      <FormActions label={t("Save")} cancel={IDENTITIES} />
    </form>
    <LinkDialog />
  </OptionsPage>
);
