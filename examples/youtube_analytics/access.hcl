# Who may do what, and where. Each level holds for everything in the database, present and future.
locals {
  matrix = {
    developer = { dev = "full" }
    tester    = { dev = "read", test = "read_write" }
    deployer  = { prod = "full" }
    analyst   = { prod = "read" }
  }
  here = { for role, levels in local.matrix : role => levels[environment.name] if can(levels[environment.name]) }
}
role "team" {
  for_each = local.matrix
  name     = each.key
}
access "team" {
  for_each = local.here
  role     = role.team[each.key]
  on       = database.analytics
  level    = each.value
}

# Everybody else stays outside: PostgreSQL lets everybody connect by default.
grant "nobody_else" {
  to         = "public"
  on         = database.analytics
  privileges = []
}
