insert into ops.pipeline_log (step, status, rows, finished_at)
select 'row_count', 'succeeded', count(*), now()
from raw.video_stats
