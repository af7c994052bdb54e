# YouTube Analytics: one set of files, three environments, three databases on one server.
#
#   estate apply --env dev       YOUTUBE_ANALYTICS_DEV
#   estate apply --env test      YOUTUBE_ANALYTICS_TEST
#   estate apply --env prod      YOUTUBE_ANALYTICS_PROD

estate {
  project = "youtube_analytics"
}

environment "dev" {
  variables = { retention_days = 7 }
}
environment "test" {
  variables = { retention_days = 14 }
}
environment "prod" {
  # With `protected = true` this environment takes only plans that were saved, reviewed and approved:
  # estate plan --env prod --out prod.json, then estate apply prod.json --approve DIGEST.
}

# Without a `url` the embedded PostgreSQL is used. On a real server: estate --url postgres://...
provider "postgres" {}

variable "retention_days" {
  type        = number
  default     = 30
  description = "how long the log of the pipeline is kept"

  validation {
    condition = var.retention_days > 0
    message   = "keep at least one day"
  }
}

database "analytics" {
  name    = "YOUTUBE_ANALYTICS_${upper(environment.name)}"
  comment = "YouTube statistics, ${environment.name}"
}

schema "raw" {
  database = database.analytics
  comment  = "what the API delivers, as it is delivered"
}
schema "marts" {
  database = database.analytics
  comment  = "what analysts read"
}
schema "ops" {
  database = database.analytics
  comment  = "how the pipeline is doing"
}
