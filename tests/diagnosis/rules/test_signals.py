"""Vanishing and exploding gradients, dead and saturated units: when they speak up."""

from dataclasses import replace

from dlrecipe.diagnosis.diagnose import diagnose
from dlrecipe.diagnosis.evidence import ActivationStats, Epoch, LayerStats


def gradients(*by_epoch):
    """History with these gradient norms of W1, W2, … W11 (numbered beyond 9: order is by number)."""
    return tuple(
        Epoch(
            epoch=epoch,
            layers={f"W{i}": LayerStats(gradient_norm=norm) for i, norm in enumerate(norms, start=1)},
        )
        for epoch, norms in enumerate(by_epoch, start=1)
    )


def activations(**layers):
    return (Epoch(epoch=7, activations={name: ActivationStats(**stats) for name, stats in layers.items()}),)


DEEP = [1e-9, *[1e-6] * 9, 1e-1]


def test_a_first_layer_without_gradient_is_vanishing(underfitting, found):
    run = replace(underfitting, history=gradients(DEEP, DEEP))
    assert "1e-09 in the first layer and 0.1 in the last of 11" in (
        found(run, "vanishing-gradients").evidence
    )


def test_small_gradients_in_all_layers_alike_do_not_vanish(underfitting, found):
    run = replace(underfitting, history=gradients([1e-6, 1e-6, 1e-4]))
    assert found(run, "vanishing-gradients") is None


def test_one_epoch_of_four_says_nothing_of_vanishing(underfitting, found):
    run = replace(underfitting, history=gradients(DEEP, [0.1, 0.1], [0.1, 0.1], [0.1, 0.1]))
    assert found(run, "vanishing-gradients") is None


def test_vanishing_gradients_in_a_run_that_does_well_raise_no_alarm(well, found):
    assert found(replace(well, history=gradients(DEEP)), "vanishing-gradients") is None


def test_vanishing_gradients_needs_norms_by_layer(underfitting, missing):
    run = replace(underfitting, history=(Epoch(epoch=1, cost={"train": 1.0}),))
    assert missing(run, "vanishing-gradients") == ("layer_history",)


def test_a_gradient_norm_of_a_hundred_is_exploding(underfitting, found):
    run = replace(underfitting, history=gradients([100.0, 3.0]))
    assert "norm 100" in found(run, "exploding-gradients").evidence


def test_the_last_epoch_counts_in_a_run_that_diverged(underfitting, found):
    calm = [1.0, 1.0]
    run = replace(underfitting, history=gradients(calm, calm, calm, [1e9, 1.0]))
    assert found(run, "exploding-gradients") is None
    assert found(replace(run, status="diverged"), "exploding-gradients") is not None


def test_a_gradient_norm_of_sixty_is_not_exploding(underfitting, found):
    assert found(replace(underfitting, history=gradients([60.0, 3.0])), "exploding-gradients") is None


def test_exploding_gradients_needs_norms_by_layer(underfitting, missing):
    assert missing(replace(underfitting, history=()), "exploding-gradients") == ("layer_history",)


def test_a_layer_with_most_units_dead_is_named(underfitting, found):
    run = replace(underfitting, history=activations(A1={"dead": 0.2}, A2={"dead": 0.8}))
    assert "80.0% of the units of A2" in found(run, "dead-units").evidence


def test_half_of_the_units_dead_is_not_most_of_them(underfitting, found):
    assert found(replace(underfitting, history=activations(A1={"dead": 0.5})), "dead-units") is None


def test_dead_units_in_a_run_that_does_well_raise_no_alarm(well, found):
    assert found(replace(well, history=activations(A1={"dead": 0.8})), "dead-units") is None


def test_dead_units_are_no_cause_while_the_loss_falls_nor_of_an_ordinary_rate(underfitting, found):
    dead = activations(A1={"dead": 0.6})[-1]
    falling = tuple(replace(dead, epoch=at, cost={"train": 0.9**at}) for at in range(1, 11))
    assert found(replace(underfitting, history=falling), "dead-units") is None
    resting = tuple(replace(dead, epoch=at, cost={"train": 0.5}) for at in range(1, 11))
    run = replace(underfitting, history=resting)
    assert found(run, "dead-units")
    assert diagnose(run).next[0].change == {"network.activation": "leaky_relu"}


def test_dead_units_needs_the_activations(underfitting, missing):
    assert missing(replace(underfitting, history=gradients([1.0])), "dead-units") == ("activation_history",)


def test_a_hidden_layer_on_the_flat_part_is_saturated(underfitting, found):
    run = replace(underfitting, history=activations(A1={"saturated": 0.9}))
    assert "at epoch 7, 90.0% of the activations of A1" in found(run, "saturated-units").evidence


def test_a_sure_output_layer_is_not_saturated(underfitting, found):
    run = replace(underfitting, history=activations(A1={"saturated": 0.1}, A3={"saturated": 0.9}))
    assert found(run, "saturated-units") is None


def test_saturated_units_needs_the_activations(underfitting, missing):
    assert missing(replace(underfitting, history=()), "saturated-units") == ("activation_history",)
