CREATE TABLE `dkim_keys` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`domain_id` integer NOT NULL,
	`selector` text NOT NULL,
	`algorithm` text NOT NULL,
	`private_key` text NOT NULL,
	`public_key` text NOT NULL,
	`state` text NOT NULL,
	`published` text NOT NULL,
	`created_at` integer NOT NULL,
	`used_at` integer,
	`retired_at` integer,
	`checked_at` integer,
	`problem` text DEFAULT '' NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `dkim_keys_selector` ON `dkim_keys` (`domain_id`,`selector`);--> statement-breakpoint
CREATE INDEX `dkim_keys_domain` ON `dkim_keys` (`domain_id`,`state`);--> statement-breakpoint
CREATE TABLE `greylist` (
	`key` text PRIMARY KEY NOT NULL,
	`first` integer NOT NULL,
	`passed` integer NOT NULL,
	`last` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `greylist_last` ON `greylist` (`last`);--> statement-breakpoint
CREATE TABLE `reputations` (
	`key` text PRIMARY KEY NOT NULL,
	`ham` integer NOT NULL,
	`spam` integer NOT NULL,
	`day` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `spam_profiles` (
	`id` integer PRIMARY KEY NOT NULL,
	`mailbox` integer NOT NULL,
	`ham` integer DEFAULT 0 NOT NULL,
	`spam` integer DEFAULT 0 NOT NULL,
	`junk_at` real
);
--> statement-breakpoint
CREATE UNIQUE INDEX `spam_profiles_mailbox_unique` ON `spam_profiles` (`mailbox`);--> statement-breakpoint
CREATE TABLE `spam_taught` (
	`mailbox` integer NOT NULL,
	`hash` blob NOT NULL,
	`spam` integer NOT NULL,
	`day` integer NOT NULL,
	PRIMARY KEY(`mailbox`, `hash`)
);
--> statement-breakpoint
CREATE TABLE `spam_tokens` (
	`id` integer PRIMARY KEY NOT NULL,
	`ham` integer NOT NULL,
	`spam` integer NOT NULL,
	`day` integer NOT NULL
);
--> statement-breakpoint
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
CREATE TABLE `sent_counts` (
	`user_id` integer NOT NULL,
	`slot` integer NOT NULL,
	`recipients` integer NOT NULL,
	PRIMARY KEY(`user_id`, `slot`)
);
--> statement-breakpoint
CREATE INDEX `sent_counts_slot` ON `sent_counts` (`slot`);--> statement-breakpoint
CREATE TABLE `sts_policies` (
	`domain` text PRIMARY KEY NOT NULL,
	`policy_id` text NOT NULL,
	`mode` text NOT NULL,
	`mx` text NOT NULL,
	`max_age` integer NOT NULL,
	`fetched_at` integer NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE `contents` ADD `lead` integer DEFAULT 131072 NOT NULL;