"""The recipe of the tiny text-to-image model that ships with the package: words, drawings, training, measurement."""
