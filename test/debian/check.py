"""Python at work in the guest: threads, processes, databases, files. Prints what test_debian.py expects."""

import hashlib
import json
import os
import select
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time


def threads():
    total, lock = [0], threading.Lock()

    def add():
        for _ in range(500):
            with lock:
                total[0] += 1

    workers = [threading.Thread(target=add) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    event = threading.Event()
    threading.Timer(0.01, event.set).start()
    return total[0], event.wait(30), event.is_set()


def processes():
    done = subprocess.run(["sh", "-c", "cat; echo err >&2; exit 4"], input=b"in", capture_output=True)
    chain = subprocess.check_output("seq 100 | sort -rn | head -1", shell=True)
    killed = subprocess.Popen(["sleep", "60"])
    killed.send_signal(signal.SIGTERM)
    return done.returncode, done.stdout, done.stderr, chain, killed.wait()


def databases(folder):
    base = sqlite3.connect(os.path.join(folder, "base.db"))
    base.execute("create table squares (n integer primary key, square)")
    base.executemany("insert into squares values (?, ?)", [(n, n * n) for n in range(2000)])
    base.execute("create index by_square on squares (square)")
    base.commit()
    total = base.execute("select sum(square) from squares").fetchone()[0]
    return total, base.execute("pragma integrity_check").fetchone()[0]


def files(folder):
    path = os.path.join(folder, "data.json")
    with open(path, "w") as file:
        json.dump({"list": list(range(5)), "none": None, "text": "ä€"}, file)
    with open(path) as file:
        loaded = json.load(file)
    os.rename(path, path + ".old")
    with open(path + ".old", "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()[:8]
    return loaded["list"], loaded["text"], digest, sorted(os.listdir(folder))


def system():
    reader, writer = os.pipe()
    os.write(writer, b"x")
    ready = select.select([reader], [], [], 5)[0] == [reader]
    signal.signal(signal.SIGALRM, lambda number, frame: None)
    signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)  # again and again: the first may come before the pause
    signal.pause()
    signal.setitimer(signal.ITIMER_REAL, 0)
    started = time.monotonic()
    time.sleep(0.01)
    return ready, os.cpu_count(), time.monotonic() - started >= 0.01, sys.platform


with tempfile.TemporaryDirectory() as folder:
    print("threads", *threads())
    print("processes", *processes())
    print("files", *files(folder))
    print("databases", *databases(folder))
    print("system", *system())
print("numbers", 2**200, sum(1 / n for n in range(1, 1000)), f"{355 / 113:.10f}")
