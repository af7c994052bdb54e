select s.video_id,
       v.title,
       v.channel_id,
       c.title as channel,
       s.day,
       s.views,
       s.likes,
       s.comments
from raw.video_stats s
join raw.videos v using (video_id)
join raw.channels c using (channel_id)
