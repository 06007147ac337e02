-- How far a lane's cut is, as it said when it last asked for news, and how far it was told to go then. Null: it has not asked since this was kept.
ALTER TABLE device ADD COLUMN held_lsn bigint;
ALTER TABLE device ADD COLUMN told_lsn bigint;
ALTER TABLE device ADD COLUMN told_at_ms bigint;

-- When scheduled prices begin and end. Row security lets no condition on `fields` use an index: the function asks whose a row is itself, and works as the owner.
CREATE INDEX entity_price_begins ON entity (tenant_no, ((fields ->> '4')::bigint), key, scope) WHERE type = 3 AND alive AND fields ? '4';
CREATE INDEX entity_price_ends ON entity (tenant_no, ((fields ->> '5')::bigint), key, scope) WHERE type = 3 AND alive AND fields ? '5';
CREATE FUNCTION price_moments(tenant integer, from_ms bigint, to_ms bigint, places text[], after_ms bigint, after_key text, after_scope text, after_ends boolean, most integer)
RETURNS TABLE (at_ms bigint, ends boolean, key text, scope text, fields jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public SET jit = off AS $$
  SELECT moments.at_ms, moments.ends, moments.key, moments.scope, moments.fields FROM (
    (SELECT (e.fields ->> '4')::bigint AS at_ms, false AS ends, e.key, e.scope, e.fields FROM public.entity e
      WHERE e.tenant_no = tenant AND e.type = 3 AND e.alive AND e.fields ? '4'
        AND (e.fields ->> '4')::bigint >= greatest(from_ms, coalesce(after_ms, from_ms)) AND (e.fields ->> '4')::bigint < to_ms AND (places IS NULL OR e.scope = ANY (places))
        AND (after_ms IS NULL OR ((e.fields ->> '4')::bigint, e.key, e.scope, false) > (after_ms, after_key COLLATE "C", after_scope COLLATE "C", after_ends))
      ORDER BY (e.fields ->> '4')::bigint, e.key, e.scope LIMIT most)
    UNION ALL
    (SELECT (e.fields ->> '5')::bigint, true, e.key, e.scope, e.fields FROM public.entity e
      WHERE e.tenant_no = tenant AND e.type = 3 AND e.alive AND e.fields ? '5'
        AND (e.fields ->> '5')::bigint >= greatest(from_ms, coalesce(after_ms, from_ms)) AND (e.fields ->> '5')::bigint < to_ms AND (places IS NULL OR e.scope = ANY (places))
        AND (after_ms IS NULL OR ((e.fields ->> '5')::bigint, e.key, e.scope, true) > (after_ms, after_key COLLATE "C", after_scope COLLATE "C", after_ends))
      ORDER BY (e.fields ->> '5')::bigint, e.key, e.scope LIMIT most)) AS moments
  WHERE tenant = coalesce(nullif(current_setting('holdfast.tenant_no', true), '')::integer, tenant)
  ORDER BY moments.at_ms, moments.key, moments.scope, moments.ends LIMIT most
$$;
