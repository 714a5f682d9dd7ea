"""The libraries that palate is measured beside, each in its own words.

They live in a virtual environment of their own (``python -m benchmarks.peers.setup``), read the splits that
palate exports, and write rankings that palate's evaluator measures; neither imports the other.
"""
