CREATE TABLE `action_execution` (
	`customer_id` text NOT NULL,
	`campaigncall_id` text NOT NULL,
	`step` integer NOT NULL,
	`action_id` text NOT NULL,
	`started_at` integer NOT NULL,
	`ended_at` integer,
	`outcome` text,
	PRIMARY KEY(`customer_id`, `campaigncall_id`, `step`),
	CONSTRAINT "action_execution_step" CHECK("action_execution"."step" between 1 and 1000)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `activeflow` (
	`customer_id` text NOT NULL,
	`id` text NOT NULL,
	`campaigncall_id` text NOT NULL,
	`status` text NOT NULL,
	`action_id` text,
	`action_started_at` integer,
	`step_count` integer NOT NULL,
	`wait` text,
	`variables` text,
	`jump_counts` text,
	`recording_id` text,
	`digits_heard_until` integer,
	PRIMARY KEY(`customer_id`, `campaigncall_id`),
	CONSTRAINT "activeflow_status" CHECK("activeflow"."status" in ('RUNNING', 'ENDED'))
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE UNIQUE INDEX `activeflow_id` ON `activeflow` (`customer_id`,`id`);--> statement-breakpoint
CREATE TABLE `recording` (
	`customer_id` text NOT NULL,
	`campaigncall_id` text NOT NULL,
	`id` text NOT NULL,
	`step` integer NOT NULL,
	`started_at` integer NOT NULL,
	`ended_at` integer,
	`location` text NOT NULL,
	PRIMARY KEY(`customer_id`, `campaigncall_id`, `id`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `action_list` (
	`customer_id` text NOT NULL,
	`id` text NOT NULL,
	`actions` text NOT NULL,
	PRIMARY KEY(`customer_id`, `id`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `campaign` (
	`position` integer PRIMARY KEY NOT NULL,
	`customer_id` text NOT NULL,
	`id` text NOT NULL,
	`type` text NOT NULL,
	`name` text NOT NULL,
	`name_key` text NOT NULL,
	`detail` text NOT NULL,
	`status` text NOT NULL,
	`pacing` text NOT NULL,
	`service_level` integer NOT NULL,
	`ratio` integer NOT NULL,
	`concurrent_calls_max` integer,
	`end_handle` text NOT NULL,
	`action_list_id` text NOT NULL,
	`outplan_id` text,
	`outdial_id` text,
	`queue_id` text,
	`next_campaign_id` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`deleted_at` integer,
	FOREIGN KEY (`customer_id`,`outplan_id`) REFERENCES `outplan`(`customer_id`,`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`customer_id`,`outdial_id`) REFERENCES `outdial`(`customer_id`,`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`customer_id`,`queue_id`) REFERENCES `queue`(`customer_id`,`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`customer_id`,`action_list_id`) REFERENCES `action_list`(`customer_id`,`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "campaign_type" CHECK("campaign"."type" in ('CALL', 'FLOW')),
	CONSTRAINT "campaign_status" CHECK("campaign"."status" in ('STOP', 'STOPPING', 'RUN')),
	CONSTRAINT "campaign_pacing" CHECK("campaign"."pacing" in ('SERVICE_LEVEL', 'RATIO')),
	CONSTRAINT "campaign_end_handle" CHECK("campaign"."end_handle" in ('STOP', 'CONTINUE')),
	CONSTRAINT "campaign_service_level" CHECK("campaign"."service_level" between 1 and 1000),
	CONSTRAINT "campaign_ratio" CHECK("campaign"."ratio" in (100, 150, 200, 300, 400)),
	CONSTRAINT "campaign_concurrent_calls" CHECK("campaign"."concurrent_calls_max" between 1 and 10000),
	CONSTRAINT "campaign_active_references" CHECK("campaign"."status" = 'STOP' or ("campaign"."outplan_id" is not null and "campaign"."outdial_id" is not null))
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `campaign_id` ON `campaign` (`customer_id`,`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `campaign_name` ON `campaign` (`customer_id`,`name`) WHERE "campaign"."deleted_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX `campaign_outdial` ON `campaign` (`customer_id`,`outdial_id`) WHERE "campaign"."deleted_at" is null and "campaign"."outdial_id" is not null;--> statement-breakpoint
CREATE INDEX `campaign_list` ON `campaign` (`customer_id`,`position`);--> statement-breakpoint
CREATE INDEX `campaign_names` ON `campaign` (`customer_id`,`name_key`,`position`);--> statement-breakpoint
CREATE INDEX `campaign_active` ON `campaign` (`position`) WHERE "campaign"."status" <> 'STOP';--> statement-breakpoint
CREATE INDEX `campaign_outplan` ON `campaign` (`customer_id`,`outplan_id`);--> statement-breakpoint
CREATE INDEX `campaign_queue` ON `campaign` (`customer_id`,`queue_id`);--> statement-breakpoint
CREATE TABLE `campaign_counter` (
	`customer_id` text NOT NULL,
	`campaign_id` text NOT NULL,
	`calls_total` integer DEFAULT 0 NOT NULL,
	`calls_dialing` integer DEFAULT 0 NOT NULL,
	`calls_progressing` integer DEFAULT 0 NOT NULL,
	`success` integer DEFAULT 0 NOT NULL,
	`fail` integer DEFAULT 0 NOT NULL,
	`answered` integer DEFAULT 0 NOT NULL,
	`abandoned` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`customer_id`, `campaign_id`),
	CONSTRAINT "campaign_counter_positive" CHECK("campaign_counter"."calls_dialing" >= 0 and "campaign_counter"."calls_progressing" >= 0)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `campaign_hangup_reason` (
	`customer_id` text NOT NULL,
	`campaign_id` text NOT NULL,
	`reason` text NOT NULL,
	`count` integer NOT NULL,
	PRIMARY KEY(`customer_id`, `campaign_id`, `reason`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `campaigncall` (
	`position` integer PRIMARY KEY NOT NULL,
	`customer_id` text NOT NULL,
	`id` text NOT NULL,
	`campaign_id` text NOT NULL,
	`outplan_id` text NOT NULL,
	`outdial_id` text NOT NULL,
	`outdial_target_id` text NOT NULL,
	`queue_id` text,
	`agent_id` text,
	`activeflow_id` text NOT NULL,
	`action_list_id` text NOT NULL,
	`reference_type` text NOT NULL,
	`reference_id` text,
	`source` text NOT NULL,
	`destination` text NOT NULL,
	`destination_index` integer NOT NULL,
	`try_count` integer NOT NULL,
	`attempt` integer NOT NULL,
	`dial_timeout_ms` integer NOT NULL,
	`status` text NOT NULL,
	`phase` text,
	`result` text,
	`hangup_reason` text,
	`version` integer NOT NULL,
	`end_reason` text,
	`end_asked_at` integer,
	`end_sent_at` integer,
	`lookup_at` integer,
	`wake_at` integer,
	`queued_at` integer,
	`answered_at` integer,
	`ended_at` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`customer_id`,`campaign_id`) REFERENCES `campaign`(`customer_id`,`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`customer_id`,`outdial_target_id`) REFERENCES `outdial_target`(`customer_id`,`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "campaigncall_status" CHECK("campaigncall"."status" in ('DIALING', 'PROGRESSING', 'DONE')),
	CONSTRAINT "campaigncall_phase" CHECK("campaigncall"."phase" in ('ACTIONS', 'WAITING', 'OFFERED', 'CONNECTED')),
	CONSTRAINT "campaigncall_result" CHECK("campaigncall"."result" in ('SUCCESS', 'FAIL')),
	CONSTRAINT "campaigncall_hangup_reason" CHECK("campaigncall"."hangup_reason" in ('NORMAL', 'BUSY', 'NO_ANSWER', 'UNAVAILABLE', 'REJECTED', 'INVALID_NUMBER', 'CONGESTION', 'FAILED', 'CANCEL', 'TIMEOUT', 'AMD', 'ABANDONED', 'UNKNOWN')),
	CONSTRAINT "campaigncall_reference_type" CHECK("campaigncall"."reference_type" in ('NONE', 'CALL', 'FLOW')),
	CONSTRAINT "campaigncall_states" CHECK(case "campaigncall"."status"
        when 'DIALING' then "campaigncall"."phase" is null and "campaigncall"."result" is null and "campaigncall"."answered_at" is null and "campaigncall"."ended_at" is null
        when 'PROGRESSING' then "campaigncall"."phase" is not null and "campaigncall"."result" is null and "campaigncall"."answered_at" is not null and "campaigncall"."ended_at" is null
        else "campaigncall"."phase" is null and "campaigncall"."result" is not null and "campaigncall"."hangup_reason" is not null and "campaigncall"."ended_at" is not null and "campaigncall"."wake_at" is null
      end),
	CONSTRAINT "campaigncall_success" CHECK(("campaigncall"."result" is 'SUCCESS') = ("campaigncall"."hangup_reason" is 'NORMAL')),
	CONSTRAINT "campaigncall_version" CHECK("campaigncall"."version" >= 1)
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `campaigncall_id` ON `campaigncall` (`customer_id`,`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `campaigncall_attempt` ON `campaigncall` (`customer_id`,`outdial_target_id`,`attempt`);--> statement-breakpoint
CREATE UNIQUE INDEX `campaigncall_in_flight_target` ON `campaigncall` (`customer_id`,`outdial_target_id`) WHERE "campaigncall"."status" <> 'DONE';--> statement-breakpoint
CREATE UNIQUE INDEX `campaigncall_reference` ON `campaigncall` (`reference_id`,`customer_id`) WHERE "campaigncall"."reference_id" is not null;--> statement-breakpoint
CREATE INDEX `campaigncall_list` ON `campaigncall` (`customer_id`,`position`);--> statement-breakpoint
CREATE INDEX `campaigncall_campaign` ON `campaigncall` (`campaign_id`,`position`);--> statement-breakpoint
CREATE INDEX `campaigncall_agent` ON `campaigncall` (`agent_id`,`position`) WHERE "campaigncall"."agent_id" is not null;--> statement-breakpoint
CREATE INDEX `campaigncall_in_flight` ON `campaigncall` (`queue_id`,`status`,`phase`) WHERE "campaigncall"."status" <> 'DONE';--> statement-breakpoint
CREATE INDEX `campaigncall_waiting` ON `campaigncall` (`queue_id`,`queued_at`,`position`) WHERE "campaigncall"."phase" = 'WAITING';--> statement-breakpoint
CREATE INDEX `campaigncall_in_flight_campaign` ON `campaigncall` (`campaign_id`,`position`) WHERE "campaigncall"."status" <> 'DONE';--> statement-breakpoint
CREATE INDEX `campaigncall_wake` ON `campaigncall` (`wake_at`) WHERE "campaigncall"."wake_at" is not null;--> statement-breakpoint
CREATE TABLE `engine` (
	`position` integer PRIMARY KEY NOT NULL,
	`state` text NOT NULL,
	`reason` text,
	`halt_cause` text,
	`driver` text NOT NULL,
	`started_at` integer,
	`heartbeat_at` integer,
	`carrier_available` integer DEFAULT false NOT NULL,
	`bucket_tokens` real DEFAULT 0 NOT NULL,
	`bucket_at` integer DEFAULT 0 NOT NULL,
	`calls_per_second` integer DEFAULT 0 NOT NULL,
	`adopted` integer DEFAULT 0 NOT NULL,
	`unknown` integer DEFAULT 0 NOT NULL,
	`resume_asked_at` integer,
	CONSTRAINT "engine_single" CHECK("engine"."position" = 1),
	CONSTRAINT "engine_state" CHECK("engine"."state" in ('RUNNING', 'RECONCILING', 'WAITING_FOR_CARRIER', 'HALTED', 'STOPPED')),
	CONSTRAINT "engine_halt_cause" CHECK("engine"."halt_cause" in ('CLOCK', 'STORAGE', 'UNKNOWN_CALL', 'INVARIANT', 'CRASHES', 'RESTORED'))
) STRICT;
--> statement-breakpoint
CREATE TABLE `creation` (
	`customer_id` text NOT NULL,
	`id` text NOT NULL,
	`kind` text NOT NULL,
	`input_hash` text NOT NULL,
	PRIMARY KEY(`customer_id`, `id`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `customer` (
	`id` text PRIMARY KEY NOT NULL,
	`created_at` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE `installation` (
	`position` integer PRIMARY KEY NOT NULL,
	`installation_id` text NOT NULL,
	`epoch` text NOT NULL,
	`cursor_key` text NOT NULL,
	`term` integer DEFAULT 0 NOT NULL,
	`pruned_through` integer DEFAULT 0 NOT NULL,
	`created_at` integer NOT NULL,
	CONSTRAINT "installation_single" CHECK("installation"."position" = 1)
) STRICT;
--> statement-breakpoint
CREATE TABLE `destination` (
	`target_position` integer NOT NULL,
	`index` integer NOT NULL,
	`customer_id` text NOT NULL,
	`type` text NOT NULL,
	`target` text NOT NULL,
	`target_name` text NOT NULL,
	`name` text NOT NULL,
	`detail` text NOT NULL,
	`try_count` integer DEFAULT 0 NOT NULL,
	`unusable` integer DEFAULT false NOT NULL,
	PRIMARY KEY(`customer_id`, `target_position`, `index`),
	FOREIGN KEY (`target_position`) REFERENCES `outdial_target`(`position`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "destination_index" CHECK("destination"."index" between 0 and 4),
	CONSTRAINT "destination_try_count" CHECK("destination"."try_count" >= 0),
	CONSTRAINT "destination_type" CHECK("destination"."type" in ('TEL', 'SIP', 'EMAIL', 'AGENT', 'EXTENSION'))
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `destination_address` ON `destination` (`customer_id`,`target`);--> statement-breakpoint
CREATE TABLE `outdial` (
	`position` integer PRIMARY KEY NOT NULL,
	`customer_id` text NOT NULL,
	`id` text NOT NULL,
	`name` text NOT NULL,
	`name_key` text NOT NULL,
	`detail` text NOT NULL,
	`data` text NOT NULL,
	`judged_position` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`deleted_at` integer
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `outdial_id` ON `outdial` (`customer_id`,`id`);--> statement-breakpoint
CREATE INDEX `outdial_list` ON `outdial` (`customer_id`,`position`);--> statement-breakpoint
CREATE INDEX `outdial_judging` ON `outdial` (`position`) WHERE "outdial"."judged_position" is not null;--> statement-breakpoint
CREATE TABLE `outdial_counter` (
	`customer_id` text NOT NULL,
	`outdial_id` text NOT NULL,
	`targets_idle` integer DEFAULT 0 NOT NULL,
	`targets_progressing` integer DEFAULT 0 NOT NULL,
	`targets_done` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`customer_id`, `outdial_id`),
	CONSTRAINT "outdial_counter_positive" CHECK("outdial_counter"."targets_idle" >= 0 and "outdial_counter"."targets_progressing" >= 0 and "outdial_counter"."targets_done" >= 0)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `outdial_target` (
	`position` integer PRIMARY KEY NOT NULL,
	`customer_id` text NOT NULL,
	`id` text NOT NULL,
	`outdial_id` text NOT NULL,
	`name` text NOT NULL,
	`detail` text NOT NULL,
	`data` text NOT NULL,
	`status` text NOT NULL,
	`reached` integer DEFAULT false NOT NULL,
	`outcome` text,
	`attempt` integer DEFAULT 0 NOT NULL,
	`last_attempt_at` integer DEFAULT 0 NOT NULL,
	`last_unknown` integer DEFAULT false NOT NULL,
	`unplaced_in_row` integer DEFAULT 0 NOT NULL,
	`failed_in_row` integer DEFAULT 0 NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`deleted_at` integer,
	FOREIGN KEY (`customer_id`,`outdial_id`) REFERENCES `outdial`(`customer_id`,`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "outdial_target_status" CHECK("outdial_target"."status" in ('IDLE', 'PROGRESSING', 'DONE')),
	CONSTRAINT "outdial_target_outcome" CHECK("outdial_target"."outcome" in ('SUCCESS', 'FAIL'))
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `outdial_target_id` ON `outdial_target` (`customer_id`,`id`);--> statement-breakpoint
CREATE INDEX `outdial_target_list` ON `outdial_target` (`outdial_id`,`status`,`position`);--> statement-breakpoint
CREATE INDEX `outdial_target_all` ON `outdial_target` (`outdial_id`,`position`);--> statement-breakpoint
CREATE INDEX `outdial_target_claim` ON `outdial_target` (`outdial_id`,`last_unknown`,`last_attempt_at`,`position`) WHERE "outdial_target"."status" = 'IDLE' and "outdial_target"."deleted_at" is null;--> statement-breakpoint
CREATE TABLE `outplan` (
	`position` integer PRIMARY KEY NOT NULL,
	`customer_id` text NOT NULL,
	`id` text NOT NULL,
	`name` text NOT NULL,
	`detail` text NOT NULL,
	`source` text NOT NULL,
	`dial_timeout_ms` integer NOT NULL,
	`try_interval_ms` integer NOT NULL,
	`max_try_counts` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`deleted_at` integer,
	CONSTRAINT "outplan_dial_timeout" CHECK("outplan"."dial_timeout_ms" > 0),
	CONSTRAINT "outplan_try_interval" CHECK("outplan"."try_interval_ms" >= 0)
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `outplan_id` ON `outplan` (`customer_id`,`id`);--> statement-breakpoint
CREATE INDEX `outplan_list` ON `outplan` (`customer_id`,`position`) WHERE "outplan"."deleted_at" is null;--> statement-breakpoint
CREATE TABLE `agent` (
	`position` integer PRIMARY KEY NOT NULL,
	`customer_id` text NOT NULL,
	`id` text NOT NULL,
	`name` text NOT NULL,
	`detail` text NOT NULL,
	`extension` text NOT NULL,
	`address` text NOT NULL,
	`status` text NOT NULL,
	`next_status` text,
	`wrap_up_ms` integer NOT NULL,
	`wrap_up_until` integer,
	`ring_until` integer,
	`campaigncall_id` text,
	`calls_taken` integer DEFAULT 0 NOT NULL,
	`calls_since_offline` integer DEFAULT 0 NOT NULL,
	`idle_since` integer NOT NULL,
	`status_changed_at` integer NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`deleted_at` integer,
	CONSTRAINT "agent_status" CHECK("agent"."status" in ('AVAILABLE', 'AWAY', 'BUSY', 'OFFLINE', 'RINGING')),
	CONSTRAINT "agent_next_status" CHECK("agent"."next_status" in ('AVAILABLE', 'AWAY', 'OFFLINE'))
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `agent_id` ON `agent` (`customer_id`,`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `agent_extension` ON `agent` (`customer_id`,`extension`) WHERE "agent"."deleted_at" is null;--> statement-breakpoint
CREATE INDEX `agent_list` ON `agent` (`customer_id`,`position`) WHERE "agent"."deleted_at" is null;--> statement-breakpoint
CREATE INDEX `agent_call` ON `agent` (`campaigncall_id`) WHERE "agent"."campaigncall_id" is not null;--> statement-breakpoint
CREATE INDEX `agent_ring` ON `agent` (`ring_until`) WHERE "agent"."ring_until" is not null;--> statement-breakpoint
CREATE INDEX `agent_wrap_up` ON `agent` (`wrap_up_until`) WHERE "agent"."wrap_up_until" is not null;--> statement-breakpoint
CREATE TABLE `queue` (
	`position` integer PRIMARY KEY NOT NULL,
	`customer_id` text NOT NULL,
	`id` text NOT NULL,
	`name` text NOT NULL,
	`detail` text NOT NULL,
	`strategy` text NOT NULL,
	`wait_timeout_ms` integer NOT NULL,
	`agent_ring_ms` integer NOT NULL,
	`pool_id` text NOT NULL,
	`last_offered_agent_id` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`deleted_at` integer,
	CONSTRAINT "queue_strategy" CHECK("queue"."strategy" in ('RANDOM', 'RING_ALL', 'TOP_DOWN', 'AGENT_WITH_FEWEST_CALLS', 'ROUND_ROBIN', 'LONGEST_IDLE'))
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `queue_id` ON `queue` (`customer_id`,`id`);--> statement-breakpoint
CREATE INDEX `queue_list` ON `queue` (`customer_id`,`position`) WHERE "queue"."deleted_at" is null;--> statement-breakpoint
CREATE INDEX `queue_pool` ON `queue` (`customer_id`,`pool_id`);--> statement-breakpoint
CREATE TABLE `queue_agent` (
	`customer_id` text NOT NULL,
	`queue_id` text NOT NULL,
	`agent_id` text NOT NULL,
	`ordinal` integer NOT NULL,
	PRIMARY KEY(`customer_id`, `queue_id`, `agent_id`),
	FOREIGN KEY (`customer_id`,`queue_id`) REFERENCES `queue`(`customer_id`,`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`customer_id`,`agent_id`) REFERENCES `agent`(`customer_id`,`id`) ON UPDATE no action ON DELETE no action
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `queue_agent_agent` ON `queue_agent` (`customer_id`,`agent_id`);--> statement-breakpoint
CREATE TABLE `transition` (
	`position` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`customer_id` text NOT NULL,
	`kind` text NOT NULL,
	`at` integer NOT NULL,
	`campaign_id` text,
	`campaigncall_id` text,
	`agent_id` text,
	`event` text,
	`version` integer,
	`from_status` text,
	`to_status` text,
	`result` text,
	`hangup_reason` text,
	`inferred` integer DEFAULT false NOT NULL,
	`cause` text,
	`queue_ids` text,
	`topic` text,
	`subject_id` text,
	CONSTRAINT "transition_kind_known" CHECK("transition"."kind" in ('CAMPAIGNCALL', 'CAMPAIGN', 'AGENT', 'NOTICE')),
	CONSTRAINT "transition_event_known" CHECK("transition"."event" in ('CREATED', 'ANSWERED', 'QUEUED', 'AGENT_RINGING', 'AGENT_CONNECTED', 'AGENT_MISSED', 'ENDED', 'CORRECTED'))
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `transition_version` ON `transition` (`customer_id`,`campaigncall_id`,`version`) WHERE "transition"."campaigncall_id" is not null;--> statement-breakpoint
CREATE INDEX `transition_campaign` ON `transition` (`campaign_id`,`kind`,`position`) WHERE "transition"."campaign_id" is not null;--> statement-breakpoint
CREATE INDEX `transition_kind` ON `transition` (`customer_id`,`kind`,`position`);