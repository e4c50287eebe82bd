"""The statements that take over a billing file, in the order in which they run.

`account_file` holds the checked rows with their line numbers, one meter a row, or one register of it.
"""

CREATE = """
DROP TABLE IF EXISTS account_file;
CREATE TEMPORARY TABLE account_file (
    line integer NOT NULL,
    account_number text NOT NULL, municipality text NOT NULL, service text NOT NULL,
    meter_number text NOT NULL,
    dials integer NOT NULL, last_reading integer, last_reading_date date, average_per_month numeric(14, 3),
    holder text, phone text, read_day integer, balance numeric(14, 2), id_last4 text,
    register text NOT NULL,
    outcome text
) ON COMMIT DROP
"""

#: A file without registers does not know of those that a meter has: its row is left out. The column of
#: registers says it, also blank: then the meter has one now.
UNREGISTERED = """
DELETE FROM account_file USING meters known
WHERE known.account_number = account_file.account_number AND known.meter_number = account_file.meter_number
  AND known.register <> '' AND known.removed_at IS NULL
RETURNING account_file.line, account_file.account_number, 'register' AS field,
          'the meter ' || account_file.meter_number
          || ' has several registers; the file has no column that names them' AS reason
"""

#: A meter's rows name all its registers, or it has one row.
UNNAMED = """
DELETE FROM account_file USING account_file named
WHERE account_file.register = '' AND named.register <> ''
  AND named.account_number = account_file.account_number AND named.meter_number = account_file.meter_number
RETURNING account_file.line, account_file.account_number, 'register' AS field,
          'is missing: line ' || named.line || ' names the register ' || named.register || ' of this meter'
          AS reason
"""

#: A meter named twice: the same row again is dropped in silence, another one is a fault.
REPEATED = """
WITH numbered AS (
    SELECT line, account_file AS this, first_value(account_file) OVER same AS first,
           row_number() OVER same AS nth
    FROM account_file WINDOW same AS (PARTITION BY account_number, meter_number, register ORDER BY line)
), gone AS (
    DELETE FROM account_file USING numbered
    WHERE numbered.nth > 1 AND account_file.line = numbered.line
    RETURNING numbered.line, numbered.this, numbered.first
)
SELECT line, 'meter_number' AS field,
       'the meter ' || concat_ws(' ', (this).meter_number, nullif((this).register, ''))
       || ' of this account is on line ' || (first).line
       || ' already, with other values' AS reason
FROM gone
WHERE to_jsonb(this) - 'line' <> to_jsonb(first) - 'line'
"""

#: An account belongs to one municipality: the first row decides.
CONTRADICTING = """
WITH firsts AS (
    SELECT DISTINCT ON (account_number) account_number, municipality, line FROM account_file
    ORDER BY account_number, line
)
DELETE FROM account_file USING firsts
WHERE account_file.account_number = firsts.account_number AND account_file.municipality <> firsts.municipality
RETURNING account_file.line, 'municipality' AS field,
          'this account is in ' || firsts.municipality || ' by line ' || firsts.line AS reason
"""

#: An account's own columns are the first that is not blank among its rows; blanks keep what is known.
COMPARE = """
CREATE TEMPORARY TABLE account_now ON COMMIT DROP AS
SELECT file.account_number, file.municipality,
       coalesce(file.holder, known.holder) AS holder, coalesce(file.phone, known.phone) AS phone,
       coalesce(file.read_day, known.read_day) AS read_day, coalesce(file.balance, known.balance) AS balance,
       -- another holder has another ID
       CASE WHEN known.holder <> file.holder THEN file.id_last4
            ELSE coalesce(file.id_last4, known.id_last4_hash) END AS id_last4_hash,
       known.account_number IS NULL AS is_new,
       known.account_number IS NOT NULL AND (
           known.closed_at IS NOT NULL
           OR (file.municipality, coalesce(file.holder, known.holder), coalesce(file.phone, known.phone),
               coalesce(file.read_day, known.read_day), coalesce(file.balance, known.balance),
               coalesce(file.id_last4, known.id_last4_hash))
              IS DISTINCT FROM (known.municipality, known.holder, known.phone, known.read_day, known.balance,
                                known.id_last4_hash)
       ) AS is_changed
FROM (
    SELECT account_number, min(municipality) AS municipality,
           (array_agg(holder ORDER BY line) FILTER (WHERE holder IS NOT NULL))[1] AS holder,
           (array_agg(phone ORDER BY line) FILTER (WHERE phone IS NOT NULL))[1] AS phone,
           (array_agg(read_day ORDER BY line) FILTER (WHERE read_day IS NOT NULL))[1] AS read_day,
           (array_agg(balance ORDER BY line) FILTER (WHERE balance IS NOT NULL))[1] AS balance,
           (array_agg(id_last4 ORDER BY line) FILTER (WHERE id_last4 IS NOT NULL))[1] AS id_last4
    FROM account_file GROUP BY account_number
) file LEFT JOIN accounts known USING (account_number)
"""

OUTCOMES = """
UPDATE account_file SET outcome = compared.outcome
FROM (
    SELECT file.line, CASE
        WHEN known.id IS NULL THEN 'added'
        WHEN known.removed_at IS NOT NULL OR account_now.is_changed
             OR (file.service, file.dials, coalesce(file.last_reading, known.last_reading),
                 coalesce(file.last_reading_date, known.last_reading_on),
                 coalesce(file.average_per_month, known.average_per_month))
                IS DISTINCT FROM (known.service, known.dials, known.last_reading, known.last_reading_on,
                                  known.average_per_month) THEN 'changed'
        ELSE 'unchanged' END AS outcome
    FROM account_file file JOIN account_now USING (account_number)
    LEFT JOIN meters known USING (account_number, meter_number, register)
) compared
WHERE compared.line = account_file.line
"""

COUNT = "SELECT outcome, count(*) AS rows FROM account_file GROUP BY outcome"

ACCOUNT_EVENTS = """
INSERT INTO events (subject_type, subject_id, kind, actor, before, after)
SELECT 'account', account_number, 'imported', :actor,
       jsonb_build_object('municipality', known.municipality, 'holder', known.holder, 'phone', known.phone,
                          'read_day', known.read_day, 'balance', known.balance::text,
                          'closed_at', known.closed_at),
       jsonb_build_object('municipality', fresh.municipality, 'holder', fresh.holder, 'phone', fresh.phone,
                          'read_day', fresh.read_day, 'balance', fresh.balance::text, 'closed_at', null)
FROM account_now fresh JOIN accounts known USING (account_number) WHERE fresh.is_changed
"""

#: A new holder: what the former one proved proves nothing any more. Runs before ACCOUNTS.
UNLINK = """
WITH handed_over AS (
    SELECT account_number FROM account_now fresh JOIN accounts known USING (account_number)
    WHERE fresh.is_changed AND known.holder IS NOT NULL AND fresh.holder <> known.holder
), unlinked AS (
    UPDATE citizen_accounts links SET proof = 'used' FROM citizen_accounts before
    WHERE links.account_number IN (SELECT account_number FROM handed_over)
      AND links.proof IN ('agent', 'id_number')
      AND before.citizen_id = links.citizen_id AND before.account_number = links.account_number
    RETURNING links.account_number, links.citizen_id, before.proof
)
INSERT INTO events (subject_type, subject_id, kind, actor, before)
SELECT 'account', account_number, 'unlinked', :actor,
       jsonb_build_object('citizen_id', citizen_id, 'proof', proof)
FROM unlinked
"""

ACCOUNTS = """
INSERT INTO accounts AS known (account_number, municipality, holder, phone, read_day, balance,
                               id_last4_hash)
SELECT account_number, municipality, holder, phone, read_day, balance, id_last4_hash FROM account_now
WHERE is_new OR is_changed ORDER BY account_number
ON CONFLICT (account_number) DO UPDATE SET
    municipality = excluded.municipality, holder = excluded.holder, phone = excluded.phone,
    read_day = excluded.read_day, balance = excluded.balance,
    id_last4_hash = excluded.id_last4_hash, closed_at = NULL, updated_at = now()
"""

METER_EVENTS = """
INSERT INTO events (subject_type, subject_id, kind, actor, before, after)
SELECT 'account', account_number, 'meter_imported', :actor,
       jsonb_build_object('meter_number', meter_number, 'register', register,
                          'service', known.service, 'dials', known.dials,
                          'last_reading', known.last_reading, 'last_reading_on', known.last_reading_on,
                          'average_per_month', known.average_per_month::text, 'removed_at', known.removed_at),
       jsonb_build_object('meter_number', meter_number, 'register', register,
                          'service', file.service, 'dials', file.dials,
                          'last_reading', coalesce(file.last_reading, known.last_reading),
                          'last_reading_on', coalesce(file.last_reading_date, known.last_reading_on),
                          'average_per_month',
                          coalesce(file.average_per_month, known.average_per_month)::text,
                          'removed_at', null)
FROM account_file file JOIN meters known USING (account_number, meter_number, register)
WHERE file.outcome = 'changed'
"""

METERS = """
INSERT INTO meters AS known (id, account_number, service, meter_number, register, dials, last_reading,
                             last_reading_on, average_per_month)
SELECT gen_random_uuid(), account_number, service, meter_number, register, dials, last_reading,
       last_reading_date, average_per_month
FROM account_file WHERE outcome <> 'unchanged' ORDER BY account_number, meter_number, register
ON CONFLICT (account_number, meter_number, register) DO UPDATE SET
    service = excluded.service, dials = excluded.dials,
    last_reading = coalesce(excluded.last_reading, known.last_reading),
    last_reading_on = coalesce(excluded.last_reading_on, known.last_reading_on),
    average_per_month = coalesce(excluded.average_per_month, known.average_per_month),
    removed_at = NULL, updated_at = now()
"""

#: A meter or register beside which the file names another of its account and service was replaced, unless a
#: row of the account was rejected: it may have been this one's.
REMOVE = """
WITH removed AS (
    UPDATE meters SET removed_at = CAST(:today AS date), updated_at = now()
    WHERE removed_at IS NULL AND account_number <> ALL (CAST(:untrusted AS text[]))
      AND EXISTS (SELECT FROM account_file file
                  WHERE file.account_number = meters.account_number AND file.service = meters.service)
      AND NOT EXISTS (SELECT FROM account_file file
                      WHERE file.account_number = meters.account_number
                        AND file.meter_number = meters.meter_number AND file.register = meters.register)
    RETURNING account_number, meter_number, register, service
)
INSERT INTO events (subject_type, subject_id, kind, actor, before, after)
SELECT 'account', account_number, 'meter_removed', :actor,
       jsonb_build_object('meter_number', meter_number, 'register', register, 'service', service,
                          'removed_at', null),
       jsonb_build_object('meter_number', meter_number, 'register', register, 'service', service,
                          'removed_at', CAST(:today AS date))
FROM removed RETURNING id
"""

#: The open accounts of the file's municipalities that it lacks. One with a rejected row is named, if badly.
MISSING = """
CREATE TEMPORARY TABLE account_missing ON COMMIT DROP AS
SELECT account_number FROM accounts
WHERE closed_at IS NULL AND municipality IN (SELECT municipality FROM account_now)
  AND account_number <> ALL (CAST(:untrusted AS text[]))
  AND NOT EXISTS (SELECT FROM account_now named WHERE named.account_number = accounts.account_number)
"""

COUNT_MISSING = """
SELECT (SELECT count(*) FROM account_missing) AS missing,
       (SELECT count(*) FROM accounts
        WHERE closed_at IS NULL AND municipality IN (SELECT municipality FROM account_now)) AS accounts
"""

CLOSE = """
WITH closed AS (
    UPDATE accounts SET closed_at = CAST(:today AS date), updated_at = now()
    WHERE account_number IN (SELECT account_number FROM account_missing)
    RETURNING account_number
)
INSERT INTO events (subject_type, subject_id, kind, actor, before, after)
SELECT 'account', account_number, 'closed', :actor, jsonb_build_object('closed_at', null),
       jsonb_build_object('closed_at', CAST(:today AS date))
FROM closed RETURNING id
"""
