"""The feedback pages' exporter: nbconvert's, with the template in ``autograder/templates/nbconvert/feedback``."""

from __future__ import annotations

from typing import Any

from nbconvert import HTMLExporter
from nbconvert.exporters import TemplateExporter
from nbformat import NotebookNode


class FeedbackExporter(HTMLExporter):
    """nbconvert's HTML exporter, which leaves a page as the template made it.

    The stock one reads the finished page again to say that pictures have no description and to let JupyterLab's
    cells be reached by keyboard. That takes most of its time, and our template sees to both by itself.
    """

    def from_notebook_node(  # type: ignore[override]
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """The page of a notebook, and the resources it was made with."""
        return TemplateExporter.from_notebook_node(self, nb, resources, **kw)
