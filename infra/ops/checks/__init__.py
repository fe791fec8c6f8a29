"""The house's own small rules over the syntax tree: `python -m infra.ops.checks`. Each has a test."""
