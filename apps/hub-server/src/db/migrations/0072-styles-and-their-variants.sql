-- Articles of a style in the order of their SKUs, and the styles that there are, as those of a brand (0050). Row security lets no condition on `fields` use an index.
CREATE INDEX entity_styles ON entity (tenant_no, ((fields ->> '98') COLLATE "C"), key) WHERE type = 1 AND alive AND fields ->> '98' IS NOT NULL;

CREATE FUNCTION goods_of_style(tenant integer, asked text, places text[], after text, most integer) RETURNS TABLE (sku text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public SET jit = off AS $$
  SELECT DISTINCT key FROM public.entity
  WHERE type = 1 AND alive AND fields ->> '98' IS NOT NULL AND (fields ->> '98') COLLATE "C" = asked
    AND tenant_no = tenant AND tenant = coalesce((SELECT l.tenant_no FROM public.database_login l WHERE l.login = session_user), tenant)
    AND key > (after COLLATE "C") AND scope = ANY (places)
  ORDER BY key LIMIT most
$$;

CREATE FUNCTION styles_of_goods(tenant integer, begins text, after text, most integer) RETURNS TABLE (style text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public SET jit = off AS $$
  WITH RECURSIVE named AS (
    SELECT (SELECT (fields ->> '98') COLLATE "C" FROM public.entity WHERE type = 1 AND alive AND fields ->> '98' IS NOT NULL AND tenant_no = tenant
        AND (fields ->> '98') COLLATE "C" >= begins AND (after IS NULL OR (fields ->> '98') COLLATE "C" > after) ORDER BY tenant_no, (fields ->> '98') COLLATE "C" LIMIT 1) AS name, 1 AS place
    UNION ALL
    SELECT (SELECT (fields ->> '98') COLLATE "C" FROM public.entity WHERE type = 1 AND alive AND fields ->> '98' IS NOT NULL AND tenant_no = tenant
        AND (fields ->> '98') COLLATE "C" > named.name ORDER BY tenant_no, (fields ->> '98') COLLATE "C" LIMIT 1), place + 1
    FROM named WHERE starts_with(named.name, begins) AND place < most)
  SELECT name FROM named WHERE starts_with(name, begins) AND tenant = coalesce((SELECT l.tenant_no FROM public.database_login l WHERE l.login = session_user), tenant)
$$;

-- A variant is found by its style and by what tells it apart, too. Of what stood in the indexes before, nothing had either: their words are the same.
CREATE OR REPLACE FUNCTION goods_words(fields jsonb) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  department text := left(coalesce(fields ->> '3', ''), 400);
  variant text := left(coalesce(' ' || (fields ->> '98'), ''), 101) || left(coalesce(' ' || (fields ->> '99'), ''), 400);
  words tsvector := array_to_tsvector(array_remove(string_to_array(
    public.folded_text(left(coalesce(fields ->> '1', ''), 300) || ' ' || left(coalesce(fields ->> '2', ''), 100) || variant), ' '), ''));
BEGIN
  RETURN CASE WHEN department = '' THEN words ELSE words || array_to_tsvector(ARRAY[E'\x1f' || department]) END;
END $$;
