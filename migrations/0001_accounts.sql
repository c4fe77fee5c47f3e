CREATE TABLE `api_tokens` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`user` integer NOT NULL,
	`name` text NOT NULL,
	`hash` blob NOT NULL,
	`scopes` text NOT NULL,
	`networks` text NOT NULL,
	`expires_at` integer,
	`created_at` integer NOT NULL,
	`last_used_at` integer,
	`last_used_remote` text,
	FOREIGN KEY (`user`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `api_tokens_hash` ON `api_tokens` (`hash`);--> statement-breakpoint
CREATE INDEX `api_tokens_user` ON `api_tokens` (`user`);--> statement-breakpoint
CREATE TABLE `audit` (
	`id` integer PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`actor` text NOT NULL,
	`via` text NOT NULL,
	`token` text,
	`remote` text,
	`operation` text NOT NULL,
	`subject` text NOT NULL,
	`before` text NOT NULL,
	`after` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `audit_at` ON `audit` (`at`);--> statement-breakpoint
CREATE INDEX `audit_actor` ON `audit` (`actor`);--> statement-breakpoint
CREATE INDEX `audit_subject` ON `audit` (`subject`);--> statement-breakpoint
CREATE TABLE `external_users` (
	`user_id` integer PRIMARY KEY NOT NULL,
	`switched_off` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `user_databases` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`name` text NOT NULL,
	`name_key` text NOT NULL,
	`position` integer NOT NULL,
	`properties` text NOT NULL,
	`bind_password` text NOT NULL,
	`last_run` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `user_databases_name` ON `user_databases` (`name_key`);--> statement-breakpoint
CREATE TABLE `app_passwords` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`user` integer NOT NULL,
	`name` text NOT NULL,
	`hash` blob NOT NULL,
	`scram` text NOT NULL,
	`services` text NOT NULL,
	`networks` text NOT NULL,
	`expires_at` integer,
	`created_at` integer NOT NULL,
	`last_used_at` integer,
	`last_used_service` text,
	`last_used_remote` text,
	FOREIGN KEY (`user`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `app_passwords_user` ON `app_passwords` (`user`);--> statement-breakpoint
CREATE TABLE `bars` (
	`subject` text PRIMARY KEY NOT NULL,
	`since` integer NOT NULL,
	`until` integer,
	`why` text NOT NULL,
	`set_by` text NOT NULL,
	`turned_away` integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE `passkeys` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`user` integer NOT NULL,
	`credential` text NOT NULL,
	`public_key` blob NOT NULL,
	`counter` integer NOT NULL,
	`transports` text NOT NULL,
	`name` text NOT NULL,
	`host` text NOT NULL,
	`synced` integer NOT NULL,
	`created_at` integer NOT NULL,
	`last_used_at` integer,
	FOREIGN KEY (`user`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `passkeys_credential` ON `passkeys` (`credential`);--> statement-breakpoint
CREATE INDEX `passkeys_user` ON `passkeys` (`user`);--> statement-breakpoint
CREATE TABLE `password_resets` (
	`hash` blob PRIMARY KEY NOT NULL,
	`user` integer NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`made_by` text NOT NULL,
	FOREIGN KEY (`user`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `password_resets_user` ON `password_resets` (`user`);--> statement-breakpoint
CREATE TABLE `recovery_codes` (
	`user` integer NOT NULL,
	`hash` blob NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`user`, `hash`),
	FOREIGN KEY (`user`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `totps` (
	`user` integer PRIMARY KEY NOT NULL,
	`secret` text,
	`confirmed_at` integer,
	`last_step` integer NOT NULL,
	`pending` text,
	`pending_at` integer,
	FOREIGN KEY (`user`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `contacts` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`owner_id` integer,
	`uid` text NOT NULL,
	`sort_key` text NOT NULL,
	`search_text` text NOT NULL,
	`card` text NOT NULL,
	`sequence` integer NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`removed` integer DEFAULT false NOT NULL,
	FOREIGN KEY (`owner_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `contacts_uid` ON `contacts` (`owner_id`,`uid`);--> statement-breakpoint
CREATE UNIQUE INDEX `contacts_shared_uid` ON `contacts` (`uid`) WHERE owner_id IS NULL;--> statement-breakpoint
CREATE INDEX `contacts_listed` ON `contacts` (`owner_id`,`removed`,`sort_key`,`search_text`);--> statement-breakpoint
CREATE INDEX `contacts_sequence` ON `contacts` (`sequence`);--> statement-breakpoint
CREATE TABLE `correspondents` (
	`user_id` integer NOT NULL,
	`address_key` text NOT NULL,
	`address` text NOT NULL,
	`name` text NOT NULL,
	`search_text` text NOT NULL,
	`times` integer NOT NULL,
	`last_at` integer NOT NULL,
	PRIMARY KEY(`user_id`, `address_key`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `correspondents_last` ON `correspondents` (`user_id`,`last_at`);--> statement-breakpoint
CREATE TABLE `usage` (
	`mailbox` integer PRIMARY KEY NOT NULL,
	`messages` integer NOT NULL,
	`size` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `auto_replies` (
	`mailbox` integer NOT NULL,
	`sender` text NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`mailbox`, `sender`)
);
--> statement-breakpoint
CREATE INDEX `auto_replies_at` ON `auto_replies` (`mailbox`,`at`);--> statement-breakpoint
CREATE TABLE `quota_warnings` (
	`mailbox` integer PRIMARY KEY NOT NULL,
	`at` integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE `strikes` ADD `since` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `strikes` ADD `turned_away` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `users` ADD `password_chosen` integer DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX `users_search` ON `users` (`kind`,`enabled`,`search_text`);--> statement-breakpoint
ALTER TABLE `queue_messages` ADD `prefix` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `queue_messages` ADD `mailbox` integer;--> statement-breakpoint
ALTER TABLE `web_sessions` ADD `proven_at` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `addresses_wildcard` ON `addresses` (`domain_id`) WHERE instr(local_key, '*') > 0;--> statement-breakpoint
CREATE INDEX `addresses_ending` ON `addresses` (`expires_at`) WHERE expires_at IS NOT NULL;--> statement-breakpoint
CREATE INDEX `events_user` ON `events` (`user`,`room`) WHERE user IS NOT NULL;