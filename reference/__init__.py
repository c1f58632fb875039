"""The solution package: one module a week; each question's text, solution and expected values."""
