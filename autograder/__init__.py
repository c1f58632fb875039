"""The course's engine: build, sandbox, grade, report."""
