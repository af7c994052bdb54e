table "channels" {
  schema  = schema.raw
  comment = "one row per channel"

  column "channel_id" {
    type     = "text"
    not_null = true
  }
  column "title" {
    type     = "text"
    not_null = true
  }
  column "country" { type = "char(2)" }
  column "subscribed_at" {
    type     = "timestamptz"
    not_null = true
    default  = "now()"
  }

  primary_key { columns = ["channel_id"] }
}

table "videos" {
  schema  = schema.raw
  comment = "one row per video"

  column "video_id" {
    type     = "text"
    not_null = true
  }
  column "channel_id" {
    type     = "text"
    not_null = true
  }
  column "title" { type = "text" }
  column "published_at" {
    type     = "timestamptz"
    not_null = true
  }
  column "duration" { type = "interval" }
  column "tags" {
    type     = "text[]"
    not_null = true
    default  = "'{}'"
  }

  primary_key { columns = ["video_id"] }
  foreign_key "videos_channel" {
    columns    = ["channel_id"]
    references = table.channels
    on_delete  = "cascade"
  }
  index "videos_by_channel" { columns = ["channel_id", "published_at"] }
  index "videos_by_tag" {
    method  = "gin"
    columns = ["tags"]
  }
}

table "video_stats" {
  schema  = schema.raw
  comment = "one row per video and day"

  column "video_id" {
    type     = "text"
    not_null = true
  }
  column "day" {
    type     = "date"
    not_null = true
  }
  column "views" {
    type     = "bigint"
    not_null = true
    default  = "0" # an SQL expression
  }
  column "likes" {
    type     = "bigint"
    not_null = true
    default  = "0"
  }
  column "comments" {
    type     = "bigint"
    not_null = true
    default  = "0"
  }

  primary_key { columns = ["video_id", "day"] }
  check "counts_not_negative" { expression = "views >= 0 and likes >= 0 and comments >= 0" }
  foreign_key "video_stats_video" {
    columns    = ["video_id"]
    references = table.videos
    on_delete  = "cascade"
  }
  index "video_stats_by_day" { columns = ["day"] }
}
