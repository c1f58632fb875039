"""Can the hidden graders be trusted? Measured, question by question."""
