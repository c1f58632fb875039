"""The engine, otter-grader and Gradescope: a week as an archive that both read, and otter assignments as weeks."""
