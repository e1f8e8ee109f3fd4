"""How long, at the median, CPython's threads compute before another one does: the benchmark prints it beside ours.

Arguments: threads, CPU seconds of each, and optionally the core to pin the process to. Prints milliseconds.
"""

import os
import sys
import threading
import time

THREADS, SECONDS = int(sys.argv[1]), float(sys.argv[2])
GAP = 300_000  # ns between two looks at the clock: far more than a turn of the loop, far less than a slice


def compute(number, stretches):
    """Burns the CPU time and notes each stretch in which the loop went round undisturbed."""
    now, cpu = time.monotonic_ns, time.thread_time_ns
    end = cpu() + int(SECONDS * 1e9)
    begin = last = now()
    turns = 0
    while turns & 1023 or cpu() < end:
        turns += 1
        time_now = now()
        if time_now - last > GAP:
            stretches.append((begin, last, number))
            begin = time_now
        last = time_now
    stretches.append((begin, last, number))


def main():
    if len(sys.argv) > 3:
        os.sched_setaffinity(0, {int(sys.argv[3])})
    own = [[] for _ in range(THREADS)]
    threads = [threading.Thread(target=compute, args=(number, own[number])) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Stretches of one thread with nobody else's in between are one slice: the kernel, not the lock, lay between.
    slices = []
    for begin, end, number in sorted(stretch for stretches in own for stretch in stretches):
        if slices and slices[-1][2] == number:
            slices[-1][1] = end
        else:
            slices.append([begin, end, number])
    lengths = sorted(end - begin for begin, end, _ in slices)
    print(lengths[len(lengths) // 2] / 1e6)


main()
