"""The process in which a student's notebook runs, seen from outside: started warm, watched, killed."""

from autograder.sandbox.job import Job, Usage
from autograder.sandbox.sandbox import Sandbox, SandboxError

__all__ = ["Job", "Sandbox", "SandboxError", "Usage"]
