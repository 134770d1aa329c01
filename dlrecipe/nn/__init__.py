"""Networks: what they are made of, their parameters, their forward and backward passes."""
