"""What a comparison found, as HTML and as text."""

from pkcompat.report.aligned_steps import StepSideBySide, side_by_side
from pkcompat.report.html import element, joined
from pkcompat.report.report import check_report_file, generated_report, given_report, save_report
from pkcompat.report.side_by_side_html import Column, columns_html, page_file, step_html
from pkcompat.report.text import show_outputs, show_steps
from pkcompat.report.visible_text import visible

__all__ = [
    "Column",
    "StepSideBySide",
    "check_report_file",
    "columns_html",
    "element",
    "generated_report",
    "given_report",
    "joined",
    "page_file",
    "save_report",
    "show_outputs",
    "show_steps",
    "side_by_side",
    "step_html",
    "visible",
]
