"""Readers of what trackers wrote: one kind of run, whichever tracker it was."""
