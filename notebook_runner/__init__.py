"""What runs beside a student's code: cells, calls and the wire. It holds nothing hidden.

This package is the only code of the project that is loaded into the process in which a
student's notebook runs. It must never import `autograder` or `reference`.
"""
