view "events_to_look_at" {
  schema  = schema.layer["quality"]
  comment = "events with something wrong, and what it is; nothing personal in it"
  query   = file("sql/events_to_look_at.sql")
}

view "tenant_daily" {
  schema  = schema.layer["quality"]
  comment = "events of every tenant and day, and how many are good"
  query   = file("sql/tenant_daily.sql")
}

view "tenant_health" {
  schema  = schema.layer["quality"]
  comment = "the last seven days of every tenant in a word"
  query   = file("sql/tenant_health.sql")
}

# Checked whenever the view is made or changed, before anybody sees it.
audit "parts_are_not_more_than_the_whole" {
  on      = view.tenant_daily
  query   = "select * from ${self} where greatest(processed, failed, incomplete) > events"
  timeout = "30s"
}
