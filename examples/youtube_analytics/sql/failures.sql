select step, started_at, finished_at
from ops.pipeline_log
where status = 'failed'
