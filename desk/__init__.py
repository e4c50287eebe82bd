"""The desk: the web console of the municipality's own people. Thin: parse, call one service, render."""
