"""`diagnose --confirm`: changes are tried and ranked by what they did; the runs stay as they were."""

from tests.cli.test_next import SMALL


def test_confirm_ranks_by_the_measured_fall_and_leaves_no_run(cli):
    assert cli("train", cli.write(SMALL), "-q").code == 0
    before = sorted(path.name for path in cli.runs.iterdir())
    outcome = cli("diagnose", "latest", "--confirm", "--seeds", 2, "--budget", 5, "--json")
    assert outcome.code == 0
    assert "seed" in outcome.err, "progress goes to stderr"
    document = outcome.json
    found = document["confirmation"]
    assert sorted(path.name for path in cli.runs.iterdir()) == before
    falls = [change["fell"] for change in found["changes"]]
    assert falls == sorted(falls, reverse=True)
    # Two units are what is wrong: more of them must be what helps most.
    assert found["changes"][0]["change"]["network.hidden"] == [64]
    assert {change["share"] for change in found["changes"]} == {0.5, 1.0}
    assert document["next"][0]["change"] == {"network.hidden": [64]}
    again = cli.document("diagnose", "latest")
    assert again["confirmation"] == found, "it is kept with the diagnosis"
    assert "Tried" in cli("diagnose", "latest").out


def test_confirm_needs_a_run_and_a_number_of_seeds_it_can_judge(cli):
    refused = cli("diagnose", "--train-error", 0.1, "--dev-error", 0.2, "--confirm")
    assert refused.code == 2
    assert "Give a RUN" in refused.err
    assert cli("diagnose", "latest", "--confirm", "--seeds", 11).code == 2
