"""Tests of the pure rules: neither database nor engine."""
