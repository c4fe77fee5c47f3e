/** What this program is, and whose work it carries. */
import { Mark } from "../parts/icon.tsx";
import { Admin, type AdminFrame } from "./frame.tsx";

/** What the page shows. */
export interface AboutPage {
  readonly version: string;
  readonly licences: readonly {
    readonly name: string;
    readonly version: string;
    readonly licence: string;
    readonly text: string;
  }[];
}

export const About = ({ frame, page }: { frame: AdminFrame; page: AboutPage }) => (
  <Admin title="About" frame={frame} place="about">
    <div class="about-head">
      <Mark />
      <div>
        <h1>Gatepost</h1>
        <p class="lede num">Version {page.version}</p>
      </div>
    </div>
    <div class="stack stack-l">
      <p class="lede">
        One executable that gives a home or a small office its own complete mail server and LAN gateway. Free software
        under the MIT licence.
      </p>
      <section class="stack" aria-labelledby="licences">
        <h2 id="licences">The work of others in it</h2>
        <ul class="stack stack-s">
          {page.licences.map((part) => (
            <li>
              <details class="fold">
                <summary>
                  {part.name} <span class="muted num">{part.version}</span> <span class="muted">{part.licence}</span>
                </summary>
                <pre class="code">{part.text}</pre>
              </details>
            </li>
          ))}
        </ul>
      </section>
    </div>
  </Admin>
);
