# Site tracking: the raw layer under a tracking script. Tenants, the events of their sites as they
# arrive, and what is known about the quality of each event.
#
#   estate apply --env dev       on the embedded PostgreSQL
#   estate --url postgres://... apply --env dev

estate {
  project = "site_tracking"
}

environment "dev" {
  variables = { payload_limit = 16384 }
}
environment "prod" {
  protected = true # takes only plans that were saved and approved
}

policy "nothing_is_lost" {
  environments = ["prod"]
  deny         = ["data_loss", "public_grant"]
  warn         = ["table_rewrite"]
  message      = "ask the data team first"
}

provider "postgres" {}

variable "payload_limit" {
  type        = number
  default     = 65536
  description = "bytes that the payload of one event may have"

  validation {
    condition = var.payload_limit >= 1024
    message   = "an event needs a kilobyte"
  }
}

locals {
  layers = {
    auth    = "who may send events"
    raw     = "events as they arrive, and nothing made of them"
    quality = "how good the events are, for people"
  }

  # What an event must say about itself.
  required_fields = ["event_type", "page_url", "sent_at"]

  # What becomes of an event. Those that wait have an index each, so that the next one is found at
  # once however many are done.
  waiting  = ["PENDING", "FAILED"]
  statuses = concat(local.waiting, ["PROCESSED", "REJECTED"])
}

schema "layer" {
  for_each = local.layers
  name     = each.key
  comment  = each.value
}
