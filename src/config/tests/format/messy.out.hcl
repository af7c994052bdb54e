estate {
  project          = "x"
  required_version = ">= 0.1" # version
  state "file" { path = "a" }
}
# a comment
variable "retention_days" {
  type = number

  default     = 30 // days
  description = "long" /* block */

  validation {
    condition = var.retention_days > 0 && !false
    message   = "keep at least one day"
  }
}
locals {
  a      = 1
  bbbbbb = 2         # two
  cc     = [1, 2, 3] # three
  list = [
    1,
    2,
  ]
  object = {
    x            = 1, y = 2
    "quoted key" = 3
    (var.x)      = 4
    nested       = { a = 1 }
  }
  f      = upper("x")
  g      = join(",", [for x in ["a"] : x if x != "b"])
  h      = { for k, v in { a = 1 } : k => v... }
  neg    = -1
  sub    = a-1
  sub2   = a - -1
  mul    = 2 * -3
  cond   = a ? b : c
  idx    = a[0].b[*].c
  splat  = a.*.b
  tpl    = "x${a + b}y%{if a}z%{endif}"
  ns     = core::upper("x")
  par    = (1 + 2) * 3
  empty  = {}
  empty2 = []
  str    = "  keep   spaces  "
  not    = !a
  many = [{
    a = 1
    }, {
    b = 2
  }]
  call = merge({
    a = 1
  }, { b = 2 })
  multi = "${
    a
  }"
}
table "videos" {
  schema = schema.raw
  column "a" { type = "text" }
  query = <<EOT
   select   1
 from  x
EOT
  after = 1
  q2    = <<-EOT
      x ${ y }
    EOT
}
