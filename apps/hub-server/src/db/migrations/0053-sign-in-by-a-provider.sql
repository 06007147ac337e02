-- Whom an identity provider's accounts are here: found by a verified address once, from then on by what the provider itself calls them.
CREATE TABLE sign_in_link (
  tenant_no integer NOT NULL,
  issuer text COLLATE "C" NOT NULL,
  subject text COLLATE "C" NOT NULL,
  person text COLLATE "C" NOT NULL,
  linked_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_no, issuer, subject)
);
-- Of one provider nobody is two.
CREATE UNIQUE INDEX sign_in_link_person ON sign_in_link (tenant_no, person, issuer);

-- Whoever signs out of it is sent to the provider, to sign out there.
ALTER TABLE console_session ADD COLUMN by_provider boolean NOT NULL DEFAULT false;
