"""The rules in words, from their docstrings: one for the terminal, all for docs/rules.md. Writes no file."""

from difflib import get_close_matches

from dlrecipe.diagnosis.catalogue import FAMILIES, RULES
from dlrecipe.diagnosis.rule import Rule
from dlrecipe.errors import InputError


def explain(code: str) -> str:
    """Return what a finding means, what to do about it, an example, and where the rule comes from.

    Raises:
        InputError: no rule has this code.
    """
    rule = RULES.get(code)
    if rule is None:
        near = get_close_matches(code.lower().replace("_", "-"), RULES, n=1)
        hint = f"Did you mean '{near[0]}'?  " if near else ""
        raise InputError(f"unknown code '{code}'", remedy=f"{hint}Choices: {', '.join(sorted(RULES))}")
    return "\n\n".join([f"{code}: {rule.title}", *_paragraphs(rule)]) + "\n"


def overview() -> str:
    """Return every code with its title, a line each, in the order of the families."""
    width = max(len(code) for code in RULES)
    return "".join(f"{code:{width}}  {rule.title}\n" for code, rule in RULES.items())


def rules_page() -> str:
    """Return docs/rules.md: every rule in the order of its family, in Markdown."""
    lines = [
        "# The rules of the diagnosis",
        "",
        "Made from the docstrings in `dlrecipe/diagnosis/rules/`; `dlrecipe explain CODE` prints one. A rule "
        "speaks up only in a run that fails by it, and is reported as not judged where its evidence is "
        "missing.",
    ]
    for family, rules in FAMILIES.items():
        lines += ["", f"## {family.capitalize()}"]
        for code, rule in rules.items():
            lines += ["", f"### {code}", "", f"**{rule.title}.** Bears on {rule.concern.replace('_', ' ')}."]
            for paragraph in _paragraphs(rule):
                lines += ["", paragraph]
    return "\n".join(lines) + "\n"


def _paragraphs(rule: Rule) -> list[str]:
    return [
        rule.meaning,
        *([rule.why] if rule.why else []),
        f"Advice: {rule.advice}",
        f"Example: {rule.example}",
        f"Needs: {', '.join(rule.needs)}.",
        f"Source: {rule.source}",
    ]
