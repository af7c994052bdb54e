# One set of files for three servers: DATABASE_URL says which, `--env` says what differs.

estate { project = "shop" }

environment "dev" {}
environment "test" {}
environment "prod" { protected = true } # takes only plans that were saved and approved

provider "postgres" { url = env("DATABASE_URL") }

notify "slack" "data_team" {
  url          = env("SLACK_WEBHOOK_URL", "")
  on           = ["failed", "drift", "approval_needed"]
  environments = ["prod"]
}

schema "shop" { comment = "what customers buy" }

table "orders" {
  schema = schema.shop

  column "order_id" {
    type = "bigint"
    identity {}
  }
  column "customer" {
    type     = "text"
    not_null = true
  }
  column "amount" { type = "numeric(10, 2)" }

  primary_key { columns = ["order_id"] }
}

role "analyst" { name = "shop_analyst_${environment.name}" }

access "analysts_read" {
  role  = role.analyst
  on    = schema.shop
  level = "read"
}

policy "prod_is_careful" {
  environments = ["prod"]
  deny         = ["data_loss", "public_grant"]
  warn         = ["table_rewrite", "blocks_writes"]
}
