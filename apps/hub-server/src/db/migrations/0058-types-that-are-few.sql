-- What is asked for by its type alone (grants with each change, settings, taxes, departments): the key of the table begins with the key of the entity, so that each such question read all
-- goods. Goods, codes and prices are never asked for so, and are left out.
CREATE INDEX entity_of_few ON entity (tenant_no, type, key) WHERE type NOT IN (1, 2, 3);
