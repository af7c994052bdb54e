table "tenants" {
  name    = "tenant_h"
  schema  = schema.layer["auth"]
  comment = "one row per customer whose sites are tracked"

  column "tenant_hk" {
    type     = "bytea"
    not_null = true
    comment  = "SHA-256 of the business key"
  }
  column "tenant_bk" {
    type     = "text"
    not_null = true
    comment  = "business key, as in the contract"
  }
  column "load_date" {
    type     = "timestamptz"
    not_null = true
    default  = "now()"
  }
  column "record_source" {
    type     = "text"
    not_null = true
  }

  primary_key { columns = ["tenant_hk"] }
  unique "tenant_h_business_key" { columns = ["tenant_bk"] }
  check "tenant_h_hash_is_sha256" { expression = "octet_length(tenant_hk) = 32" }
}
