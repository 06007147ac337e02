-- A hub that was set back takes over revocations that it has lost, of devices and certificates, too, which it does not know any more.
ALTER TABLE revocation DROP CONSTRAINT revocation_device_fkey;
ALTER TABLE revocation DROP CONSTRAINT revocation_serial_fkey;
-- The device that showed it; null: it was said here.
ALTER TABLE revocation ADD COLUMN shown_by text COLLATE "C";
