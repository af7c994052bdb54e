-- Queries and what they mention: relations | functions | types.

-- Relations are what stands after FROM and JOIN, wherever that is.
select 1;
--> | |
select a, o.b, raw.orders.c from raw.orders o;
--> raw.orders | |
select * from Raw.Orders, "Raw"."Orders", raw."select", "we ird"."a.b""c", "größe" g, U&"\0061\00e9";
--> raw.orders "Raw"."Orders" raw."select" "we ird"."a.b""c" "größe" "aé" | |
select * from raw . orders /* raw.not */ -- raw.nor
where a = 'raw.this' and b = $$raw.that$$ and c = E'raw.\'x' and d = U&'raw.y';
--> raw.orders | |
select * from db.raw.orders;
--> raw.orders | |
select * from a join b using (id) left join raw.c on true natural full join d cross join e;
--> a b raw.c d e | |
select * from (a join raw.b on true) join (c cross join d) on true;
--> a raw.b c d | |
select * from a join b join c on b.id = c.id on a.id = b.id;
--> a b c | |
select orders.* from raw.orders as orders;
--> raw.orders | |
select raw.t.*, t.a.b, (t.c).d, (t).*, (array_agg(t))[1].e from raw.t group by t;
--> raw.t | array_agg |
select * from raw.a as b, b, raw.c b2 (x, y);
--> raw.a b raw.c | |
select * from only raw.a, only (raw.b) as b;
--> raw.a raw.b | |
select from raw.a;
--> raw.a | |
table raw.a;
--> raw.a | |
table raw.a union all table "B" order by 1;
--> raw.a "B" | |
select * into temp raw_copy from raw.a;
--> raw_copy raw.a | |
select a.start, a.type, a.view from raw.start a where a.end is null;
--> raw.start | |
select top, qualify, sample, pivot, final, settings, limits from prewhere, cluster, minus.share;
--> prewhere cluster minus.share | |

-- Subqueries.
select (select max(b) from raw.b where b.id = a.id), exists (select from c), array(select d from d) from a;
--> a raw.b c d | max |
select * from a where x in (select y from b) and z > all (select 1 from c) and w = any (table d);
--> a b c d | |
select * from (select * from (select 1 from a) x) y, lateral (select * from b where b.id = y.id) z;
--> a b | |
select * from (values (1, (select 1 from a)), (2, raw.f(3))) as v (x, y);
--> a | raw.f |
values (1, (select count(*) from a));
--> a | count |
select 1 from a order by (select 1 from b) limit (select 1 from c) offset (select 1 from d);
--> a b c d | |

-- Set operations.
(select 1 from a union select 2 from b) except all (select 3 from c order by 1 limit 1) intersect select 4 from d;
--> a b c d | |

-- A common table expression hides a table of its name, where it can be seen and has no schema.
with t as (select 1 from a) select * from t, raw.t;
--> a raw.t | |
with t as (select * from t) select * from t;
--> t | |
with recursive t (n) as (values (1) union all select n + 1 from t) select * from t;
--> | |
with b as (select * from c), c as (select * from b) select * from b, c;
--> c | |
with recursive b as (select * from c), c as (select 1) select * from b, c;
--> | |
with x as (with y as (select 1 from a) select * from y) select * from x, y;
--> a y | |
with x as (select 1) select * from (with x as (select * from x, a) select * from x) y, x;
--> a | |
with x as (select 1 from a) select (with y as (select 1 from x, b) select 1 from y), (select 1 from y);
--> a b y | |
with t as materialized (select 1 from a), u as not materialized (select 1 from b) select * from t, u;
--> a b | |
with "T" as (select 1) select * from "T", t, T;
--> t | |
with gone as (delete from raw.a where b returning *) insert into raw.c select * from gone;
--> raw.a raw.c | |
with t as (select 1) insert into t select * from t;
--> t | |
with recursive t (a, b) as (select 1, 2 from x union select a, b from t)
search depth first by a, b set o cycle a set c to true default false using p select * from t;
--> x | |
with recursive t (a) as (select 1 union select a from t) cycle a set c using p select * from t, cycle;
--> cycle | |

-- Functions in FROM are functions.
select * from generate_series(1, 2), raw.f(1) with ordinality as f (a, b), lateral raw.g(f.a) g;
--> | generate_series raw.f raw.g |
select * from unnest(array[1], raw.f()) with ordinality as u (a, b, c);
--> | raw.f unnest |
select * from rows from (raw.f(1), generate_series(1, 2)) with ordinality as x (a, b);
--> | generate_series raw.f |
select * from raw.f() as (a int, b raw.kind), raw.g() as g (c raw.sort[]);
--> | raw.f raw.g | raw.kind raw.sort
select * from current_date, raw.a;
--> raw.a | |

-- Calls, and syntax that looks like calls.
select count(*), raw.f(distinct a order by b), "F"(), pg_catalog.lower(x), left(y, 1), replace(z, 'a', 'b');
--> | count raw.f "F" pg_catalog.lower "left" replace |
select coalesce(a, b), nullif(a, b), greatest(a, b), least(a, b), row(a, b), grouping(a), (a, b) from t group by a;
--> t | |
select extract(year from a), extract(epoch from now()), substring(a from 2 for 3), substring(a, 2), trim(both 'x' from a);
--> | now |
select overlay(a placing b from 1 for 2), position('raw.a' in b), normalize(a, nfc), ceil(a), floor(b), raw.ceil(c);
--> | ceil floor raw.ceil |
select current_date, current_timestamp(3), localtime, current_user, session_user, user, current_schema, current_role;
--> | |
select sum(a) filter (where b > 0) over w, rank() over (partition by c order by d rows between 1 preceding and current row exclude ties),
percentile_cont(0.5) within group (order by e) from t window w as (order by a range between unbounded preceding and unbounded following);
--> t | percentile_cont rank sum |
select raw.f(a => 1, b := 2, variadic array[3]), raw.f(variadic c);
--> | raw.f |
select string_agg(distinct a, ',' order by a desc nulls last), array_agg(a order by b using >)[1] from t;
--> t | array_agg string_agg |
select map(a), struct(b), if(c, d, e), convert(f, 'x', 'y'), try_cast(g), set(h), first(i), date_part('x', j);
--> | convert date_part first if map set struct try_cast |
select f(x).y, (raw.f(x)).*, t.f from raw.t t;
--> raw.t | f raw.f |

-- Types.
select a::int, b::raw.kind, c::raw.kind[], d::"Kind"[][], cast(e as raw.sort), f::double precision, g::varchar(3)[];
--> | | raw.kind "Kind" raw.sort
select null::numeric(3, 2), a::timestamp(3) with time zone, b::time, c::"char", d::bit varying(3), e::pg_catalog.text;
--> | | "char" pg_catalog.text
select raw.kind 'a', "Kind" 'b', date '2020-01-01', hstore 'a=>b', interval '1 day', interval '1' year to month, timestamp 'now';
--> | | raw.kind "Kind" date hstore
select a::geometry(Point, 4326), b::text, c::jsonb, treat(d as raw.kind), e::int array[3], f::set;
--> | | geometry jsonb raw.kind set text

-- Constants that name something.
select 'raw.a'::regclass, regclass '"B"', cast('c' as regclass), 'raw.s'::text::regclass, '12345'::regclass, 'x'::raw.regclass;
--> raw.a "B" c raw.s | | raw.regclass regclass text
select nextval('raw.s'), currval('raw."S"'::regclass), setval('s', 1), nextval(a), to_regclass('raw.b'), raw.nextval('no');
--> raw.s raw."S" s raw.b | currval nextval raw.nextval setval to_regclass | regclass
select 'raw.f'::regproc, 'raw."G_(h)"(integer, raw.sort[], "K")'::regprocedure, 'raw.kind[]'::regtype, 'raw'::regnamespace;
--> | raw.f raw."G_(h)" | "K" "integer" raw.kind raw.sort regnamespace regproc regprocedure regtype

-- Operators and predicates.
select a operator(pg_catalog.+) b, operator(raw.-) c, a operator(raw.@@@) raw.f(b) from t order by a using operator(raw.<);
--> t | raw.f |
select a -> 'raw.x' ->> 'y', b #> '{a}', c @> d, e ? 'f', g ?| array['h'], i ?& j, k @? '$.l', m @@ n, o #- p, q - 'r';
--> | |
select a !~~* b, c ^@ d, |/ e, @ -3, !! f, g <-> h, ~ i, j # k, l << m, n && o, p % q, r ^ 2, s !~ t;
--> | |
select a is distinct from b, c is not distinct from raw.f(), d isnull, e notnull, f is not true, g is unknown;
--> | raw.f |
select a like 'x' escape '!', b not ilike c, d similar to e, f between symmetric 1 and 2, (g, h) overlaps (i, j);
--> | |
select a = any (array[raw.f()]), b = some (select 1 from c), (d, e) in ((1, 2)), not f and g or h;
--> c | raw.f |
select a at time zone 'utc', b at local, c collate "de_DE", d::text collate pg_catalog."C";
--> | | text
select array[1, 2], array[[1], [2]], a[1], b[1:2], c[:2], d[1:], e[1][2], (array[raw.f()])[1];
--> | raw.f |
select case when a then raw.f() when b then 2 else (select 1 from c) end, case d when 1 then 2 end;
--> c | raw.f |
select a is json, b is json object with unique keys, json_object('a': raw.f(), 'b': 2 null on null returning jsonb);
--> | "json_object" raw.f | jsonb
select json_arrayagg(a order by b), json_array(1, 2), jsonb_path_query(c, '$.raw.a');
--> | "json_array" "json_arrayagg" jsonb_path_query |
select 1, 1.5e3, .5, 0xff, 1_000, x'ff', b'01', 'a' -- raw.a
 'b', N'c';
--> | |

-- The rest of a query.
select distinct on (a, raw.f(b)) c from t where d group by e having max(f) > 1 order by 1 desc nulls first fetch first 3 rows with ties;
--> t | max raw.f |
select 1 from t group by distinct grouping sets ((a), (b, c), ()), cube (d, e), rollup (f, raw.f(g));
--> t | raw.f |
select * from raw.a as x tablesample bernoulli (10) repeatable (3), raw.b tablesample system (raw.f());
--> raw.a raw.b | raw.f |
select * from raw.a x join raw.b y on true for update of x nowait;
--> raw.a raw.b | |
select * from a for no key update skip locked;
--> a | |
select * from a for key share of a;
--> a | |
select all a from t limit all offset 2 rows;
--> t | |
select $1::raw.kind, raw.f($2) from t limit $3;
--> t | raw.f | raw.kind
select a as name, b as select, c type, d view, t.end e from raw.t type, u view;
--> raw.t u | |
with a as (select 1) (select * from a union select * from b) order by 1;
--> b | |
(with a as (select 1) select * from a) union select * from a;
--> a | |
select name, value, type, text, date, time, interval, year, data, role, state, position, row from values;
--> "values" | |
select ((d)::text collate "C"), trim(leading from a), extract('year' from b), c is not document, e is nfc normalized;
--> | | text
select a <> all (array[1]), b ~ any (c), d = any (array(select e from f)), g operator(pg_catalog.=) any (h);
--> f | |
select first_value(a) over w, ntile(4) over (order by b groups between 2 preceding and 1 following exclude no others) from t window w as (order by c), v as (w);
--> t | first_value ntile |
select (row(a, b)).f1, (c.d).e, f[1].g, ((h).i).j, (k[1]).l[2].m from t;
--> t | |
select a in (1, 2), b not in (select c from d), e in (values (1), (raw.f())), (g, h) = any (select 1, 2 from i);
--> d i | raw.f |
select * from t limit (select count(*) from u) offset 5 rows;
--> t u | count |
