"""The service as an object: what the command line, the HTTP API, the jobs and the library all stand on."""
