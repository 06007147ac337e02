-- Runs of old entries, each in one row: the bytes of its entries, one behind the other, under their hash, and the hub's signature over what they are of (SPEC: A-6). Toasted, so compressed, and off
-- the pages and the indexes that today's entries are looked up by.
CREATE TABLE ledger_archive (
  tenant_no integer NOT NULL,
  device text COLLATE "C" NOT NULL,
  epoch text COLLATE "C" NOT NULL,
  from_seq bigint NOT NULL CHECK (from_seq >= 1),
  to_seq bigint NOT NULL,
  store text COLLATE "C" NOT NULL,
  -- The least and the highest number of its entries.
  from_no bigint NOT NULL,
  to_no bigint NOT NULL,
  -- The SHA-256 of `canonicals`.
  address bytea NOT NULL,
  head_hash bytea NOT NULL,
  signature bytea NOT NULL,
  archived_at_ms bigint NOT NULL,
  -- Of each entry, in their order; where its bytes begin is counted from 1.
  kinds bigint[] NOT NULL,
  received_at_ms bigint[] NOT NULL,
  entry_nos bigint[] NOT NULL,
  starts integer[] NOT NULL,
  lengths integer[] NOT NULL,
  canonicals bytea NOT NULL,
  PRIMARY KEY (tenant_no, device, epoch, from_seq),
  CHECK (cardinality(kinds) = to_seq - from_seq + 1)
);
CREATE INDEX ledger_archive_no ON ledger_archive (from_no, to_no);

-- All that is held, wherever it lies. Whoever knows numbers says them of `from_seq` and `to_seq` too (`from_no`, `to_no`), so that other runs stay closed; and asks for one entry at a time by a subquery
-- (LATERAL … OFFSET 0), as a join would open all of them.
CREATE VIEW ledger_held WITH (security_invoker = true) AS
SELECT tenant_no, device, epoch, seq, branch, store, kind, hash, received_at_ms, canonical, entry_no, seq AS from_seq, seq AS to_seq, entry_no AS from_no, entry_no AS to_no
FROM ledger_entry
UNION ALL
SELECT a.tenant_no, a.device, a.epoch, a.from_seq + e.place - 1, ('' COLLATE "C")::text, a.store, e.kind, sha256(substring(b.bytes FROM e.start FOR e.length)), e.received,
  substring(b.bytes FROM e.start FOR e.length), e.entry_no, a.from_seq, a.to_seq, a.from_no, a.to_no
FROM ledger_archive a
CROSS JOIN LATERAL (SELECT a.canonicals || ''::bytea AS bytes OFFSET 0) AS b
CROSS JOIN LATERAL unnest(a.kinds, a.received_at_ms, a.entry_nos, a.starts, a.lengths) WITH ORDINALITY AS e (kind, received, entry_no, start, length, place);

-- No login may delete an entry. This puts a run away and deletes its entries, both or neither: the main line alone, whole, behind what was put away before, never an epoch's last entry nor one that is
-- set aside. False: it is not as it was when it was signed, by another replica's doing.
CREATE FUNCTION archive_entries(tenant integer, of_device text, of_epoch text, first bigint, last bigint, signed_address bytea, signed bytea, at_ms bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE seen text := coalesce(current_setting('holdfast.owner_sees', true), '');
BEGIN
  IF tenant <> coalesce((SELECT l.tenant_no FROM public.database_login l WHERE l.login = session_user), tenant) THEN RAISE EXCEPTION 'of another tenant'; END IF;
  -- Row security binds the owner too (0059); who called it sees no more by it.
  PERFORM set_config('holdfast.owner_sees', 'all', true);
  PERFORM 1 FROM public.ledger_epoch WHERE tenant_no = tenant AND device = of_device AND epoch = of_epoch AND head_seq > last FOR UPDATE;
  IF NOT FOUND THEN RAISE EXCEPTION 'the last entry of an epoch stays'; END IF;
  IF first > 1 AND NOT EXISTS (SELECT 1 FROM public.ledger_archive WHERE tenant_no = tenant AND device = of_device AND epoch = of_epoch AND to_seq = first - 1)
    THEN RAISE EXCEPTION 'it is not behind what was put away before'; END IF;
  IF EXISTS (SELECT 1 FROM public.set_aside a JOIN public.ledger_entry e ON e.entry_no = a.entry_no
      WHERE a.tenant_no = tenant AND e.device = of_device AND e.epoch = of_epoch AND e.branch = '' AND e.seq BETWEEN first AND last)
    THEN RAISE EXCEPTION 'what is set aside stays'; END IF;
  INSERT INTO public.ledger_archive (tenant_no, device, epoch, from_seq, to_seq, store, from_no, to_no, address, head_hash, signature, archived_at_ms,
    kinds, received_at_ms, entry_nos, starts, lengths, canonicals)
  SELECT tenant, of_device, of_epoch, first, last, store, min(entry_no), max(entry_no), sha256(string_agg(canonical, ''::bytea ORDER BY seq)),
    (array_agg(hash ORDER BY seq DESC))[1], signed, at_ms, array_agg(kind ORDER BY seq), array_agg(received_at_ms ORDER BY seq), array_agg(entry_no ORDER BY seq),
    array_agg(ends - size + 1 ORDER BY seq), array_agg(size ORDER BY seq), string_agg(canonical, ''::bytea ORDER BY seq)
  FROM (SELECT *, length(canonical) AS size, (sum(length(canonical)) OVER (ORDER BY seq))::integer AS ends FROM public.ledger_entry
    WHERE tenant_no = tenant AND device = of_device AND epoch = of_epoch AND branch = '' AND seq BETWEEN first AND last) AS run
  GROUP BY store HAVING count(*) = last - first + 1 AND sha256(string_agg(canonical, ''::bytea ORDER BY seq)) = signed_address;
  IF NOT FOUND THEN
    PERFORM set_config('holdfast.owner_sees', seen, true);
    RETURN false;
  END IF;
  DELETE FROM public.ledger_entry WHERE tenant_no = tenant AND device = of_device AND epoch = of_epoch AND branch = '' AND seq BETWEEN first AND last;
  PERFORM set_config('holdfast.owner_sees', seen, true);
  RETURN true;
END
$$;
