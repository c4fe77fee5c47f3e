/** Looks into the data folder of a stopped server: whether the file is sound, and what it says of itself is true. */
import { Database } from "bun:sqlite";
import { join } from "node:path";

/** What must not be there, as a query that lists it. */
const NEVER: Readonly<Record<string, string>> = {
  "folders whose counters differ from their messages": `
    SELECT f.id, f.name, f.messages, f.unseen, f.deleted, f.size, m.* FROM folders f LEFT JOIN (
      SELECT id >> 32 AS folder, count(*) AS n, sum(flags & 1 = 0) AS u, sum(flags & 8 <> 0) AS d, sum(size) AS s
      FROM messages GROUP BY 1) m ON m.folder = f.id
    WHERE f.messages <> ifnull(n, 0) OR f.unseen <> ifnull(u, 0) OR f.deleted <> ifnull(d, 0) OR f.size <> ifnull(s, 0)`,
  "messages at or beyond their folder's next UID": `
    SELECT m.id, f.uid_next FROM messages m JOIN folders f ON f.id = m.id >> 32 WHERE m.id & 4294967295 >= f.uid_next`,
  "messages with a later mod-sequence than their folder": `
    SELECT m.id, m.modseq FROM messages m JOIN folders f ON f.id = m.id >> 32 WHERE m.modseq > f.highest_modseq`,
  "messages without a folder": "SELECT id FROM messages WHERE id >> 32 NOT IN (SELECT id FROM folders)",
  "messages that are there and expunged": `
    SELECT m.id FROM messages m JOIN expunged e ON e.folder = m.id >> 32 AND e.uid = m.id & 4294967295`,
  "rights on folders, and read marks in them, that are gone": `
    SELECT 'rights', folder FROM folder_grants WHERE folder NOT IN (SELECT id FROM folders WHERE name >= char(1))
    UNION ALL SELECT 'marks', folder FROM read_marks WHERE folder NOT IN (SELECT id FROM folders)`,
  "contents whose count differs from the references to them": `
    SELECT c.id, c.refs, r.n FROM contents c LEFT JOIN (
      SELECT content, count(*) AS n FROM (SELECT content FROM messages UNION ALL SELECT content FROM queue_messages)
      GROUP BY 1) r ON r.content = c.id
    WHERE c.refs <> ifnull(r.n, 0)`,
  "contents that were being received": "SELECT id FROM contents WHERE hash IS NULL OR refs < 1",
  "references to contents that are not there": `
    SELECT content FROM (SELECT content FROM messages UNION SELECT content FROM queue_messages
      UNION SELECT content FROM summaries UNION SELECT content FROM unindexed) WHERE content NOT IN (SELECT id FROM contents)`,
  "chunks without their content": "SELECT id FROM chunks WHERE id >> 16 NOT IN (SELECT id FROM contents)",
  "contents with too few or too many chunks": `
    SELECT c.id, c.size, k.n FROM contents c LEFT JOIN (SELECT id >> 16 AS content, count(*) AS n FROM chunks GROUP BY 1) k
      ON k.content = c.id WHERE ifnull(k.n, 0) <> (c.size + 131071) / 131072`,
  "messages without a summary": "SELECT id FROM messages WHERE content NOT IN (SELECT content FROM summaries)",
  "contents that are neither indexed nor waiting for it, or both": `
    SELECT s.content FROM summaries s
    WHERE (s.content IN (SELECT content FROM unindexed)) = (s.content IN (SELECT id FROM search_docsize))`,
  "index entries of contents that are gone":
    "SELECT id FROM search_docsize WHERE id NOT IN (SELECT content FROM summaries)",
  "queued messages that nobody waits for": `
    SELECT id FROM queue_messages WHERE id NOT IN (SELECT message_id FROM queue_recipients WHERE state <> 'done')`,
  "broken references": "PRAGMA foreign_key_check",
};

/** Everything that is wrong; nothing, for a sound file. */
export function audit(folder: string): string[] {
  const client = new Database(join(folder, "gatepost.db"), { readwrite: true });
  try {
    const problems = client
      .query<{ integrity_check: string }, []>("PRAGMA integrity_check")
      .all()
      .map((row) => row.integrity_check)
      .filter((line) => line !== "ok");
    client.run("INSERT INTO search (search) VALUES ('integrity-check')");
    for (const [what, sql] of Object.entries(NEVER)) {
      const rows = client.query(sql).all();
      if (rows.length > 0) problems.push(`${rows.length} ${what}: ${JSON.stringify(rows.slice(0, 3))}`);
    }
    return problems;
  } finally {
    client.close();
  }
}

/** The first value of a query on the data folder of a stopped server. */
export function count(folder: string, sql: string): number {
  const client = new Database(join(folder, "gatepost.db"), { readwrite: true });
  try {
    return Number(client.query(sql).values()[0]?.[0]);
  } finally {
    client.close();
  }
}
