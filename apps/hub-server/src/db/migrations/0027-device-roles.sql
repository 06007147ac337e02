-- What a device is for: by it what comes down is told apart (SPEC: S-4). Whoever enrolled before is a lane.
ALTER TABLE device ADD COLUMN role text NOT NULL DEFAULT 'lane' CHECK (role IN ('lane', 'kiosk', 'office'));
ALTER TABLE enrolment_code ADD COLUMN role text NOT NULL DEFAULT 'lane' CHECK (role IN ('lane', 'kiosk', 'office'));
