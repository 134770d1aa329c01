"""The engines that benchmarks.speed sets side by side, each run in a process of its own."""
