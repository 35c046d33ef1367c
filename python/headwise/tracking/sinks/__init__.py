"""Sinks: one small class a tracker."""
