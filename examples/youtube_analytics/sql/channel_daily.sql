select channel_id,
       channel,
       day,
       count(*) as videos,
       sum(views) as views,
       sum(likes) as likes,
       round(100.0 * sum(likes) / nullif(sum(views), 0), 2) as likes_per_hundred_views
from marts.video_daily
group by channel_id, channel, day
