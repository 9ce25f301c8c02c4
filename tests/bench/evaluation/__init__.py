"""Sections of docs/EVALUATION.md, one module a section; run by tests/bench/evaluate.sh."""
