-- Texts that are not read exactly. Every name must be there, of whatever sort; others are, too.

do $$ begin perform raw.f(); execute 'refresh materialized view raw.m'; insert into raw.a select 1; end $$;
--> raw.f raw.m raw.a
select * from json_table(raw.f('[]'), '$[*]' passing 1 as x columns (a int path '$.a', b raw.kind path '$.b')) as t, raw.b;
--> raw.f raw.kind raw.b
select json_value(a, '$.b' returning raw.kind default raw.f() on empty) from raw.c;
--> raw.kind raw.f raw.c
select xmlelement(name foo, xmlattributes(raw.f() as b), c) from raw.d;
--> raw.f raw.d
create temp table copy as select * from raw.a; select 1 from raw.b;
--> copy raw.a raw.b
insert into raw.a values (1) on conflict (raw.f(b)) where raw.g(c) do nothing;
--> raw.a raw.f raw.g
vacuum (analyze) raw.a;
--> raw.a
copy (select * from raw.a) to program 'cat';
--> raw.a
lock table raw.a, "B" in share mode;
--> raw.a "B"
create function raw.f(a raw.kind) returns int language sql begin atomic insert into raw.b select 1; select 1 from raw.c; end;
--> raw.f raw.kind raw.b raw.c
select from where raw.a nonsense 'raw.b' nextval('raw."S"');
--> raw.a raw.b raw."S"
select * from raw.a where b = 'open;
--> raw.a
select my-table, 'my-table'::regclass, 'a' 'b' from db.raw.t;
--> my "my-table" raw.t
select 1 from raw.a fetch first (raw.f()) rows only; update raw.b set c[1] = raw.g();
--> raw.a raw.f raw.b raw.g
insert into data table raw.t; insert into temp table raw.u;
--> raw.t raw.u data temp
