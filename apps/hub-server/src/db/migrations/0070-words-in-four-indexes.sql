-- Words of goods in four indexes, each of a quarter of the goods. An index answers with all goods that have a word before the first of them is seen, 600,000 of 1,000,000 where six of ten have it; asked one after the
-- other, the first already has more than are put in order, and the others are not read.
CREATE INDEX entity_goods_words_0 ON entity USING gin (public.goods_words(fields)) WITH (gin_pending_list_limit = 65536) WHERE type = 1 AND ascii(md5(key)) & 3 = 0;
CREATE INDEX entity_goods_words_1 ON entity USING gin (public.goods_words(fields)) WITH (gin_pending_list_limit = 65536) WHERE type = 1 AND ascii(md5(key)) & 3 = 1;
CREATE INDEX entity_goods_words_2 ON entity USING gin (public.goods_words(fields)) WITH (gin_pending_list_limit = 65536) WHERE type = 1 AND ascii(md5(key)) & 3 = 2;
CREATE INDEX entity_goods_words_3 ON entity USING gin (public.goods_words(fields)) WITH (gin_pending_list_limit = 65536) WHERE type = 1 AND ascii(md5(key)) & 3 = 3;
-- Older builds ask by the functions below, and never by its name.
DROP INDEX entity_goods_words;

CREATE OR REPLACE FUNCTION ready_goods_words() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT gin_clean_pending_list('public.entity_goods_words_0') + gin_clean_pending_list('public.entity_goods_words_1')
    + gin_clean_pending_list('public.entity_goods_words_2') + gin_clean_pending_list('public.entity_goods_words_3')
$$;

-- By no workers: they would ask all four at once.
CREATE OR REPLACE FUNCTION goods_of_words(tenant integer, asked tsquery, most integer) RETURNS TABLE (sku text, place text, held jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public SET enable_seqscan = off SET enable_indexscan = off SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
  SELECT found.key, found.scope, found.fields FROM (
    SELECT key, scope, fields FROM public.entity WHERE type = 1 AND alive AND public.goods_words(fields) @@ asked AND tenant_no + 0 = tenant AND ascii(md5(key)) & 3 = 0
    UNION ALL
    SELECT key, scope, fields FROM public.entity WHERE type = 1 AND alive AND public.goods_words(fields) @@ asked AND tenant_no + 0 = tenant AND ascii(md5(key)) & 3 = 1
    UNION ALL
    SELECT key, scope, fields FROM public.entity WHERE type = 1 AND alive AND public.goods_words(fields) @@ asked AND tenant_no + 0 = tenant AND ascii(md5(key)) & 3 = 2
    UNION ALL
    SELECT key, scope, fields FROM public.entity WHERE type = 1 AND alive AND public.goods_words(fields) @@ asked AND tenant_no + 0 = tenant AND ascii(md5(key)) & 3 = 3) AS found
  WHERE tenant = coalesce((SELECT l.tenant_no FROM public.database_login l WHERE l.login = session_user), tenant)
  LIMIT most
$$;
