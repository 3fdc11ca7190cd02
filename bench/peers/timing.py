"""The inside of one measurement in Python: the counterpart of ../measure.ts, line for line."""

import json
import resource
import statistics
import sys
import time

SHORTEST_SAMPLE_S = 0.002
WARMUP_SHARE = 0.5
FEWEST_SAMPLES = 3
BATCHES = 4

WORKLOADS = {
    "mlp": {"batch": 100, "input": (784,), "classes": 10, "rate": 0.01, "momentum": 0.9},
    "mlp-adam": {"batch": 100, "input": (784,), "classes": 10, "rate": 0.001, "adam": True},
    "cnn": {"batch": 128, "input": (28, 28, 1), "classes": 10, "rate": 0.01},
    "lstm": {
        "batch": 32,
        "input": (80,),
        "classes": 1,
        "words": 20_000,
        "rate": 0.001,
        "adam": True,
    },
    "transformer": {"batch": 16, "input": (128, 256), "classes": 10, "rate": 0.001, "adam": True},
    "tiny": {"batch": 10, "input": (2,), "classes": 1, "rate": 0.1},
}

# Keras's Adam.
BETAS = (0.9, 0.999)
EPSILON = 1e-7


def read_task():
    """Workload name, threads and seconds from the command line."""
    name, threads, seconds = sys.argv[1:4]
    return name, int(threads), float(seconds)


def make_batches(name):
    """Pairs of x and integer labels, like makeBatches in ../workloads.ts."""
    import numpy as np

    random = np.random.default_rng(42)
    spec = WORKLOADS[name]
    batches = []
    for _ in range(BATCHES):
        shape = (spec["batch"], *spec["input"])
        if "words" in spec:
            x = random.integers(0, spec["words"], shape)
            labels = random.integers(0, 2, spec["batch"])
        elif name == "transformer":
            x = random.uniform(-1, 1, shape)
            labels = random.integers(0, spec["classes"], spec["batch"])
        elif name == "tiny":
            x = random.uniform(-1, 1, shape)
            labels = (x[:, 0] * x[:, 1] > 0).astype(np.int64)
        else:
            x = np.where(random.random(shape) < 0.8, 0, random.random(shape))
            labels = random.integers(0, spec["classes"], spec["batch"])
        batches.append((x if "words" in spec else x.astype(np.float32), labels))
    return batches


def measure(name, workload, threads, seconds, version, step):
    """Times step(i), which trains on batch i and returns the loss, and prints the result as JSON."""
    count = 0

    def one():
        nonlocal count
        loss = step(count % BATCHES)
        count += 1
        return loss

    begun = time.perf_counter()
    first = one()
    started = time.perf_counter()
    warmups = 0
    while True:
        loss = one()
        warmups += 1
        elapsed = time.perf_counter() - started
        if elapsed >= seconds * WARMUP_SHARE:
            break
    per_sample = max(1, round(SHORTEST_SAMPLE_S * warmups / elapsed + 0.5))

    samples = []
    end = time.perf_counter() + seconds
    while len(samples) < FEWEST_SAMPLES or time.perf_counter() < end:
        before = time.perf_counter()
        for _ in range(per_sample):
            loss = one()
        samples.append((time.perf_counter() - before) / per_sample)
    print(
        json.dumps(
            {
                "name": name,
                "workload": workload,
                "threads": threads,
                "medianMs": statistics.median(samples) * 1000,
                "minMs": min(samples) * 1000,
                "firstMs": (started - begun) * 1000,
                "steps": len(samples) * per_sample,
                "losses": [first, loss],
                "version": version,
                "peakRssMb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
    )
