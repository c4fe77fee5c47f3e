CREATE TABLE `files_people` (
	`user_id` integer PRIMARY KEY NOT NULL,
	`folder` text NOT NULL,
	`max_octets` integer,
	`max_files` integer,
	`octets` integer DEFAULT 0 NOT NULL,
	`entries` integer DEFAULT 0 NOT NULL,
	`counted_at` integer,
	`changing` integer DEFAULT false NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `files_people_folder` ON `files_people` (`folder`);--> statement-breakpoint
CREATE TABLE `files_shared` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`name` text NOT NULL,
	`name_key` text NOT NULL,
	`description` text DEFAULT '' NOT NULL,
	`folder` text NOT NULL,
	`everybody` text DEFAULT 'none' NOT NULL,
	`guests` integer DEFAULT false NOT NULL,
	`max_octets` integer,
	`max_files` integer,
	`created_at` integer NOT NULL,
	`octets` integer DEFAULT 0 NOT NULL,
	`entries` integer DEFAULT 0 NOT NULL,
	`counted_at` integer,
	`changing` integer DEFAULT false NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `files_shared_name` ON `files_shared` (`name_key`);--> statement-breakpoint
CREATE TABLE `files_shared_rights` (
	`shared_id` integer NOT NULL,
	`user_id` integer NOT NULL,
	`right` text NOT NULL,
	PRIMARY KEY(`shared_id`, `user_id`),
	FOREIGN KEY (`shared_id`) REFERENCES `files_shared`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `files_shared_rights_user` ON `files_shared_rights` (`user_id`);--> statement-breakpoint
CREATE TABLE `gateway_groups` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`name` text NOT NULL,
	`name_key` text NOT NULL,
	`description` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `gateway_groups_name` ON `gateway_groups` (`name_key`);--> statement-breakpoint
CREATE TABLE `gateway_host_days` (
	`day` integer NOT NULL,
	`host` text NOT NULL,
	`trips` integer NOT NULL,
	`refused` integer NOT NULL,
	`sent` integer NOT NULL,
	`received` integer NOT NULL,
	PRIMARY KEY(`day`, `host`)
);
--> statement-breakpoint
CREATE TABLE `gateway_hours` (
	`hour` integer PRIMARY KEY NOT NULL,
	`trips` integer NOT NULL,
	`refused` integer NOT NULL,
	`sent` integer NOT NULL,
	`received` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `gateway_limits` (
	`user_id` integer PRIMARY KEY NOT NULL,
	`day_megabytes` integer,
	`month_megabytes` integer,
	`kilobytes_per_second` integer,
	`connections` integer,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `gateway_lists` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`name` text NOT NULL,
	`name_key` text NOT NULL,
	`description` text NOT NULL,
	`source` text NOT NULL,
	`location` text NOT NULL,
	`exceptions` text NOT NULL,
	`every_hours` integer NOT NULL,
	`enabled` integer NOT NULL,
	`content` integer,
	`entries` integer NOT NULL,
	`skipped` integer NOT NULL,
	`etag` text,
	`modified` text,
	`checked_at` integer,
	`changed_at` integer,
	`problem` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `gateway_lists_name` ON `gateway_lists` (`name_key`);--> statement-breakpoint
CREATE TABLE `gateway_members` (
	`group_id` integer NOT NULL,
	`user_id` integer NOT NULL,
	PRIMARY KEY(`group_id`, `user_id`),
	FOREIGN KEY (`group_id`) REFERENCES `gateway_groups`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `gateway_members_user` ON `gateway_members` (`user_id`);--> statement-breakpoint
CREATE TABLE `gateway_rules` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`position` integer NOT NULL,
	`rule` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `gateway_trips` (
	`id` integer PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`user_id` integer NOT NULL,
	`client` text NOT NULL,
	`service` text NOT NULL,
	`scheme` text NOT NULL,
	`host` text NOT NULL,
	`port` integer NOT NULL,
	`sent` integer NOT NULL,
	`received` integer NOT NULL,
	`duration` integer NOT NULL,
	`verdict` text NOT NULL,
	`rule` text NOT NULL,
	`times` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `gateway_trips_at` ON `gateway_trips` (`at`);--> statement-breakpoint
CREATE TABLE `gateway_upstreams` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`position` integer NOT NULL,
	`upstream` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `gateway_user_days` (
	`user_id` integer NOT NULL,
	`day` integer NOT NULL,
	`trips` integer NOT NULL,
	`refused` integer NOT NULL,
	`sent` integer NOT NULL,
	`received` integer NOT NULL,
	PRIMARY KEY(`user_id`, `day`)
);
--> statement-breakpoint
CREATE INDEX `gateway_user_days_day` ON `gateway_user_days` (`day`);--> statement-breakpoint
CREATE TABLE `gateway_warnings` (
	`who` text NOT NULL,
	`host` text NOT NULL,
	`until` integer NOT NULL,
	PRIMARY KEY(`who`, `host`)
);
--> statement-breakpoint
CREATE INDEX `gateway_warnings_until` ON `gateway_warnings` (`until`);--> statement-breakpoint
CREATE TABLE `page_values` (
	`owner` integer NOT NULL,
	`key` text NOT NULL,
	`value` text NOT NULL,
	`octets` integer NOT NULL,
	PRIMARY KEY(`owner`, `key`),
	FOREIGN KEY (`owner`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `page_values_octets` ON `page_values` (`owner`,`octets`);--> statement-breakpoint
CREATE TABLE `dav_properties` (
	`user_id` integer NOT NULL,
	`path` text NOT NULL,
	`namespace` text NOT NULL,
	`name` text NOT NULL,
	`element` text NOT NULL,
	PRIMARY KEY(`user_id`, `path`, `namespace`, `name`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
