"""What the library costs in time and memory: run with ``python -m benchmarks``."""
