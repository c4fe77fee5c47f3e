--> statement-breakpoint
CREATE VIRTUAL TABLE `search` USING fts5(text, tokenize='trigram', detail=none, content='', contentless_delete=1);
