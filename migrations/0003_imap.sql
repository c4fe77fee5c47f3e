ALTER TABLE `gateway_trips` ADD `typed` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `gateway_trips` ADD `why` text DEFAULT '' NOT NULL;