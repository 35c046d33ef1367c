"""The views: thin classes of traits over a trace."""
