"""The API for other systems, under /api/v1: who calls (access), how often (limits), and what may be done."""
