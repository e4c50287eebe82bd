"""One channel a file, always in this order: wire form, routes, receive, receipts, send."""
