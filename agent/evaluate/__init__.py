"""The offline evaluator behind `palate eval`."""
