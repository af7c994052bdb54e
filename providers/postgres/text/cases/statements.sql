-- Statements and what they mention: relations | functions | types.

insert into raw.a (b, c) overriding system value values (1, default), (raw.f(2), '3') on conflict (b, c) do update set c = excluded.c where a.b > 1 returning raw.g(b);
--> raw.a | raw.f raw.g |
insert into raw.a as x select * from raw.b on conflict on constraint c do nothing;
--> raw.a raw.b | |
insert into raw.a default values; insert into raw.b table raw.c;;
--> raw.a raw.b raw.c | |
insert into raw.a with x as (select 1 from b) select * from x;
--> raw.a b | |
update only raw.a x set b = 1, (c, d) = (select 1, 2 from raw.b), e = default from raw.c, raw.d d where x.id = d.id returning x.*;
--> raw.a raw.b raw.c raw.d | |
with x as (select 1) update x set a = 1 from x;
--> x | |
delete from only raw.a as x using raw.b, (select 1 from c) y where x.id = b.id returning *;
--> raw.a raw.b c | |
merge into raw.a using (select * from raw.b) b on a.id = b.id when matched and b.gone then delete
when not matched by source then do nothing when matched then update set c = raw.f(b.c) when not matched then insert (c) values (b.c);
--> raw.a raw.b | raw.f |
merge into only raw.a x using raw.b on x.id = b.id when not matched then insert default values;
--> raw.a raw.b | |
truncate table only raw.a, raw.b restart identity cascade;
--> raw.a raw.b | |
truncate raw.a;
--> raw.a | |
call raw.p(1, raw.f(2), (select 1 from a), 'raw.b'::regclass);
--> a raw.b | raw.f raw.p | regclass
refresh materialized view concurrently raw.m with data;
--> raw.m | |
REFRESH MATERIALIZED VIEW "M" with no data; refresh materialized view m;
--> "M" m | |
select raw.f(); select 1 from raw.a where b = 'x; select 1 from raw.c'; -- select 1 from raw.d
--> raw.a | raw.f |
begin; set local search_path = raw, public; table a; commit;
--> a | |
/* nothing */ ; -- at all
--> | |
