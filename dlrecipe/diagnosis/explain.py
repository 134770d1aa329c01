"""Rules and checks in words, from their docstrings: one for the terminal, all for docs/rules.md.

Writes no file.
"""

from dlrecipe.data.checks.catalogue import CHECKS
from dlrecipe.data.checks.catalogue import FAMILIES as CHECK_FAMILIES
from dlrecipe.data.checks.check import Check
from dlrecipe.diagnosis.catalogue import FAMILIES, RULES
from dlrecipe.diagnosis.rule import Rule
from dlrecipe.errors import InputError
from dlrecipe.suggestion import did_you_mean

EXPLAINED: dict[str, Rule | Check] = {**CHECKS, **RULES}
"""Everything that has a code: the checks come before the run, and so before the rules."""


def explain(code: str) -> str:
    """Return what a finding means, what to do about it, an example, and where it comes from.

    Raises:
        InputError: no rule and no check has this code.
    """
    finding = EXPLAINED.get(code)
    if finding is None:
        choices = f"Choices: {', '.join(sorted(EXPLAINED))}"
        remedy = did_you_mean(code.lower().replace("_", "-"), EXPLAINED, choices)
        raise InputError(f"unknown code '{code}'", remedy=remedy)
    return "\n\n".join([f"{code}: {finding.title}", *_paragraphs(finding)]) + "\n"


def overview() -> str:
    """Return every code with its title, a line each, in the order of the families."""
    width = max(len(code) for code in EXPLAINED)
    return "".join(f"{code:{width}}  {finding.title}\n" for code, finding in EXPLAINED.items())


def rules_page() -> str:
    """Return docs/rules.md: every check and rule in the order of its family, in Markdown."""
    lines = [
        "# The rules of the diagnosis and the checks of the data",
        "",
        "Made from the docstrings in `dlrecipe/diagnosis/rules/` and `dlrecipe/data/checks/`; "
        "`dlrecipe explain CODE` prints one. A rule speaks up only in a run that fails by it, and is "
        "reported as not judged where its evidence is missing.",
    ]
    for family, rules in FAMILIES.items():
        lines += ["", f"## {family.capitalize()}"]
        for code, rule in rules.items():
            lines += _section(code, rule, f"Bears on {rule.concern.replace('_', ' ')}.")
    lines += [
        "",
        "# The checks of the data",
        "",
        "`dlrecipe check CONFIG` judges all of them; at the start of every training the quick ones run, on a "
        "sample of large data. `checks: {ignore: [CODE]}` in the config passes over one.",
    ]
    for family, checks in CHECK_FAMILIES.items():
        lines += ["", f"## Data: {family}"]
        for code, check in checks.items():
            lines += _section(code, check, "" if check.quick else "Judged by `dlrecipe check` alone.")
    return "\n".join(lines) + "\n"


def _section(code: str, finding: Rule | Check, remark: str) -> list[str]:
    lines = ["", f"### {code}", "", f"**{finding.title}.** {remark}".rstrip()]
    for paragraph in _paragraphs(finding):
        lines += ["", paragraph]
    return lines


def _paragraphs(finding: Rule | Check) -> list[str]:
    text = finding.guidance
    return [
        text.meaning,
        *([text.why] if text.why else []),
        f"Advice: {text.labelled('Advice:')}",
        f"Example: {text.labelled('Example:')}",
        *([f"Needs: {', '.join(finding.needs)}."] if finding.needs else []),
        f"Source: {text.labelled('Source:')}",
    ]
