-- A history as version 1 of the tables left it. Never changed: it stands for files of users.
PRAGMA journal_mode = WAL;
BEGIN;
CREATE TABLE machines (
    id TEXT PRIMARY KEY,
    is_own INTEGER NOT NULL,
    name TEXT NOT NULL,
    processors INTEGER,
    memory INTEGER,
    model TEXT
) STRICT;
CREATE UNIQUE INDEX one_machine_is_own ON machines (is_own) WHERE is_own = 1;
CREATE TABLE builds (
    id INTEGER PRIMARY KEY,
    machine TEXT NOT NULL REFERENCES machines (id),
    app TEXT NOT NULL,
    strategy TEXT NOT NULL,
    subject TEXT NOT NULL,
    engine TEXT NOT NULL,
    engine_version TEXT NOT NULL,
    scenario TEXT,
    started TEXT NOT NULL,
    outcome TEXT NOT NULL,
    wall_s REAL NOT NULL,
    schema INTEGER NOT NULL,
    record TEXT NOT NULL
) STRICT;
CREATE INDEX builds_of_app ON builds (machine, app, strategy, engine);
CREATE INDEX builds_by_start ON builds (machine, started);
CREATE TABLE taken_over (
    inode INTEGER NOT NULL,
    file TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (inode, file)
) STRICT;
INSERT INTO machines VALUES ('00112233445566778899aabbccddeeff', 1, 'builder', 2, 25300000000, 'Some CPU');
INSERT INTO builds VALUES (1, '00112233445566778899aabbccddeeff', '/app', 'basic', 'basic', 'podman', '4.3.1', NULL,
    '2026-01-02T03:04:05Z', 'built', 61.6, 1,
    '{"schema":1,"strategy":"basic","subject":{"kind":"strategy","id":"basic"},"app":"/app","started":"2026-01-02T03:04:05Z","engine":{"kind":"podman","version":"4.3.1"},"trigger":{"kind":"asked"},"outcome":{"result":"built"},"edit":null,"no_cache":false,"image":null,"wall_s":61.6,"cpu":null,"context_bytes":null,"bases":[],"steps":[],"layers":[],"log":"/log"}');
INSERT INTO builds VALUES (2, '00112233445566778899aabbccddeeff', '/app', 'chef-scratch', 'chef-scratch', 'podman', '4.3.1', 'source',
    '2026-01-02T03:06:05Z', 'built', 18.7, 1,
    '{"schema":1,"strategy":"chef-scratch","subject":{"kind":"strategy","id":"chef-scratch"},"app":"/app","started":"2026-01-02T03:06:05Z","engine":{"kind":"podman","version":"4.3.1"},"trigger":{"kind":"asked"},"outcome":{"result":"built"},"edit":null,"no_cache":false,"prior":"source","image":null,"wall_s":18.7,"cpu":null,"context_bytes":null,"bases":[],"steps":[],"layers":[],"log":"/log"}');
PRAGMA user_version = 1;
COMMIT;
