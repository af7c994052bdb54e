# A small data estate: one schema, a table, a view, and who may read it.
#
#   estate validate   checks these files
#   estate plan       shows what differs from the server
#   estate apply      makes it so
#
# Without a `url` the embedded PostgreSQL is used; its data lies in .estate/.

estate {
  project = "example"
}

provider "postgres" {
  # url = env("DATABASE_URL")
}

variable "analyst" {
  type        = string
  default     = "example_analyst"
  description = "the role that reads everything"
}

schema "shop" {
  comment = "what customers buy"
}

table "customers" {
  schema  = schema.shop
  comment = "one row per customer"

  column "customer_id" {
    type = "bigint"
    identity {}
  }
  column "email" {
    type     = "text"
    not_null = true
  }
  column "signed_up_at" {
    type     = "timestamptz"
    not_null = true
    default  = "now()" # an SQL expression
  }
  column "left_at" {
    type = "timestamptz"
  }

  primary_key { columns = ["customer_id"] }

  check "email_has_an_at_sign" { expression = "position('@' in email) > 1" }

  index "customers_by_email" {
    columns = ["email"]
    unique  = true
  }
}

view "active_customers" {
  schema = schema.shop
  query  = file("sql/active_customers.sql")
}

role "analyst" {
  name = var.analyst
}

# Usage of the schema, select on everything in it, now and in the future.
access "analysts_read_shop" {
  role  = role.analyst
  on    = schema.shop
  level = "read"
}
