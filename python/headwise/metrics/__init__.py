"""Figures that say in a few numbers what an attention head does."""
