select e.event_id,
       t.tenant_bk as tenant,
       e.received_at,
       e.payload ->> 'event_type' as event_type,
       case
         when e.processing_status = 'REJECTED' then 'rejected'
         when e.processing_status = 'FAILED' then 'failed ' || e.retry_count || ' times'
         when not e.has_required_fields then 'incomplete'
         when e.quality_score < 0.5 then 'low score'
         else 'waits for more than an hour'
       end as what,
       e.validation_errors
from raw.site_tracking_events_r e
join auth.tenant_h t using (tenant_hk)
where e.processing_status in ('FAILED', 'REJECTED')
   or not e.has_required_fields
   or e.quality_score < 0.5
   or (e.processing_status = 'PENDING' and e.received_at < now() - interval '1 hour')
