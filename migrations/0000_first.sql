CREATE TABLE `strikes` (
	`key` text PRIMARY KEY NOT NULL,
	`score` real NOT NULL,
	`at` integer NOT NULL,
	`bars` integer NOT NULL,
	`until` integer NOT NULL,
	`why` text NOT NULL,
	`evidence` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `strikes_until` ON `strikes` (`until`);--> statement-breakpoint
CREATE TABLE `addresses` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`local_part` text NOT NULL,
	`local_key` text NOT NULL,
	`domain_id` integer NOT NULL,
	`mailbox_id` integer NOT NULL,
	`is_primary` integer NOT NULL,
	`expires_at` integer,
	`note` text NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`domain_id`) REFERENCES `domains`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`mailbox_id`) REFERENCES `mailboxes`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `addresses_address` ON `addresses` (`local_key`,`domain_id`,`mailbox_id`);--> statement-breakpoint
CREATE INDEX `addresses_mailbox` ON `addresses` (`mailbox_id`);--> statement-breakpoint
CREATE INDEX `addresses_domain` ON `addresses` (`domain_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `addresses_primary` ON `addresses` (`mailbox_id`) WHERE is_primary = 1;--> statement-breakpoint
CREATE TABLE `domain_aliases` (
	`name` text PRIMARY KEY NOT NULL,
	`domain_id` integer NOT NULL,
	FOREIGN KEY (`domain_id`) REFERENCES `domains`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `domains` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`name` text NOT NULL,
	`description` text NOT NULL,
	`password_change` integer NOT NULL,
	`unknown_recipients` text NOT NULL,
	`catch_all_mailbox` integer,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `domains_name` ON `domains` (`name`);--> statement-breakpoint
CREATE TABLE `mail_groups` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`name` text NOT NULL,
	`name_key` text NOT NULL,
	`description` text NOT NULL,
	`quota` text NOT NULL,
	`expiry` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `mail_groups_name` ON `mail_groups` (`name_key`);--> statement-breakpoint
CREATE TABLE `mailbox_shares` (
	`mailbox_id` integer NOT NULL,
	`user_id` integer NOT NULL,
	`rights` text NOT NULL,
	PRIMARY KEY(`mailbox_id`, `user_id`),
	FOREIGN KEY (`mailbox_id`) REFERENCES `mailboxes`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `mailbox_shares_user` ON `mailbox_shares` (`user_id`);--> statement-breakpoint
CREATE TABLE `mailboxes` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`owner_id` integer NOT NULL,
	`group_id` integer,
	`description` text NOT NULL,
	`login` text,
	`login_key` text,
	`password_hash` text,
	`scram` text,
	`password_changed_at` integer,
	`quota` text NOT NULL,
	`forwarding` text NOT NULL,
	`autoresponder` text NOT NULL,
	`expiry` text NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`owner_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`group_id`) REFERENCES `mail_groups`(`id`) ON UPDATE no action ON DELETE set null
);
--> statement-breakpoint
CREATE UNIQUE INDEX `mailboxes_login` ON `mailboxes` (`login_key`);--> statement-breakpoint
CREATE INDEX `mailboxes_owner` ON `mailboxes` (`owner_id`);--> statement-breakpoint
CREATE TABLE `users` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`kind` text NOT NULL,
	`login` text NOT NULL,
	`login_key` text NOT NULL,
	`full_name` text NOT NULL,
	`search_text` text NOT NULL,
	`enabled` integer NOT NULL,
	`permissions` text NOT NULL,
	`administers` text,
	`password_hash` text,
	`scram` text,
	`password_changed_at` integer,
	`password_score` integer,
	`must_change_password` integer NOT NULL,
	`external` text,
	`webmail` integer NOT NULL,
	`primary_mailbox` integer,
	`home_page_folder` text,
	`ftp_directory` text,
	`news_read` text NOT NULL,
	`news_post` text NOT NULL,
	`expires_at` integer,
	`expires_after_idle_days` integer,
	`renewed_at` integer,
	`expiry_warned_at` integer,
	`entry` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`last_login_at` integer,
	`last_login_service` text,
	`last_login_remote` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `users_login` ON `users` (`login_key`);--> statement-breakpoint
CREATE UNIQUE INDEX `users_guest` ON `users` (`kind`) WHERE kind = 'guest';--> statement-breakpoint
CREATE TABLE `expunged` (
	`folder` integer NOT NULL,
	`modseq` integer NOT NULL,
	`uid` integer NOT NULL,
	PRIMARY KEY(`folder`, `modseq`, `uid`)
);
--> statement-breakpoint
CREATE TABLE `folders` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`mailbox` integer NOT NULL,
	`name` text NOT NULL,
	`uid_validity` integer NOT NULL,
	`uid_next` integer DEFAULT 1 NOT NULL,
	`highest_modseq` integer DEFAULT 1 NOT NULL,
	`special_use` text,
	`subscribed` integer DEFAULT true NOT NULL,
	`messages` integer DEFAULT 0 NOT NULL,
	`unseen` integer DEFAULT 0 NOT NULL,
	`deleted` integer DEFAULT 0 NOT NULL,
	`size` integer DEFAULT 0 NOT NULL,
	`recent_uid` integer DEFAULT 1 NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `folders_name` ON `folders` (`mailbox`,`name`);--> statement-breakpoint
CREATE TABLE `messages` (
	`id` integer PRIMARY KEY NOT NULL,
	`content` integer NOT NULL,
	`modseq` integer NOT NULL,
	`flags` integer NOT NULL,
	`keywords` text DEFAULT '' NOT NULL,
	`size` integer NOT NULL,
	`internal_date` integer NOT NULL,
	`saved_date` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `subscriptions` (
	`mailbox` integer NOT NULL,
	`name` text NOT NULL,
	PRIMARY KEY(`mailbox`, `name`)
);
--> statement-breakpoint
CREATE TABLE `summaries` (
	`content` integer PRIMARY KEY NOT NULL,
	`structure` blob NOT NULL,
	`envelope` blob NOT NULL,
	`body_structure` blob NOT NULL,
	`sent_at` integer,
	`subject` text NOT NULL,
	`sender` text NOT NULL,
	`recipients` text NOT NULL,
	`attachments` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `unindexed` (
	`content` integer PRIMARY KEY NOT NULL,
	`oversize` integer DEFAULT false NOT NULL
);
--> statement-breakpoint
CREATE INDEX `unindexed_waiting` ON `unindexed` (`oversize`);--> statement-breakpoint
CREATE TABLE `certificates` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`kind` text NOT NULL,
	`chain` text NOT NULL,
	`key` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `chunks` (
	`id` integer PRIMARY KEY NOT NULL,
	`compressed` integer NOT NULL,
	`data` blob NOT NULL
);
--> statement-breakpoint
CREATE TABLE `contents` (
	`id` integer PRIMARY KEY NOT NULL,
	`hash` blob,
	`size` integer NOT NULL,
	`refs` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `contents_hash` ON `contents` (`hash`);--> statement-breakpoint
CREATE TABLE `events` (
	`id` integer PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`level` text NOT NULL,
	`room` text NOT NULL,
	`name` text NOT NULL,
	`trace` text,
	`session` text,
	`user` text,
	`remote` text,
	`text` text,
	`data` text
);
--> statement-breakpoint
CREATE INDEX `events_trace` ON `events` (`trace`);--> statement-breakpoint
CREATE INDEX `events_at` ON `events` (`at`);--> statement-breakpoint
CREATE TABLE `facts` (
	`room` text NOT NULL,
	`name` text NOT NULL,
	`value` text NOT NULL,
	PRIMARY KEY(`room`, `name`)
);
--> statement-breakpoint
CREATE TABLE `settings` (
	`name` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `queue_attempts` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`message_id` integer NOT NULL,
	`at` integer NOT NULL,
	`destination` text NOT NULL,
	`remote` text,
	`recipients` integer NOT NULL,
	`code` integer,
	`enhanced` text NOT NULL,
	`reply` text NOT NULL,
	FOREIGN KEY (`message_id`) REFERENCES `queue_messages`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `queue_attempts_message` ON `queue_attempts` (`message_id`);--> statement-breakpoint
CREATE TABLE `queue_messages` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`trace` text NOT NULL,
	`content` integer NOT NULL,
	`skip` integer NOT NULL,
	`size` integer NOT NULL,
	`reverse_path` text NOT NULL,
	`ret` text,
	`envid` text,
	`smtputf8` integer NOT NULL,
	`body` text NOT NULL,
	`require_tls` integer NOT NULL,
	`user_id` integer,
	`helo` text,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `queue_recipients` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`message_id` integer NOT NULL,
	`address` text NOT NULL,
	`domain` text NOT NULL,
	`destination` text NOT NULL,
	`state` text NOT NULL,
	`result` text,
	`attempts` integer DEFAULT 0 NOT NULL,
	`next_attempt` integer NOT NULL,
	`last_attempt` integer,
	`last_reply` text,
	`notify` text DEFAULT '' NOT NULL,
	`orcpt` text,
	`delay_told` integer DEFAULT false NOT NULL,
	FOREIGN KEY (`message_id`) REFERENCES `queue_messages`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `queue_recipients_due` ON `queue_recipients` (`destination`,`state`,`next_attempt`);--> statement-breakpoint
CREATE INDEX `queue_recipients_message` ON `queue_recipients` (`message_id`);--> statement-breakpoint
CREATE TABLE `web_sessions` (
	`id` blob PRIMARY KEY NOT NULL,
	`user` integer NOT NULL,
	`password_changed_at` integer,
	`created_at` integer NOT NULL,
	`seen_at` integer NOT NULL,
	`remembered` integer NOT NULL,
	`remote` text NOT NULL,
	`agent` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `web_sessions_user` ON `web_sessions` (`user`);--> statement-breakpoint
CREATE INDEX `web_sessions_seen` ON `web_sessions` (`seen_at`);--> statement-breakpoint
CREATE VIRTUAL TABLE `search` USING fts5(text, tokenize='trigram', detail=none, content='', contentless_delete=1);
