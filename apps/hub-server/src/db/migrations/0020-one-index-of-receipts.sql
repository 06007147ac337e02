-- A receipt's number is one of a few sales of the whole company: the index over numbers finds those of a store as well. Each index of `sale` costs Postgres a third of what the row itself does.
DROP INDEX sale_receipt;
