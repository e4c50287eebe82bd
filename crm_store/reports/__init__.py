"""Reports: what was promised and what became of it, in numbers that docs/measures.md defines."""
