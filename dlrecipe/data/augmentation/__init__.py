"""Changes to the training examples, drawn anew for each batch.

What moves or covers pixels works on the raw images and comes before normalization, so that a changed image is
normalized just as a test image is; what comes into an image from outside is its background. Noise and mixup
work on what the network is given, after normalization, and so on any data. Train error, dev and test are
measured on the examples as they are.
"""
