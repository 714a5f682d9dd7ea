"""Prompt templates; no prompt text stands in Python."""
