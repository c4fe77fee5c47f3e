CREATE TABLE `annotations` (
	`folder` integer NOT NULL,
	`user` integer NOT NULL,
	`entry` text NOT NULL,
	`value` blob NOT NULL,
	PRIMARY KEY(`folder`, `user`, `entry`)
);
--> statement-breakpoint
CREATE INDEX `annotations_user` ON `annotations` (`user`);--> statement-breakpoint
CREATE TABLE `folder_grants` (
	`folder` integer NOT NULL,
	`user` integer NOT NULL,
	`negative` integer NOT NULL,
	`rights` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `folder_grants_entry` ON `folder_grants` (`folder`,`user`,`negative`);--> statement-breakpoint
CREATE INDEX `folder_grants_user` ON `folder_grants` (`user`,`folder`);--> statement-breakpoint
CREATE TABLE `header_texts` (
	`content` integer PRIMARY KEY NOT NULL,
	`subject` text,
	`sender` text,
	`recipient` text,
	`copy` text,
	`blind` text
);
--> statement-breakpoint
CREATE TABLE `read_marks` (
	`folder` integer NOT NULL,
	`span` integer NOT NULL,
	`user` integer NOT NULL,
	`bits` blob NOT NULL,
	PRIMARY KEY(`folder`, `span`, `user`)
);
--> statement-breakpoint
CREATE TABLE `sort_keys` (
	`content` integer PRIMARY KEY NOT NULL,
	`subject` text NOT NULL,
	`sender` text NOT NULL,
	`recipient` text NOT NULL,
	`copy` text NOT NULL,
	`sender_name` text NOT NULL,
	`recipient_name` text NOT NULL,
	`links` blob NOT NULL
);
--> statement-breakpoint
ALTER TABLE `mailboxes` ADD `own_read_marks` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `gateway_trips` ADD `typed` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `gateway_trips` ADD `why` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `folders` ADD `flags_since` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `messages_deleted` ON `messages` (`id`,`size`) WHERE flags & 8;