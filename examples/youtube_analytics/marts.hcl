# Views on views, and a materialized view for dashboards. What each stands on is found in its SQL.

view "video_daily" {
  schema  = schema.marts
  comment = "statistics of every video and day, with its channel"
  query   = file("sql/video_daily.sql")
}

view "channel_daily" {
  schema  = schema.marts
  comment = "statistics of every channel and day"
  query   = file("sql/channel_daily.sql")
}

view "top_channels" {
  schema  = schema.marts
  comment = "the ten channels with most views in the last 28 days of data"
  query   = file("sql/top_channels.sql")
}

materialized_view "channel_stats" {
  schema  = schema.marts
  comment = "totals of every channel; refreshed by a task"
  query   = file("sql/channel_stats.sql")

  index "channel_stats_key" {
    columns = ["channel_id"]
    unique  = true
  }
}

# Checked whenever the view is made or changed, before anybody sees it.
audit "no_future_days" {
  on    = view.channel_daily
  query = "select * from ${self} where day > current_date"
}
