"""The layers a network is made of, one a file."""
