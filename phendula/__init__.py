"""The composition root: the command line, the supervisor and the web application, put together from the other packages."""
