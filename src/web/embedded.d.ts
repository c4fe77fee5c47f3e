/** Files that the executable carries as text (`with { type: "text" }`). */
declare module "*.css" {
  const text: string;
  export default text;
}
declare module "*.svg" {
  const text: string;
  export default text;
}
declare module "htmx.org/dist/*" {
  const text: string;
  export default text;
}
declare module "squire-rte/dist/*" {
  const text: string;
  export default text;
}
/** A file that the executable carries; the value is the path to read it from. */
declare module "*.woff2" {
  const path: string;
  export default path;
}
declare module "*.png" {
  const path: string;
  export default path;
}
declare module "*/wasm" {
  const path: string;
  export default path;
}

declare module "*.md" {
  const text: string;
  export default text;
}
