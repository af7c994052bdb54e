create schema estate_snapshots;

comment on schema estate_snapshots is
  'What Estate kept before it dropped or changed it: see estate_snapshots.snapshot. Format 1.';

create table estate_snapshots.snapshot (
  id name primary key,
  project text not null,
  environment text not null,
  serial bigint not null,
  address text not null,
  is_whole boolean not null,
  columns text[] not null,
  key text[] not null,
  login text not null default session_user,
  taken_at timestamptz not null default clock_timestamp(),
  keep_until timestamptz not null
);

comment on table estate_snapshots.snapshot is
  'One row a snapshot: the table of that name in this schema. `estate snapshots` lists, restores and drops them.';

create function estate_snapshots.strip(what regclass) returns void
language plpgsql set search_path = pg_catalog as $$
declare
  one record;
begin
  for one in select i.inhparent::regclass as parent, c.relispartition as is_part
      from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhrelid = what loop
    if one.is_part then
      execute format('alter table %s detach partition %s', one.parent, what);
    else
      execute format('alter table %s no inherit %s', what, one.parent);
    end if;
  end loop;
  if exists (select from pg_class where oid = what and reloftype <> 0) then
    execute format('alter table %s not of', what);
  end if;
  for one in select tgname from pg_trigger where tgrelid = what and not tgisinternal and tgparentid = 0 loop
    execute format('drop trigger %I on %s', one.tgname, what);
  end loop;
  for one in select polname from pg_policy where polrelid = what loop
    execute format('drop policy %I on %s', one.polname, what);
  end loop;
  for one in select rulename from pg_rewrite where ev_class = what loop
    execute format('drop rule %I on %s', one.rulename, what);
  end loop;
  for one in select n.nspname, s.stxname from pg_statistic_ext s join pg_namespace n on n.oid = s.stxnamespace
      where s.stxrelid = what loop
    execute format('drop statistics %I.%I', one.nspname, one.stxname);
  end loop;
  for one in select conname from pg_constraint
      where conrelid = what and contype not in ('p', 'n') and conparentid = 0 loop
    execute format('alter table %s drop constraint if exists %I', what, one.conname);
  end loop;
  for one in select i.indexrelid::regclass as index from pg_index i where i.indrelid = what
      and not exists (select from pg_constraint c where c.conindid = i.indexrelid and c.conrelid = what) loop
    execute format('drop index %s', one.index);
  end loop;
  -- First what is computed: nothing it is computed from may change before.
  for one in select a.attname, a.attidentity, a.attgenerated, a.atthasdef from pg_attribute a
      where a.attrelid = what and a.attnum > 0 and not a.attisdropped
      order by a.attgenerated = '', a.attnum loop
    if one.attidentity <> '' then
      execute format('alter table %s alter column %I drop identity', what, one.attname);
    elsif one.attgenerated = 's' then
      execute format('alter table %s alter column %I drop expression', what, one.attname);
    elsif one.attgenerated = 'v' then
      execute format('alter table %s drop column %I', what, one.attname);
    elsif one.atthasdef then
      execute format('alter table %s alter column %I drop default', what, one.attname);
    end if;
  end loop;
  -- A partitioned table has no values of its own, and its key cannot change.
  for one in select a.attname, format_type(a.atttypid, a.atttypmod) as type,
        t.typnamespace <> 'pg_catalog'::regnamespace
          or coalesce(e.typnamespace <> 'pg_catalog'::regnamespace, false) as is_foreign
      from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_type t on t.oid = a.atttypid
      left join pg_type e on e.oid = t.typelem left join pg_collation l on l.oid = a.attcollation
      where a.attrelid = what and a.attnum > 0 and not a.attisdropped and c.relkind = 'r'
        and (t.typnamespace <> 'pg_catalog'::regnamespace
          or coalesce(e.typnamespace <> 'pg_catalog'::regnamespace, false)
          or coalesce(l.collnamespace <> 'pg_catalog'::regnamespace, false))
      order by a.attnum loop
    if one.is_foreign then
      execute format('alter table %s alter column %I type text using %I::text', what, one.attname, one.attname);
    else
      execute format('alter table %s alter column %I type %s collate "default"', what, one.attname, one.type);
    end if;
  end loop;
  execute format('alter table %s no force row level security', what);
  execute format('alter table %s disable row level security', what);
  execute format('alter table %s replica identity default', what);
  execute format('alter table %s owner to current_user', what);
  perform estate_snapshots.withdraw(what);
end $$;

create function estate_snapshots.withdraw(what regclass) returns void
language plpgsql set search_path = pg_catalog as $$
declare
  one record;
begin
  for one in select distinct g.grantee, r.rolname
      from (select grantee from pg_class, aclexplode(relacl) where oid = what
        union select grantee from pg_attribute, aclexplode(attacl) where attrelid = what) g
      left join pg_roles r on r.oid = g.grantee
      where g.grantee <> (select relowner from pg_class where oid = what) loop
    execute format('revoke all on table %s from %s cascade', what,
      case when one.grantee = 0 then 'public' else format('%I', one.rolname) end);
  end loop;
end $$;

create function estate_snapshots.note(
  id name, realm text[], serial bigint, address text, is_whole boolean, columns text[], key text[], keep interval
) returns void language plpgsql set search_path = pg_catalog as $$
begin
  insert into estate_snapshots.snapshot (id, project, environment, serial, address, is_whole, columns, key, keep_until)
    values (id, realm[1], realm[2], serial, address, is_whole, columns, key, clock_timestamp() + keep);
  execute format('comment on table estate_snapshots.%I is %L', id, format(
    case when is_whole then '%s as it was before version %s of %s'
      else 'columns of %s as they were before version %s of %s' end,
    address, serial, concat_ws(', environment ', realm[1], nullif(realm[2], ''))));
end $$;

create function estate_snapshots.take(
  what regclass, id name, realm text[], serial bigint, address text, keep interval
) returns void language plpgsql set search_path = pg_catalog as $$
declare
  one record;
  number integer := 0;
begin
  perform estate_snapshots.strip(what);
  for one in select conname from pg_constraint where conrelid = what and contype = 'p' loop
    execute format('alter table %s rename constraint %I to %I', what, one.conname, left(id, 58) || '_pkey');
  end loop;
  execute format('alter table %s rename to %I', what, id);
  execute format('alter table %s set schema estate_snapshots', what);
  for one in select relid from pg_partition_tree(what) where relid <> what loop
    number := number + 1;
    perform estate_snapshots.withdraw(one.relid);
    execute format('alter table %s owner to current_user', one.relid);
    execute format('alter table %s rename to %I', one.relid, left(id, 57) || '_' || number);
    execute format('alter table %s set schema estate_snapshots', one.relid);
  end loop;
  perform estate_snapshots.note(id, realm, serial, address, true,
    array(select attname::text from pg_attribute where attrelid = what and attnum > 0 and not attisdropped
      order by attnum), '{}', keep);
end $$;

create function estate_snapshots.copy(
  what regclass, columns text[], id name, realm text[], serial bigint, address text, keep interval
) returns void language plpgsql set search_path = pg_catalog set row_security = off as $$
declare
  key text[] := array(select a.attname::text from pg_constraint c, unnest(c.conkey) with ordinality k(attnum, position)
    join pg_attribute a on a.attnum = k.attnum
    where c.conrelid = what and c.contype = 'p' and a.attrelid = what order by k.position);
  list text;
begin
  -- Without a key nothing tells rows apart but all that is in them.
  if key = '{}' then
    columns := columns || array(select attname::text from pg_attribute where attrelid = what and attnum > 0
      and not attisdropped and attname <> all (columns) order by attnum);
  end if;
  select string_agg(case when (t.typnamespace <> 'pg_catalog'::regnamespace
        or coalesce(e.typnamespace <> 'pg_catalog'::regnamespace, false)) then format('%I::text as %I', a.attname, a.attname)
      else format('%I', a.attname) end, ', ' order by a.attnum) into list
    from pg_attribute a join pg_type t on t.oid = a.atttypid left join pg_type e on e.oid = t.typelem
    where a.attrelid = what and not a.attisdropped and a.attname = any (key || columns);
  execute format('create table estate_snapshots.%I as select %s from %s', id, list, what);
  perform estate_snapshots.withdraw(format('estate_snapshots.%I', id)::regclass);
  perform estate_snapshots.note(id, realm, serial, address, false, columns, key, keep);
end $$;
