/** A folder of an FTP server, as a page of the web proxy. Pure. */
import { sizeWords } from "../parts/telling.tsx";
import { ProxyFrame } from "./page.tsx";

/** What is in a folder. */
export interface ListingValues {
  /** The address of the folder. */
  readonly address: string;
  /** Not at the top: there is a folder above. */
  readonly below: boolean;
  readonly entries: readonly {
    readonly name: string;
    /** Relative to the folder. */
    readonly href: string;
    readonly kind: "file" | "folder" | "link";
    readonly size: number | undefined;
    readonly modified: string;
  }[];
  /** There are more than are shown. */
  readonly more: boolean;
}

const STYLE = `main{max-width:52rem;margin-top:6vh}table{width:100%;border-collapse:collapse;margin-top:1rem}
th{text-align:left;font-weight:600;color:var(--soft);font-size:.9rem}th,td{padding:.4rem .5rem;border-top:1px solid var(--line)}
td:first-child{overflow-wrap:anywhere}td+td,th+th{white-space:nowrap;color:var(--soft);font-variant-numeric:tabular-nums}a{color:var(--green)}
@media(max-width:34rem){th:nth-child(3),td:nth-child(3){display:none}}`;

const List = ({ address, below, entries, more }: ListingValues) => (
  <ProxyFrame title={address} style={STYLE}>
    <h1>Folder</h1>
    <p class="address">{address}</p>
    {below && (
      <p>
        <a href="../">One folder up</a>
      </p>
    )}
    {entries.length === 0 ? (
      <p>There is nothing in this folder.</p>
    ) : (
      <table>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Size</th>
            <th scope="col">Changed</th>
          </tr>
        </thead>
        <tbody>
          {entries.map(({ name, href, kind, size, modified }) => (
            <tr>
              <td>
                <a href={href}>{kind === "folder" ? `${name}/` : name}</a>
              </td>
              <td>{size === undefined ? "" : sizeWords(size)}</td>
              <td>{modified}</td>
            </tr>
          ))}
        </tbody>
      </table>
    )}
    {more && <p>There is more in this folder than a page shows. Use an FTP program for it.</p>}
  </ProxyFrame>
);

/** The page as text. */
export function listingPage(values: ListingValues): string {
  return List(values).toString();
}
