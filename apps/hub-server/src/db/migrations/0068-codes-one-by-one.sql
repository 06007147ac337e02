-- The codes of each article by a look-up of its own. Joined, the database took an article for one of two hundred that share its codes, and with 1,000,000 goods it read all of them once more than about
-- twenty articles were asked for at once: 1.5 s, where their codes are found in 2 ms.
CREATE OR REPLACE FUNCTION codes_of_goods(tenant integer, skus text[]) RETURNS TABLE (sku text, code text, place text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public SET enable_seqscan = off SET jit = off AS $$
  SELECT asked.sku, held.key, held.scope FROM unnest(skus) AS asked (sku)
  CROSS JOIN LATERAL (SELECT e.key, e.scope FROM public.entity e
    WHERE e.tenant_no = tenant AND e.type = 2 AND e.alive AND (e.fields ->> '1') COLLATE "C" = asked.sku OFFSET 0) AS held
  WHERE tenant = coalesce((SELECT l.tenant_no FROM public.database_login l WHERE l.login = session_user), tenant)
$$;
