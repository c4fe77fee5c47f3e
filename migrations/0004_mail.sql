CREATE TABLE `sieve_memory` (
	`mailbox` integer NOT NULL,
	`kind` text NOT NULL,
	`key` text NOT NULL,
	`at` integer NOT NULL,
	`until` integer NOT NULL,
	PRIMARY KEY(`mailbox`, `kind`, `key`)
);
--> statement-breakpoint
CREATE INDEX `sieve_memory_until` ON `sieve_memory` (`until`);--> statement-breakpoint
CREATE INDEX `sieve_memory_at` ON `sieve_memory` (`mailbox`,`kind`,`at`);--> statement-breakpoint
CREATE TABLE `sieve_scripts` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`mailbox` integer NOT NULL,
	`name` text NOT NULL,
	`text` text NOT NULL,
	`size` integer NOT NULL,
	`active` integer DEFAULT false NOT NULL,
	`changed_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `sieve_scripts_name` ON `sieve_scripts` (`mailbox`,`name`);--> statement-breakpoint
ALTER TABLE `contents` ADD `lead` integer DEFAULT 131072 NOT NULL;