#!/usr/bin/env python3
"""Runs a command and measures it: wall and processor time, peak memory, bytes read and written.

    measure.py [--kill-after SECONDS] [--output FILE.json] COMMAND...

With --kill-after the command is ended by SIGKILL after that time. The exit status is the command's; 137 where it was
killed."""

import argparse
import json
import os
import signal
import subprocess
import sys
import time


def fields(path: str) -> dict[str, int]:
    """`name: number` lines of a file in /proc; none where the process is gone."""
    try:
        with open(path) as file:
            lines = [line.split() for line in file]
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return {}
    return {line[0].rstrip(":"): int(line[1]) for line in lines if len(line) > 1 and line[1].isdigit()}


def measure(command: list[str], kill_after: float | None) -> dict:
    """Runs the command to its end."""
    start = time.monotonic()
    process = subprocess.Popen(command)
    peak = {"VmHWM": 0, "RssAnon": 0}
    io: dict[str, int] = {}
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            break
        memory = fields(f"/proc/{process.pid}/status")
        for name in peak:
            peak[name] = max(peak[name], memory.get(name, 0))
        io = fields(f"/proc/{process.pid}/io") or io
        if kill_after is not None and time.monotonic() - start > kill_after:
            os.kill(process.pid, signal.SIGKILL)
        time.sleep(0.2)
    return {
        "command": command,
        "status": os.waitstatus_to_exitcode(status),
        "wall_s": round(time.monotonic() - start, 1),
        "user_s": round(usage.ru_utime, 1),
        "system_s": round(usage.ru_stime, 1),
        "peak_rss_mib": max(usage.ru_maxrss, peak["VmHWM"]) // 1024,
        "peak_anonymous_mib": peak["RssAnon"] // 1024,
        "read_calls_mib": io.get("rchar", 0) >> 20,
        "written_calls_mib": io.get("wchar", 0) >> 20,
        "read_disk_mib": io.get("read_bytes", 0) >> 20,
        "written_disk_mib": io.get("write_bytes", 0) >> 20,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kill-after", type=float)
    parser.add_argument("--output")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    result = measure(arguments.command, arguments.kill_after)
    text = json.dumps(result, indent=1)
    if arguments.output:
        with open(arguments.output, "w") as file:
            file.write(text + "\n")
    print(text, file=sys.stderr)
    return result["status"] if result["status"] >= 0 else 128 - result["status"]


if __name__ == "__main__":
    sys.exit(main())
