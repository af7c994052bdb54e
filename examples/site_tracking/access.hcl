# Four roles, for programs and people to be members of.
role "team" {
  for_each = {
    loader    = "writes events as they arrive"
    processor = "reads events and says what became of them"
    analyst   = "reads how good the events are, and no event"
    support   = "reads everything"
  }
  name    = "site_tracking_${each.key}"
  comment = each.value
}

locals {
  programs = [role.team["loader"], role.team["processor"]]
}

grant "programs_enter" {
  to         = local.programs
  on         = [schema.layer["auth"], schema.layer["raw"]]
  privileges = ["usage"]
}
grant "programs_find_tenants" {
  to         = local.programs
  on         = table.tenants
  privileges = ["select"]
  columns    = ["tenant_hk", "tenant_bk"]
}
grant "loader_opens_batches" {
  to         = role.team["loader"]
  on         = table.batches
  privileges = ["select", "insert"]
}
grant "loader_writes_events" {
  to         = role.team["loader"]
  on         = table.events
  privileges = ["insert"]
}
grant "processor_reads_events" {
  to         = role.team["processor"]
  on         = [table.batches, table.events]
  privileges = ["select"]
}
grant "processor_marks_events" {
  to         = role.team["processor"]
  on         = table.events
  privileges = ["update"]
  columns    = ["processing_status", "processed_at", "retry_count", "quality_score", "validation_errors"]
}

# Everything there is, and everything there will be.
access "analysts_read_quality" {
  role  = role.team["analyst"]
  on    = schema.layer["quality"]
  level = "read"
}
access "support_reads_everything" {
  role  = role.team["support"]
  on    = [for layer in keys(local.layers) : schema.layer[layer]]
  level = "read"
}
