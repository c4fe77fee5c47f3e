/** What is to be typed over elsewhere, with the buttons that copy it. */
import { CopyButton } from "./forms.tsx";

/** Something to be typed over, with the button that copies it. */
const Copied = ({ id, text, about }: { id: string; text: string; about: string }) => (
  <div class="copied">
    <code class="code" id={id}>
      {text}
    </code>
    <CopyButton of={id} about={about} />
  </div>
);

/** Lines for a terminal: as they are, since a line that is broken is another one. What scrolls is reached by keyboard. */
export const Lines = ({ id, text, about }: { id: string; text: string; about: string }) => (
  <div class="copied copied-lines">
    <pre class="code code-lines" id={id} tabindex={0}>
      {text}
    </pre>
    <CopyButton of={id} about={about} />
  </div>
);

/** One line of facts, with the button that copies it. */
export const Value = ({ id, label, text }: { id: string; label: string; text: string }) => (
  <>
    <dt>{label}</dt>
    <dd>
      <Copied id={id} text={text} about={label} />
    </dd>
  </>
);
