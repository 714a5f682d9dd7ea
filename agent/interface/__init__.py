"""Interfaces: each only turns the events of a turn into its own medium."""
