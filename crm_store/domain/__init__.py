"""Pure rules. Nothing here imports the rest of the product, reads a clock or touches a database."""
