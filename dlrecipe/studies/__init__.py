"""Studies of many runs: sweeps, learning curves, the recipe going round its loop. Knows no terminal."""
