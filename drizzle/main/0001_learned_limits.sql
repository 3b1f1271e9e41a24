CREATE TABLE `learned_limits` (
	`provider` text NOT NULL,
	`key_id` text NOT NULL,
	`model` text NOT NULL,
	`name` text NOT NULL,
	`unit` text NOT NULL,
	`limit` real,
	`remaining` real NOT NULL,
	`is_steady` integer NOT NULL,
	`resets_at` integer NOT NULL,
	PRIMARY KEY(`provider`, `key_id`, `model`, `name`)
);
