"""Clients of language models: local, hosted, scripted; one interface."""
