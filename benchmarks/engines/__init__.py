"""The engines that benchmarks/speed.py sets side by side, each run in a process of its own."""
