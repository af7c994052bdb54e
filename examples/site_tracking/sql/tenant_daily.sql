select t.tenant_bk as tenant,
       date_trunc('day', e.received_at, 'UTC')::date as day,
       count(*) as events,
       count(*) filter (where e.processing_status = 'PROCESSED') as processed,
       count(*) filter (where e.processing_status = 'FAILED') as failed,
       count(*) filter (where not e.has_required_fields) as incomplete,
       round(avg(e.quality_score), 2) as average_score
from raw.site_tracking_events_r e
join auth.tenant_h t using (tenant_hk)
group by t.tenant_bk, date_trunc('day', e.received_at, 'UTC')::date
