"""The retrieval functions."""
