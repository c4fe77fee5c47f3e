/** As what mail goes out in files. */
export const EXPORT_FORMATS = ["mbox", "maildir", "eml"] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];
