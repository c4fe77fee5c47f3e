/** Where the page of an account is. */

/** Words that stand in the place of a login name in paths. */
const PLACES: ReadonlySet<string> = new Set(["new", "bulk", "strength"]);

/** The path of an account's page, or of one of its tabs. */
export const atUser = (login: string, tab?: string): string => {
  const at = `/admin/users/${encodeURIComponent(login)}`;
  if (tab !== undefined && tab !== "general") return `${at}/${tab}`;
  return PLACES.has(login.toLowerCase()) ? `${at}/general` : at;
};
