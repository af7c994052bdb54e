-- Expressions and what they mention: relations | functions | types.

now();
--> | now |
nextval('raw.s'::regclass);
--> raw.s | nextval | regclass
'{}'::raw.kind[];
--> | | raw.kind
raw.amount > 0 and (lower(name) = name or raw.is_odd(name));
--> | lower raw.is_odd |
((status)::text = any ((array['a'::character varying, 'raw.b'::character varying])::text[]));
--> | | text
(tenant = (current_setting('app.tenant'::text))::uuid);
--> | current_setting | text uuid
exists (select 1 from raw.members m where m.name = current_user);
--> raw.members | |
'raw.this';
--> | |
E'it''s \'raw.this\'';
--> | |
current_timestamp + interval '1 day' * 3;
--> | |
case when value is null then 'x' else value || raw.suffix(value) end;
--> | raw.suffix |
(start, "end") overlaps (date '2020-01-01', current_date);
--> | | date
