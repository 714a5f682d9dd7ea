"""Makers of catalogues."""
