"""headwise measured against other attention viewers, in one run on one machine."""
