/* SQLite on a file: a database of 50,000 rows, indexed, changed in transactions in both journal modes, checked; and two
   processes that write at once. The answers that must hold are printed, and are the same on every system.

   database make FILE MODE    makes it (MODE: delete, wal)
   database check FILE        asks it, again after a reboot
   database both FILE MODE    two processes, 30 transactions each, busy ones wait */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static sqlite3* db;

static void fail(const char* what)
{
    printf("%s: %s\n", what, sqlite3_errmsg(db));
    exit(1);
}

static void run(const char* sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) fail(sql);
}

static void ask(const char* sql)
{
    sqlite3_stmt* query;
    if (sqlite3_prepare_v2(db, sql, -1, &query, NULL) != SQLITE_OK) fail(sql);
    while (sqlite3_step(query) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(query); i++)
            printf("%s%s", i ? "|" : "", (const char*)sqlite3_column_text(query, i));
        printf("\n");
    }
    if (sqlite3_finalize(query) != SQLITE_OK) fail(sql);
}

static void open_database(const char* file)
{
    if (sqlite3_open(file, &db) != SQLITE_OK) fail("open");
    sqlite3_busy_timeout(db, 60000);
}

static void set_mode(const char* mode)
{
    char sql[64];
    snprintf(sql, sizeof sql, "PRAGMA journal_mode = %s", mode);
    ask(sql);
}

static void insert_rows(int from, int count)
{
    sqlite3_stmt* insert;
    char name[32];
    run("BEGIN");
    sqlite3_prepare_v2(db, "INSERT INTO things VALUES (?, ?, ?, ?)", -1, &insert, NULL);
    for (int i = from; i < from + count; i++) {
        snprintf(name, sizeof name, "thing %d", (int)((i * 7919LL) % 50021));
        sqlite3_bind_int(insert, 1, i);
        sqlite3_bind_text(insert, 2, name, -1, SQLITE_TRANSIENT);
        sqlite3_bind_double(insert, 3, i / 8.0);
        sqlite3_bind_int(insert, 4, i % 100);
        if (sqlite3_step(insert) != SQLITE_DONE) fail("insert");
        sqlite3_reset(insert);
    }
    sqlite3_finalize(insert);
    run("COMMIT");
}

static void check_database(void)
{
    ask("PRAGMA integrity_check");
    ask("SELECT count(*), sum(id), round(sum(weight), 2) FROM things");
    ask("SELECT id, weight FROM things WHERE name = 'thing 4242'");
}

static void query_database(void)
{
    ask("SELECT count(DISTINCT name) FROM things");
    ask("SELECT kind, count(*) FROM things WHERE kind BETWEEN 10 AND 12 GROUP BY kind ORDER BY kind");
    ask("SELECT upper(name) FROM things ORDER BY weight DESC LIMIT 2");
}

static void make(const char* file, const char* mode)
{
    unlink(file);
    open_database(file);
    set_mode(mode);
    run("CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT, weight REAL, kind INTEGER)");
    for (int part = 0; part < 5; part++)
        insert_rows(part * 10000, 10000);
    run("CREATE INDEX by_name ON things (name)");
    run("CREATE INDEX by_kind ON things (kind, weight)");
    run("BEGIN; DELETE FROM things WHERE kind = 11; ROLLBACK");
    run("UPDATE things SET weight = weight + 1 WHERE kind = 12");
    run("BEGIN; DELETE FROM things WHERE kind = 99; COMMIT");
    check_database();
    query_database();
}

static int writer(const char* file, int number)
{
    open_database(file);
    for (int i = 0; i < 30; i++) {
        run("BEGIN IMMEDIATE");
        run("UPDATE counters SET n = n + 1");
        run(number ? "INSERT INTO log VALUES (1)" : "INSERT INTO log VALUES (0)");
        run("COMMIT");
    }
    sqlite3_close(db);
    return 0;
}

static void both(const char* file, const char* mode)
{
    unlink(file);
    open_database(file);
    set_mode(mode);
    run("CREATE TABLE counters (n INTEGER); INSERT INTO counters VALUES (0); CREATE TABLE log (who INTEGER)");
    sqlite3_close(db);
    fflush(stdout);
    for (int number = 0; number < 2; number++)
        if (fork() == 0) {
            const int status = writer(file, number);
            fflush(stdout);
            _exit(status);
        }
    for (int number = 0; number < 2; number++) {
        int status;
        wait(&status);
        printf("a writer ended: 0x%x\n", status);
    }
    open_database(file);
    ask("SELECT n FROM counters");
    ask("SELECT who, count(*) FROM log GROUP BY who");
    ask("PRAGMA integrity_check");
}

int main(int argc, char** argv)
{
    if (argc < 3) return 2;
    if (!strcmp(argv[1], "make")) make(argv[2], argv[3]);
    if (!strcmp(argv[1], "both")) both(argv[2], argv[3]);
    if (!strcmp(argv[1], "check")) open_database(argv[2]), check_database();
    sqlite3_close(db);
    return 0;
}
