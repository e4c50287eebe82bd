"""The composition root: command line, supervisor and web application, from the other packages."""
