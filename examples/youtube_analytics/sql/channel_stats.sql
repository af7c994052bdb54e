select c.channel_id,
       c.title,
       count(distinct v.video_id) as videos,
       coalesce(sum(s.views), 0) as views,
       max(s.day) as last_day
from raw.channels c
left join raw.videos v using (channel_id)
left join raw.video_stats s using (video_id)
group by c.channel_id, c.title
