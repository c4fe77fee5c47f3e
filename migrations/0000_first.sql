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
