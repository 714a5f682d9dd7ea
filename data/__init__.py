"""Catalogues: schema, sources, importers."""
