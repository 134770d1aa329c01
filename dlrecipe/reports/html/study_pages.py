"""What the page of each kind of study says."""

from collections.abc import Callable, Mapping

from dlrecipe.reports.html.curve_page import curve_page
from dlrecipe.reports.html.recipe_page import recipe_page
from dlrecipe.reports.html.study_page import Page
from dlrecipe.reports.html.sweep_page import sweep_page
from dlrecipe.studies.stored import LEARNING_CURVE, RECIPE, SWEEP, StoredStudy


def page_of(stored: StoredStudy) -> Page:
    """Return the page of a study.

    Raises:
        KeyError, TypeError, ValueError: its document does not say what one says.
    """
    return _PAGES[stored.kind](stored)


_PAGES: Mapping[str, Callable[[StoredStudy], Page]] = {
    SWEEP: sweep_page,
    LEARNING_CURVE: curve_page,
    RECIPE: recipe_page,
}
