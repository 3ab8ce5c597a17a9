CREATE INDEX `campaign_kept` ON `campaign` (`customer_id`,`position`) WHERE "campaign"."deleted_at" is null;--> statement-breakpoint
CREATE INDEX `campaign_kept_names` ON `campaign` (`customer_id`,`name_key`,`position`) WHERE "campaign"."deleted_at" is null;--> statement-breakpoint
CREATE INDEX `outdial_kept` ON `outdial` (`customer_id`,`position`) WHERE "outdial"."deleted_at" is null;--> statement-breakpoint
CREATE INDEX `outdial_target_kept` ON `outdial_target` (`outdial_id`,`position`) WHERE "outdial_target"."deleted_at" is null;