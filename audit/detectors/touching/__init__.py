"""Rules about objects that touch: drawn as one, drawn as several, and how the dataset draws them."""
