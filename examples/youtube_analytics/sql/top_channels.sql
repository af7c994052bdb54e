select channel_id,
       channel,
       sum(views) as views
from marts.channel_daily
where day > (select max(day) from marts.channel_daily) - 28
group by channel_id, channel
order by sum(views) desc
limit 10
