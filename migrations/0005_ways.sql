CREATE TABLE `push_keys` (
	`id` integer PRIMARY KEY NOT NULL,
	`keys` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `push_subscriptions` (
	`session` blob PRIMARY KEY NOT NULL,
	`user` integer NOT NULL,
	`endpoint` text NOT NULL,
	`p256dh` text NOT NULL,
	`auth` text NOT NULL,
	`language` text NOT NULL,
	`created_at` integer NOT NULL,
	`failures` integer DEFAULT 0 NOT NULL,
	FOREIGN KEY (`session`) REFERENCES `web_sessions`(`id`) ON UPDATE cascade ON DELETE cascade,
	FOREIGN KEY (`user`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `push_subscriptions_user` ON `push_subscriptions` (`user`);--> statement-breakpoint
CREATE TABLE `contact_addresses` (
	`address_key` text NOT NULL,
	`owner_id` integer NOT NULL,
	`contact_id` integer NOT NULL,
	PRIMARY KEY(`address_key`, `owner_id`, `contact_id`),
	FOREIGN KEY (`contact_id`) REFERENCES `contacts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `contact_addresses_of` ON `contact_addresses` (`contact_id`);--> statement-breakpoint
CREATE TABLE `identities` (
	`user_id` integer NOT NULL,
	`address_key` text NOT NULL,
	`address` text NOT NULL,
	`is_default` integer NOT NULL,
	`card` text NOT NULL,
	PRIMARY KEY(`user_id`, `address_key`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `letter_templates` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`user_id` integer NOT NULL,
	`name` text NOT NULL,
	`subject` text NOT NULL,
	`text` text NOT NULL,
	`html` text NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `letter_templates_user` ON `letter_templates` (`user_id`);--> statement-breakpoint
CREATE TABLE `picture_senders` (
	`user_id` integer NOT NULL,
	`address_key` text NOT NULL,
	PRIMARY KEY(`user_id`, `address_key`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `searches` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`user_id` integer NOT NULL,
	`name` text NOT NULL,
	`query` text NOT NULL,
	`at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `searches_user` ON `searches` (`user_id`,`at`);--> statement-breakpoint
CREATE TABLE `user_preferences` (
	`user_id` integer PRIMARY KEY NOT NULL,
	`wishes` text NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `held_messages` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`trace` text NOT NULL,
	`content` integer NOT NULL,
	`skip` integer NOT NULL,
	`size` integer NOT NULL,
	`reason` text NOT NULL,
	`sentence` text NOT NULL,
	`sender` text NOT NULL,
	`subject` text NOT NULL,
	`findings` text NOT NULL,
	`envelope` text NOT NULL,
	`at` integer NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `held_messages_expires` ON `held_messages` (`expires_at`);--> statement-breakpoint
CREATE TABLE `held_recipients` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`message` integer NOT NULL,
	`mailbox` integer NOT NULL,
	`address` text NOT NULL,
	`notify` text NOT NULL,
	`orcpt` text,
	`told` integer DEFAULT false NOT NULL,
	FOREIGN KEY (`message`) REFERENCES `held_messages`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `held_recipients_message` ON `held_recipients` (`message`);--> statement-breakpoint
CREATE INDEX `held_recipients_mailbox` ON `held_recipients` (`mailbox`);--> statement-breakpoint
CREATE TABLE `junk_wishes` (
	`mailbox` integer PRIMARY KEY NOT NULL,
	`refuse_at` real,
	`quarantine_at` real
);
--> statement-breakpoint
CREATE TABLE `sender_wishes` (
	`mailbox` integer NOT NULL,
	`pattern` text NOT NULL,
	`wanted` integer NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`mailbox`, `pattern`)
);
--> statement-breakpoint
CREATE TABLE `labels` (
	`mailbox` integer NOT NULL,
	`keyword` text NOT NULL,
	`name` text NOT NULL,
	`tone` integer NOT NULL,
	PRIMARY KEY(`mailbox`, `keyword`)
);
--> statement-breakpoint
CREATE TABLE `muted` (
	`mailbox` integer NOT NULL,
	`link` integer NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`mailbox`, `link`)
);
--> statement-breakpoint
CREATE INDEX `muted_at` ON `muted` (`at`);--> statement-breakpoint
CREATE TABLE `previews` (
	`content` integer PRIMARY KEY NOT NULL,
	`words` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `reprieved` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`batch` integer NOT NULL,
	`content` integer NOT NULL,
	`flags` integer NOT NULL,
	`keywords` text NOT NULL,
	`internal_date` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `reprieved_batch` ON `reprieved` (`batch`);--> statement-breakpoint
CREATE TABLE `snoozed` (
	`id` integer PRIMARY KEY NOT NULL,
	`back` integer NOT NULL,
	`due` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `snoozed_due` ON `snoozed` (`due`);--> statement-breakpoint
CREATE TABLE `collect_accounts` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`mailbox` integer NOT NULL,
	`properties` text NOT NULL,
	`secret` text NOT NULL,
	`client_secret` text DEFAULT '' NOT NULL,
	`last_run_at` integer,
	`last_result` text DEFAULT '' NOT NULL,
	`problem` text DEFAULT '' NOT NULL,
	`problem_since` integer,
	`failures` integer DEFAULT 0 NOT NULL,
	`told` integer DEFAULT false NOT NULL,
	`collected` integer DEFAULT 0 NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `collect_accounts_mailbox` ON `collect_accounts` (`mailbox`);--> statement-breakpoint
CREATE TABLE `collect_journal` (
	`account` integer NOT NULL,
	`folder` text NOT NULL,
	`validity` integer NOT NULL,
	`uid` text NOT NULL,
	`mailbox` integer NOT NULL,
	`digest` text NOT NULL,
	`outcome` text NOT NULL,
	`reason` text DEFAULT '' NOT NULL,
	`trace` text DEFAULT '' NOT NULL,
	`at` integer NOT NULL,
	`gone_at` integer,
	PRIMARY KEY(`account`, `folder`, `validity`, `uid`)
);
--> statement-breakpoint
CREATE INDEX `collect_journal_digest` ON `collect_journal` (`mailbox`,`digest`);--> statement-breakpoint
CREATE INDEX `collect_journal_at` ON `collect_journal` (`account`,`at`);--> statement-breakpoint
CREATE INDEX `collect_journal_there` ON `collect_journal` (`account`,`folder`,`validity`,`at`) WHERE gone_at IS NULL AND outcome IN ('taken', 'duplicate');--> statement-breakpoint
CREATE INDEX `collect_journal_gone` ON `collect_journal` (`gone_at`);--> statement-breakpoint
CREATE TABLE `barred` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`side` text NOT NULL,
	`direction` text NOT NULL,
	`action` text NOT NULL,
	`pattern` text NOT NULL,
	`bucket` text NOT NULL,
	`text` text NOT NULL,
	`note` text NOT NULL,
	`hits` integer DEFAULT 0 NOT NULL,
	`last_hit_at` integer,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `barred_bucket` ON `barred` (`bucket`,`side`);--> statement-breakpoint
CREATE UNIQUE INDEX `barred_pattern` ON `barred` (`pattern`,`side`,`direction`);--> statement-breakpoint
CREATE INDEX `barred_action` ON `barred` (`action`,`id`);--> statement-breakpoint
CREATE TABLE `house_rules` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`position` integer NOT NULL,
	`rule` text NOT NULL,
	`hits` integer DEFAULT 0 NOT NULL,
	`last_hit_at` integer
);
--> statement-breakpoint
CREATE TABLE `journals` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`enabled` integer NOT NULL,
	`direction` text NOT NULL,
	`about` text NOT NULL,
	`mailbox` integer,
	`address` text NOT NULL,
	`note` text NOT NULL,
	`secret` text NOT NULL,
	`copies` integer DEFAULT 0 NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `received_reports` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`kind` text NOT NULL,
	`state` text NOT NULL,
	`content` integer NOT NULL,
	`trace` text NOT NULL,
	`address` text NOT NULL,
	`reverse_path` text NOT NULL,
	`proven` text NOT NULL,
	`received_at` integer NOT NULL,
	`domain` text DEFAULT '' NOT NULL,
	`organization` text DEFAULT '' NOT NULL,
	`report_id` text DEFAULT '' NOT NULL,
	`begin_at` integer DEFAULT 0 NOT NULL,
	`end_at` integer DEFAULT 0 NOT NULL,
	`policy` text DEFAULT '' NOT NULL,
	`passed` integer DEFAULT 0 NOT NULL,
	`failed` integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE INDEX `received_reports_domain` ON `received_reports` (`domain`,`kind`,`end_at`);--> statement-breakpoint
CREATE INDEX `received_reports_state` ON `received_reports` (`state`);--> statement-breakpoint
CREATE INDEX `received_reports_time` ON `received_reports` (`received_at`);--> statement-breakpoint
CREATE TABLE `report_counts` (
	`kind` text NOT NULL,
	`day` integer NOT NULL,
	`domain` text NOT NULL,
	`line` text NOT NULL,
	`count` integer NOT NULL,
	PRIMARY KEY(`kind`, `day`, `domain`, `line`)
);
--> statement-breakpoint
CREATE TABLE `report_failures` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`report` integer NOT NULL,
	`policy` text NOT NULL,
	`type` text NOT NULL,
	`server` text NOT NULL,
	`sender` text NOT NULL,
	`count` integer NOT NULL,
	`reason` text NOT NULL,
	FOREIGN KEY (`report`) REFERENCES `received_reports`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `report_failures_report` ON `report_failures` (`report`);--> statement-breakpoint
CREATE TABLE `report_sources` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`report` integer NOT NULL,
	`source` text NOT NULL,
	`count` integer NOT NULL,
	`disposition` text NOT NULL,
	`dkim` integer NOT NULL,
	`spf` integer NOT NULL,
	`override` text NOT NULL,
	`header_from` text NOT NULL,
	`signed` text NOT NULL,
	`broken` text NOT NULL,
	`sender` text NOT NULL,
	FOREIGN KEY (`report`) REFERENCES `received_reports`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `report_sources_report` ON `report_sources` (`report`);--> statement-breakpoint
CREATE TABLE `sent_reports` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`kind` text NOT NULL,
	`day` integer NOT NULL,
	`domain` text NOT NULL,
	`at` integer NOT NULL,
	`destinations` text NOT NULL,
	`outcome` text NOT NULL,
	`told` integer NOT NULL,
	`trace` text DEFAULT '' NOT NULL
);
--> statement-breakpoint
CREATE INDEX `sent_reports_time` ON `sent_reports` (`at`);--> statement-breakpoint
CREATE TABLE `held_letters` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`user_id` integer NOT NULL,
	`key` text NOT NULL,
	`content` integer NOT NULL,
	`due_at` integer NOT NULL,
	`posting` text NOT NULL,
	`remote` text NOT NULL,
	`problem` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `held_letters_key` ON `held_letters` (`user_id`,`key`);--> statement-breakpoint
CREATE INDEX `held_letters_due` ON `held_letters` (`due_at`) WHERE problem IS NULL;--> statement-breakpoint
CREATE TABLE `parcels` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`user_id` integer NOT NULL,
	`token` text NOT NULL,
	`name` text NOT NULL,
	`type` text NOT NULL,
	`content` integer NOT NULL,
	`size` integer NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`fetched` integer DEFAULT 0 NOT NULL,
	`fetched_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `parcels_token` ON `parcels` (`token`);--> statement-breakpoint
CREATE INDEX `parcels_user` ON `parcels` (`user_id`);--> statement-breakpoint
CREATE INDEX `parcels_expiry` ON `parcels` (`expires_at`);--> statement-breakpoint
CREATE TABLE `return_path_keys` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`secret` blob NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `routes` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`position` integer NOT NULL,
	`route` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `traced_messages` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`at` integer NOT NULL,
	`trace` text NOT NULL,
	`origin` text NOT NULL,
	`remote` text,
	`login` text,
	`sender` text NOT NULL,
	`recipients` text NOT NULL,
	`subject` text NOT NULL,
	`message_id` text NOT NULL,
	`size` integer NOT NULL,
	`result` text NOT NULL,
	`reply` text,
	`unheard` blob
);
--> statement-breakpoint
CREATE INDEX `traced_messages_trace` ON `traced_messages` (`trace`);--> statement-breakpoint
CREATE INDEX `traced_messages_unheard` ON `traced_messages` (`unheard`) WHERE unheard IS NOT NULL;--> statement-breakpoint
ALTER TABLE `spam_taught` ADD `marks` integer;--> statement-breakpoint
ALTER TABLE `spam_taught` ADD `step` real DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `spam_taught` ADD `own_step` real DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `spam_tokens` ADD `weight` real DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `queue_messages` ADD `tls_optional` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `queue_messages` ADD `untold` integer DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX `queue_messages_trace` ON `queue_messages` (`trace`);--> statement-breakpoint
ALTER TABLE `queue_recipients` ADD `placings` text;--> statement-breakpoint
INSERT INTO `contact_addresses` (`address_key`, `owner_id`, `contact_id`) SELECT DISTINCT lower(trim(json_extract(`value`, '$.address'))), coalesce(`owner_id`, 0), `contacts`.`id` FROM `contacts`, json_each(`contacts`.`card`, '$.mails') WHERE `removed` = 0;
