-- The company's private keys, sealed under the key of secrets, which is not in the database (decision 0025); a sealed one opens for its own kind and name alone. Null: forgotten.
CREATE TABLE company_key (
  tenant_no integer NOT NULL,
  kind text NOT NULL,
  name text NOT NULL,
  public_key bytea,
  sealed bytea,
  created_at_ms bigint NOT NULL,
  forgotten_at_ms bigint,
  PRIMARY KEY (tenant_no, kind, name),
  CHECK ((sealed IS NULL) = (forgotten_at_ms IS NOT NULL))
);

-- What the hub signs with, likewise. Null: this database's keys lie as they did before, and hubs of a build before go on working here.
ALTER TABLE hub ADD COLUMN sealed_key bytea;

-- Where keys lay as they were. Once they are sealed, a hub of a build before would make new ones there, and give them to lanes: it is refused.
CREATE FUNCTION keys_are_sealed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM public.hub WHERE sealed_key IS NOT NULL) THEN
    RAISE EXCEPTION 'the keys of this hub lie sealed (migration 62): a hub of a build before cannot work on this database';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keys_are_sealed BEFORE INSERT OR UPDATE ON segment_secret FOR EACH ROW EXECUTE FUNCTION keys_are_sealed();
CREATE TRIGGER keys_are_sealed BEFORE INSERT OR UPDATE ON passcode_secret FOR EACH ROW EXECUTE FUNCTION keys_are_sealed();
CREATE TRIGGER keys_are_sealed BEFORE INSERT OR UPDATE ON personal_key FOR EACH ROW EXECUTE FUNCTION keys_are_sealed();
CREATE TRIGGER keys_are_sealed BEFORE INSERT OR UPDATE ON invoice_key FOR EACH ROW EXECUTE FUNCTION keys_are_sealed();
CREATE TRIGGER keys_are_sealed BEFORE INSERT OR UPDATE ON receipt_mail_key FOR EACH ROW EXECUTE FUNCTION keys_are_sealed();
CREATE TRIGGER keys_are_sealed BEFORE INSERT OR UPDATE ON authority FOR EACH ROW EXECUTE FUNCTION keys_are_sealed();
