"""Pictures of runs, one kind a file. matplotlib is imported when one is drawn, not with these modules."""
