"""How large a picture may be: known without Pillow, which a scan without pictures does not import."""

MAX_FILE_BYTES = 2**30
"""Largest picture file that is opened."""
MAX_PIXELS = 2**26
"""Pixels of the largest picture that is loaded at its full size: twice a 24 megapixel photograph and more."""
