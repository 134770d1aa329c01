"""The rules of the diagnosis, one family a file."""
