-- Counted in the order of the index, each of 1,000,000 articles was a page of its own: 1,010,930 pages, where the table has 58,900. Summed before they are ordered, each page is read once.
CREATE OR REPLACE FUNCTION categories_of_goods(tenant integer, most integer) RETURNS TABLE (category text, size integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public SET jit = off AS $$
  SELECT name COLLATE "C", articles FROM (
    SELECT fields ->> '3' AS name, count(*) FILTER (WHERE scope = 'global')::integer AS articles FROM public.entity
    WHERE type = 1 AND alive AND fields ->> '3' IS NOT NULL
      AND tenant_no = tenant AND tenant = coalesce((SELECT l.tenant_no FROM public.database_login l WHERE l.login = session_user), tenant)
    GROUP BY 1) AS carried
  ORDER BY 1 LIMIT most
$$;
