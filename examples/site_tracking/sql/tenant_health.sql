select tenant,
       sum(events) as events,
       round(100.0 * sum(incomplete) / sum(events), 1) as incomplete_percent,
       case
         when sum(failed) > sum(events) / 10 then 'failing'
         when sum(incomplete) > sum(events) / 10 then 'incomplete'
         else 'healthy'
       end as health
from quality.tenant_daily
where day > current_date - 7
group by tenant
