"""Can the hidden graders be trusted? Measured, question by question."""

from autograder.validate.measure import Measures, validate

__all__ = ["Measures", "validate"]
