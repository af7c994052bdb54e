table "batches" {
  name    = "site_tracking_batches_r"
  schema  = schema.layer["raw"]
  comment = "one row per delivery"

  column "batch_id" {
    type     = "uuid"
    not_null = true
    default  = "gen_random_uuid()"
  }
  column "tenant_hk" {
    type     = "bytea"
    not_null = true
  }
  column "source" {
    type     = "text"
    not_null = true
    default  = "'tracker'"
  }
  column "received_at" {
    type     = "timestamptz"
    not_null = true
    default  = "now()"
  }

  primary_key { columns = ["batch_id"] }
  foreign_key "batches_tenant" {
    columns    = ["tenant_hk"]
    references = table.tenants
  }
  index "batches_by_tenant" { columns = ["tenant_hk", "received_at"] }
}

table "events" {
  name    = "site_tracking_events_r"
  schema  = schema.layer["raw"]
  comment = "one row per event, as the site sent it"

  column "event_id" {
    type = "bigint"
    identity { generated = "always" }
  }
  column "tenant_hk" {
    type     = "bytea"
    not_null = true
  }
  column "batch_id" { type = "uuid" }
  column "received_at" {
    type     = "timestamptz"
    not_null = true
    default  = "now()"
  }
  column "client_ip" { type = "inet" }
  column "user_agent" { type = "text" }
  column "payload" {
    type     = "jsonb"
    not_null = true
  }

  # What becomes of it.
  column "processing_status" {
    type     = "text"
    not_null = true
    default  = "'PENDING'"
  }
  column "processed_at" { type = "timestamptz" }
  column "retry_count" {
    type     = "smallint"
    not_null = true
    default  = "0"
  }

  # How good it is. The first two are worked out by the database and cannot be wrong.
  column "payload_bytes" {
    type = "integer"
    generated { expression = "octet_length(payload::text)" }
  }
  column "has_required_fields" {
    type    = "boolean"
    comment = join(", ", local.required_fields)
    generated { expression = "payload ?& array[${join(", ", [for field in local.required_fields : "'${field}'"])}]" }
  }
  column "quality_score" {
    type    = "numeric(3, 2)"
    comment = "0 to 1; null until somebody looked"
  }
  column "validation_errors" {
    type     = "text[]"
    not_null = true
    default  = "'{}'"
  }

  primary_key { columns = ["event_id"] }
  foreign_key "events_tenant" {
    columns    = ["tenant_hk"]
    references = table.tenants
  }
  foreign_key "events_batch" {
    columns    = ["batch_id"]
    references = table.batches
    on_delete  = "set_null"
  }

  check "known_status" {
    expression = "processing_status in (${join(", ", [for status in local.statuses : "'${status}'"])})"
  }
  check "done_has_a_time" { expression = "processing_status <> 'PROCESSED' or processed_at is not null" }
  check "payload_not_too_large" { expression = "octet_length(payload::text) <= ${var.payload_limit}" }
  check "score_between_0_and_1" { expression = "quality_score between 0 and 1" }

  # By what people ask for.
  index "events_by_tenant" {
    key { column = "tenant_hk" }
    key {
      column     = "received_at"
      descending = true
    }
  }
  index "events_by_type" {
    key { column = "tenant_hk" }
    key { expression = "payload ->> 'event_type'" }
  }
  index "events_by_payload" {
    method = "gin"
    key {
      column         = "payload"
      operator_class = "jsonb_path_ops"
    }
  }

  # Only the rows that somebody still has to look at.
  dynamic "index" {
    for_each = local.waiting
    labels   = ["events_${lower(index.value)}"]
    content {
      columns = ["received_at"]
      where   = "processing_status = '${index.value}'"
    }
  }
  index "events_incomplete" {
    columns = ["tenant_hk", "received_at"]
    where   = "not has_required_fields"
  }
}

# What is written anew has no statistics: they are gathered in the transaction of the change.
hook "statistics_of_events" {
  when = "after_change"
  on   = table.events
  sql  = "analyze ${self}"
}
