"""The run store: directories of files that are written whole or not at all."""
