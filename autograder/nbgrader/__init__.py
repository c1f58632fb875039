"""The engine and nbgrader: the gradebook, grading inside stock nbgrader, other nbgrader courses, feedback, exports."""
