# Updates files as clients do. Each line of standard input: a file, how it is written, how a comment begins there, how many updates. It pauses
# for fractions of a millisecond, so that km has time between two of them, and none at others.
import os
import random
import sys
import time

for line in sys.stdin:
    file, way, comment, count = line.rstrip("\n").split("\t")
    stale = 0
    previous = b""
    for number in range(int(count)):
        time.sleep(random.random() / 2500)
        update = f"\n{comment} update {number}\n".encode()
        if way == "append":
            with open(file, "ab", buffering=0) as target:
                target.write(update)
            continue
        # Where this replaced the file just before km exchanged it, km puts it back: until then what is read is older than the last update.
        for attempt in range(1000):
            with open(file, "rb") as source:
                content = source.read()
            if previous in content:
                break
            stale += attempt == 0
            time.sleep(0.001)
        content += update
        previous = update
        written = file if way == "overwrite" else file + ".new"
        with open(written, "wb", buffering=0) as target:
            target.write(content)
        if way == "replace":
            os.chmod(written, os.stat(file).st_mode)
            os.rename(written, file)
    print(f"done {stale}", flush=True)
