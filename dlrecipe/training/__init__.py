"""The training loop and all that it keeps. Knows nothing of files, configs or terminals."""
