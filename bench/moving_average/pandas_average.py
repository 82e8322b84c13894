#!/usr/bin/env python3
"""The moving averages of `reprise moving-average` by pandas: read_json by lines, resample, rolling.

All of it is vectorised. Prints one JSON object: medians of the seconds that reading, resampling and
rolling took, the most memory that was resident, and how far the averages are from those in OURS.

  pandas_average.py EVENTS WINDOW OURS ROUNDS
"""

import json
import statistics
import sys
import time

import pandas as pd


def read(path):
    return pd.read_json(path, lines=True, convert_dates=["timestamp"])


def resample(events):
    """Sum and count of each minute (date - 1 minute, date]."""
    durations = events.set_index("timestamp")["duration"]
    minutes = durations.resample("min", closed="right", label="right").agg(["sum", "count"])
    first = events["timestamp"].iloc[0].floor("min")
    dates = pd.date_range(first, minutes.index[-1], freq="min")
    return minutes if len(dates) == len(minutes) else minutes.reindex(dates, fill_value=0)


def roll(minutes, window):
    rolled = minutes.rolling(window, min_periods=1).sum()
    return (rolled["sum"] / rolled["count"]).where(rolled["count"] > 0, 0.0)


def greatest_difference(averages, ours):
    """The greatest relative one; infinite where the dates are not the same."""
    expected = pd.read_json(ours, lines=True, convert_dates=["date"])
    if len(expected) != len(averages) or not (averages.index == expected["date"]).all():
        return float("inf")
    values = expected["average_delivery_time"].to_numpy(float)
    differences = abs(averages.to_numpy() - values)
    return float((differences / abs(values).clip(1e-300)).max())


def peak_bytes():
    with open("/proc/self/status", encoding="ascii") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024


def main():
    events_path, window, ours, rounds = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    taken = {"read": [], "resample": [], "roll": []}

    def timed(name, work, *arguments):
        begin = time.perf_counter()
        made = work(*arguments)
        taken[name].append(time.perf_counter() - begin)
        return made

    for _ in range(rounds):
        events = timed("read", read, events_path)
        minutes = timed("resample", resample, events)
        averages = timed("roll", roll, minutes, window)
    told = {f"{name}_seconds": statistics.median(each) for name, each in taken.items()}
    told["peak_bytes"] = peak_bytes()
    told["pandas"] = pd.__version__
    told["greatest_difference"] = greatest_difference(averages, ours)
    print(json.dumps(told))


if __name__ == "__main__":
    main()
