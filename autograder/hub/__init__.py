"""JupyterHub for the course: who may do what (`roles`), its configuration, and a demonstration on one machine."""
