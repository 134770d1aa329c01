"""The rules of the diagnosis, one family a file; each file ends in a dict from code to rule."""
