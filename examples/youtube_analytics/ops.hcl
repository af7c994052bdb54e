table "pipeline_log" {
  schema  = schema.ops
  comment = "what every run of every step did"

  column "run_id" {
    type = "bigint"
    identity { generated = "always" }
  }
  column "step" {
    type     = "text"
    not_null = true
  }
  column "status" {
    type     = "text"
    not_null = true
    default  = "'started'"
  }
  column "rows" { type = "bigint" }
  column "started_at" {
    type     = "timestamptz"
    not_null = true
    default  = "now()"
  }
  column "finished_at" { type = "timestamptz" }

  primary_key { columns = ["run_id"] }
  check "known_status" { expression = "status in ('started', 'succeeded', 'failed')" }
  index "pipeline_log_failures" {
    columns = ["started_at"]
    where   = "status = 'failed'"
  }
}

view "failures" {
  schema = schema.ops
  query  = file("sql/failures.sql")
}

# One after another, every night. They run in production only; elsewhere they are there, suspended.
task "refresh_channel_stats" {
  name     = "refresh_channel_stats_${environment.name}"
  database = database.analytics
  schedule = "0 2 * * *"
  sql      = "refresh materialized view concurrently marts.channel_stats"
  enabled  = environment.name == "prod"
}
task "log_row_counts" {
  name     = "log_row_counts_${environment.name}"
  database = database.analytics
  schedule = "30 2 * * *"
  sql      = file("sql/log_row_counts.sql")
  enabled  = environment.name == "prod"
}
task "trim_pipeline_log" {
  name     = "trim_pipeline_log_${environment.name}"
  database = database.analytics
  schedule = "0 3 * * *"
  sql      = "delete from ops.pipeline_log where started_at < now() - interval '${var.retention_days} days'"
  enabled  = environment.name == "prod"
}
